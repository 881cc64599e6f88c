"""The program on the kiosk: scanner, printer, journal and page. Knows the framework only through its HTTP protocol."""

__version__ = "0.1.0"
