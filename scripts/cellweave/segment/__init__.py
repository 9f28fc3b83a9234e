"""Segmentation: tiled maps, instances from maps, classical thresholding."""
