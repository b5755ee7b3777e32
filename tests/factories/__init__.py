"""Rows for tests, made as the product makes them."""
