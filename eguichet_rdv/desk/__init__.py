"""Face: the clerk at a counter."""
