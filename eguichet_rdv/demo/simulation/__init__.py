"""A whole simulated day against a running installation in the production shape."""
