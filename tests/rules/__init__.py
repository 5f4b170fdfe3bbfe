"""Rules taken away one by one, each from a copy of the source, to see that its test notices."""
