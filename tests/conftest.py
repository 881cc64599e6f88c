"""Every test may use the counterparts of ``tests/harness``."""

pytest_plugins = ["tests.harness.fixtures"]
