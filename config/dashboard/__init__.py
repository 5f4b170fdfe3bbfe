"""The figures and pictures of the start page."""
