"""Public credit data: what departments deliver, how it is taken in, and what it says of an enterprise."""
