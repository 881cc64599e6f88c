"""Face: the HTTP API for other software."""
