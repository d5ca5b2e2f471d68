"""Pages and the machine interface."""
