"""Makes a bare machine ready and keeps the embedded services; standard library only: it runs before the rest exists."""
