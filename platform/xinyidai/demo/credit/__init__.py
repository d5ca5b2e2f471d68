"""Two years of public credit data about the demo city: figures that belong together, and the records beside them."""
