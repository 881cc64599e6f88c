"""The fictitious town, `run` and `simulate_day`."""
