"""When: free starts, reservations, claims and appointments."""
