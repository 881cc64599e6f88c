"""Real counterparts for the tests: servers, sinks, devices, a clock and a browser. Nothing here imports the product."""
