"""The words that enterprises agree to: one dated file for each version, in both languages, never changed."""
