"""Lenders and those who stand in for lenders."""
