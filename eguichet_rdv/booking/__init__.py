"""Face: the citizen's pages."""
