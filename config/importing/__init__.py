"""Customers and products in from files and out into them: mapped, rehearsed, and told row by row."""
