"""cellweave: raw live-cell microscopy to scored lineages.

Imports go down only: script -> stage package -> formats -> core.
"""
