"""A synthetic city to walk through. Everything in it is made up and says so."""
