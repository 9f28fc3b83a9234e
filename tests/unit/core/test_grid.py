"""Blocks and tiles cover everything once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cellweave.core.grid import Tile, block_of, tiles_of


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 30))
def test_blocks_cover_each_pixel_once(count, frames, height):
    covered = np.zeros((frames, height), int)
    for index in range(count):
        block = block_of(index, count, frames=frames, height=height)
        if block is not None:
            covered[block.t0 : block.t1, block.y0 : block.y1] += 1
    assert (covered == 1).all()


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 20))
def test_tiles_cover_each_pixel_once(height, width, size):
    covered = np.zeros((height, width), int)
    for tile in tiles_of(0, height, 0, width, size):
        covered[tile.y0 : tile.y1, tile.x0 : tile.x1] += 1
    assert (covered == 1).all()


def test_a_grown_tile_stops_at_the_border():
    assert Tile(0, 10, 5, 10).grown(3, height=12, width=20) == Tile(0, 12, 2, 13)
