"""Bytes out of the house: the only rooms of invoicing that speak to other systems."""
