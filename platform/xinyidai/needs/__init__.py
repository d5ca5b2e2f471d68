"""What enterprises ask for."""
