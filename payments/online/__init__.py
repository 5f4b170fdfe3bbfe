"""Paying online: questions, rules of an attempt's life, and words."""
