"""One module per accounting system: how it behaves, for the tests."""
