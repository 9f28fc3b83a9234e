"""Corrections: which tiles are worth correcting, and what corrected tiles say about whole frames."""
