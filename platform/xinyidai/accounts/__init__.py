"""People who log in: accounts, passwords, sessions, roles."""
