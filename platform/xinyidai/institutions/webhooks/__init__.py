"""Telling a lender's system what has happened: signed, tried again, and never answered by anything but its status."""
