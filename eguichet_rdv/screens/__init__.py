"""Face: the call screens."""
