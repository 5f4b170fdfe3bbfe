"""The API: every room's operations under one address, described in one document, with one form of refusal."""
