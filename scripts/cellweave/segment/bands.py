"""A sequence that lies in several arrays, one per block, read as one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cellweave.core.grid import Tile, block_of


class Bands:
    """Blocks of a sequence side by side.

    Parameters
    ----------
    blocks : sequence of arrays, each (t, ..., y, X)
        All blocks that `cellweave.core.grid.block_of` gives, in order; empty ones have no pixels.
    frames : int
        Number of frames of the sequence.

    Attributes
    ----------
    height, width : int
        Extent of the sequence, in pixels.
    """

    def __init__(self, blocks: Sequence[NDArray], frames: int) -> None:
        self.height = sum(block.shape[0] * block.shape[-2] for block in blocks) // frames
        self.width = max(block.shape[-1] for block in blocks)
        extents = [block_of(index, len(blocks), frames=frames, height=self.height) for index in range(len(blocks))]
        self._blocks = [(extent, block) for extent, block in zip(extents, blocks, strict=True) if extent]

    def read(self, frame: int, tile: Tile) -> NDArray:
        """Return ``(..., Y, X)``: the pixels of `tile` of one frame, whichever blocks they lie in."""
        parts = []
        for extent, block in self._blocks:
            y0, y1 = max(extent.y0, tile.y0), min(extent.y1, tile.y1)
            if extent.t0 <= frame < extent.t1 and y0 < y1:
                rows = slice(y0 - extent.y0, y1 - extent.y0)
                parts.append(block[frame - extent.t0, ..., rows, tile.x0 : tile.x1])
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-2)
