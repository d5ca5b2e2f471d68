"""Xin Yi Dai (信易贷): small enterprises and lenders brought together on public credit data."""
