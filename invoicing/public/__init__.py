"""What a customer sees and says on a document's own page."""
