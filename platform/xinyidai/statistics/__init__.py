"""Totals that open into rows."""
