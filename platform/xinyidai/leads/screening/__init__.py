"""Lenders look for enterprises that let themselves be found 优企筛选."""
