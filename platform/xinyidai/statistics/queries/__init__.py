"""What the pages of the financial office read, one module for each subject."""
