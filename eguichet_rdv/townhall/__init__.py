"""Where: locations, zones, counters, opening periods, closures, devices and who works where."""
