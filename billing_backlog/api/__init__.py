"""Billable work for programs that plan it, count it and tell of it."""
