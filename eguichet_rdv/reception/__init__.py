"""Face: the reception counter."""
