"""The trail of who did what. Rows are written, never changed."""
