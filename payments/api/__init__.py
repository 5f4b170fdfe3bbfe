"""Payments for programs."""
