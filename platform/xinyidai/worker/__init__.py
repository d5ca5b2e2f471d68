"""Runs the jobs of the outbox."""
