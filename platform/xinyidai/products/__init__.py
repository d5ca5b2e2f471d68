"""What lenders publish: versioned terms and criteria as data."""
