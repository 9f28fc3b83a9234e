"""Tracking: candidate edges, costs, solvers, lineage."""
