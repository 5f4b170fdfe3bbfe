"""Drafts, finalizing and documents for programs."""
