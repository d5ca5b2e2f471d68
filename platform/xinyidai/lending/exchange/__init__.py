"""The round trip of banks without an interface: take the open leads home as a table, bring the answers back in it."""
