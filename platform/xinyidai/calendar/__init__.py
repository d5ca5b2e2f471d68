"""The years of working days as an administrator enters them from the State Council's notices."""
