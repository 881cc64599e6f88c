"""Who is in the building: tickets, stops, calling, boards."""
