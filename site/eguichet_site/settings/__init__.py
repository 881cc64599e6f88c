"""Settings in two shapes: ``embedded`` (one command, SQLite) and ``production`` (PostgreSQL, Redis)."""
