"""Appointments, check-in and queue calling for the counters of a city hall."""
