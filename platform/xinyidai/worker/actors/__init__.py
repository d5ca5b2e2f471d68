"""One module per domain: each handler reloads what the job names, and calls one service."""
