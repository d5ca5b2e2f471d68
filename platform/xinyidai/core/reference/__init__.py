"""Reference tables shipped with the program: divisions, industries, the loan prime rate. Read once, immutable."""
