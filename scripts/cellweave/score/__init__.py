"""Scoring: Cell Tracking Challenge measures, COCO AP, expected-score checks."""
