"""Face: the endpoint the kiosk bridge talks to."""
