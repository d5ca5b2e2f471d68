"""One module per domain: each actor reloads, and calls a service."""
