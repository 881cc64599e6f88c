"""Intents, access log, budgets and nonces: in the database, so right across processes."""
