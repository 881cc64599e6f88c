"""Staff users."""
