"""Receipts and statements of account: what they say, in the customer's language, as a page and as an archive PDF."""
