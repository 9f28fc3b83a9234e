"""Measurement: the one-pass kernel, features, neighbourhoods."""
