"""Face: my ticket on my phone."""
