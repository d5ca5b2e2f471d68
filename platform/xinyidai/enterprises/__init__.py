"""Borrowers as the registry knows them."""
