"""Proof packs: one zip that shows, without the application, that documents are as they were finalized."""
