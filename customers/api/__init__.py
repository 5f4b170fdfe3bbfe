"""Customers and products for programs."""
