"""Which behaviours the product owes, and which tests show them: read off the marks in the tests."""
