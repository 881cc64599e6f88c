"""Small helpers without models and without words of the domain."""
