"""Offers, credit lines and payouts."""
