"""What sending a document means, apart from doing it: states, plans, letters, and how deliveries stand together."""
