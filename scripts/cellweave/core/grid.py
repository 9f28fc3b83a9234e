"""Blocks of a sequence and tiles of a plane: who writes which pixels, who reads how far around."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """A part of a sequence ``(T, Y, X)``: frames ``[t0, t1)``, rows ``[y0, y1)``, all columns."""

    t0: int
    t1: int
    y0: int
    y1: int


@dataclass(frozen=True)
class Tile:
    """Rows ``[y0, y1)`` and columns ``[x0, x1)`` of a plane."""

    y0: int
    y1: int
    x0: int
    x1: int

    def grown(self, margin: int, height: int, width: int) -> "Tile":
        """Return the tile with `margin` pixels more on each side, cut at the plane's border."""
        return Tile(
            max(0, self.y0 - margin),
            min(height, self.y1 + margin),
            max(0, self.x0 - margin),
            min(width, self.x1 + margin),
        )


def block_of(index: int, count: int, *, frames: int, height: int) -> Block | None:
    """Return block `index` of `count`: whole frames as far as they go, then bands of rows.

    Parameters
    ----------
    index, count : int
        ``0 <= index < count``.
    frames, height : int
        Extent of the sequence along t and y.

    Returns
    -------
    Block or None
        None where there are more blocks than rows to share out; such a block is empty.
    """
    if count <= frames:
        t0, t1 = share(index, count, frames)
        return Block(t0, t1, 0, height)
    t0, t1 = share(index * frames // count, frames, frames)
    first = -(-t0 * count // frames)
    bands = -(-t1 * count // frames) - first
    y0, y1 = share(index - first, bands, height)
    return Block(t0, t1, y0, y1) if y0 < y1 else None


def share(index: int, count: int, total: int) -> tuple[int, int]:
    """Return the half-open range of part `index` of `count` nearly equal parts of ``range(total)``."""
    return index * total // count, (index + 1) * total // count


def tiles_of(y0: int, y1: int, x0: int, x1: int, size: int) -> Iterator[Tile]:
    """Yield tiles of at most `size` pixels a side that cover rows ``[y0, y1)`` and columns ``[x0, x1)``."""
    for top in range(y0, y1, size):
        for left in range(x0, x1, size):
            yield Tile(top, min(top + size, y1), left, min(left + size, x1))
