"""What an enterprise allows whom to read of its data, and who has read it."""
