"""What the platform tells people: one row per thing said, shown in the reader's language."""
