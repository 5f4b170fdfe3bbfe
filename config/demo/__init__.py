"""The demo organizations: three plainly invented companies with half a year of documents, made as users make them."""
