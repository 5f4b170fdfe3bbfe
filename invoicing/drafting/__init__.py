"""Drafts: what they say and could say, what is wrong with them, and the document that they would be."""
