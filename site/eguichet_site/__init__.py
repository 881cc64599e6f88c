"""The installation: settings, addresses and entry points."""
