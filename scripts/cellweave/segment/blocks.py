"""One block of a sequence at a time: images to maps, maps to named objects; then names to numbers."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.core.grid import Block, Tile
from cellweave.core.progress import bar, progress
from cellweave.formats.background import Background
from cellweave.segment.bands import Bands
from cellweave.segment.instances import COLUMNS, Rule, label_rows
from cellweave.segment.tiles import Model, ahead, predict_plane

CHUNK = 512
OBJECTS = {"frame": "int32", "label": "int32", "score": "float32", "area_px": "int64"} | dict.fromkeys(
    ("y_px", "x_px"), "float64"
)


@dataclass(frozen=True)
class Plane:
    """Channel 0 of one frame of an image ``(T, C, Y, X)``, as far as it is not padding.

    Attributes
    ----------
    shape : (int, int)
        Height and width in pixels.
    centre, spread : float
        What normalises it: (x - centre) / spread.
    background : Background or None
        What is subtracted in the place of the centre, where light is uneven.
    """

    image: NDArray
    frame: int
    shape: tuple[int, int]
    centre: float
    spread: float
    background: Background | None = None

    @classmethod
    def of(cls, image: NDArray, frames: pd.DataFrame, frame: int, background: Background | None = None) -> "Plane":
        """Return a frame; a `frames` row gives its extent and its statistics."""
        row = frames.iloc[frame]
        return cls(image, frame, (int(row.height), int(row.width)), row.centre, row.spread or 1.0, background)

    def read(self, tile: Tile) -> NDArray[np.float32]:
        """Return the pixels ``(Y, X)`` of `tile`, float32, normalised."""
        pixels = self.image[self.frame, 0, tile.y0 : tile.y1, tile.x0 : tile.x1].astype(np.float32)
        centre = np.float32(self.centre) if self.background is None else self.background.read(self.frame, tile)
        return (pixels - centre) / np.float32(self.spread)


def check_planar(image: NDArray) -> None:
    """Refuse images with a z axis.

    Raises
    ------
    InputError
        When `image` is not ``(T, C, Y, X)``.
    """
    if image.ndim != 4:
        raise InputError(
            f"an image of {image.shape[2]} slices: volumes cannot be segmented yet",
            where=getattr(image, "path", None),
            todo="project the volume or give one of its slices, or use labels made elsewhere",
        )


def extent_of(block: Block | None, width: int, **channels: int) -> tuple[int, ...]:
    """Return the shape ``(t, [channels,] y, X)`` of a block's array; an empty block has no pixels but a width."""
    block = block or Block(0, 0, 0, 0)
    return (block.t1 - block.t0, *channels.values(), block.y1 - block.y0, width)


def chunks_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return chunks that a tile rewrites little of: one frame, up to `CHUNK` pixels a side."""
    return (1, *(max(1, size) for size in shape[1:-2]), *(max(1, min(CHUNK, size)) for size in shape[-2:]))


def predict_block(
    image: NDArray,
    frames: pd.DataFrame,
    block: Block | None,
    maps: NDArray,
    model_of: Callable[[Plane], Model],
    *,
    tile: int,
    zoom: float,
    title: str,
    workers: int = 1,
    skip_constant: bool = False,
    background: Background | None = None,
) -> None:
    """Fill the maps of one block; reading and writing go on beside the model.

    Parameters
    ----------
    image : array, (T, C, Y, X)
        Image; channel 0 is segmented.
    frames : DataFrame
        height, width, centre, spread per frame.
    block : Block or None
        What to predict; None is nothing.
    maps : array of uint8, (t, 2, y, X)
        Foreground and marker of the block, to be written; padding of smaller stills stays 0.
    model_of : callable
        Returns the model for a frame.
    tile, zoom, skip_constant : int, float, bool
        As for `predict_plane`.
    title, workers : str, int
        What the progress bar says; frames at once.
    background : Background or None
        Of the image, to be subtracted.
    """
    block = block or Block(0, 0, 0, 0)
    planes = [Plane.of(image, frames, frame, background) for frame in range(block.t0, block.t1)]

    def fill(plane: Plane) -> None:
        def write(predicted: tuple[Tile, NDArray[np.uint8]]) -> int:
            part, values = predicted
            rows = slice(part.y0 - block.y0, part.y1 - block.y0)
            maps[plane.frame - block.t0, :, rows, part.x0 : part.x1] = values
            return values[0].size

        options = {"tile": tile, "zoom": zoom, "skip_constant": skip_constant}
        parts = predict_plane(plane.read, (block.y0, block.y1), plane.shape, model_of(plane), **options)
        for count in ahead(write, parts):
            shown.update(count)

    pixels = sum(max(0, min(block.y1, plane.shape[0]) - block.y0) * plane.shape[1] for plane in planes)
    with ThreadPoolExecutor(workers) as pool, bar(title, pixels, "px", unit_scale=True) as shown:
        list(pool.map(fill, planes))


def label_block(
    maps: Bands, frames: pd.DataFrame, block: Block | None, labels: NDArray, rule: Rule, *, title: str
) -> pd.DataFrame:
    """Fill the labels of one block.

    Parameters
    ----------
    maps : Bands of uint8, (2, Y, X) per frame
        Foreground and marker of the whole sequence; what is needed of it is read.
    frames : DataFrame
        height, width per frame.
    block : Block or None
        What to label; None is nothing.
    labels : array of int64, (t, y, X)
        Names of the block, to be written. Names differ all over the sequence: 1 + (t * Y + y) * X + x of the
        first pixel of the object's core.
    rule : Rule
        How maps become objects.
    title : str
        What the progress bar says.

    Returns
    -------
    DataFrame
        frame and the columns of `label_rows` of the objects that are named after a pixel of the block.
    """
    block = block or Block(0, 0, 0, 0)
    tables = [pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS).assign(frame=np.int32(0))]
    for frame in progress(range(block.t0, block.t1), title, unit="frame"):
        row = frames.iloc[frame]
        shape = int(row.height), int(row.width)
        for part, names, table in label_rows(lambda tile, t=frame: maps.read(t, tile), block.y0, block.y1, shape, rule):
            rows = slice(part.y0 - block.y0, part.y1 - block.y0)
            labels[frame - block.t0, rows, part.x0 : part.x1] = _global(names, frame, shape[1], maps)
            tables.append(table.assign(name=_global(table.name.to_numpy(), frame, shape[1], maps), frame=frame))
    objects = pd.concat(tables, ignore_index=True)[["frame", *COLUMNS]].astype({"frame": "int32"})
    return objects.sort_values(["frame", "name"], ignore_index=True)


def _global(names: NDArray[np.int64], frame: int, width: int, maps: Bands) -> NDArray[np.int64]:
    """Return names within a plane of `width` as names within the sequence."""
    y, x = np.divmod(names - 1, width)
    return np.where(names > 0, 1 + (frame * maps.height + y) * maps.width + x, 0)


def number_objects(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the objects of all blocks in order of frame and name, with labels 1..n within each frame."""
    objects = pd.concat(tables, ignore_index=True).sort_values(["frame", "name"], ignore_index=True)
    return objects.assign(label=objects.groupby("frame").cumcount().astype("int32") + 1)


def numbered(
    labels: Bands, objects: pd.DataFrame, tiles: Sequence[Tile], frames: int
) -> Iterator[tuple[int, Tile, NDArray[np.int32]]]:
    """Yield labels 1..n for names, tile by tile.

    Parameters
    ----------
    labels : Bands of int64, (Y, X) per frame
        Names, 0 for background.
    objects : DataFrame
        frame, name, label in order of frame and name.
    tiles : sequence of Tile
        What to yield of each frame at once.
    frames : int
        Number of frames.

    Yields
    ------
    int
        Frame.
    Tile
        Part of it.
    ndarray of int32, (Y, X)
        Its labels.

    Raises
    ------
    ValueError
        When a name is not in `objects`.
    """
    ends = np.searchsorted(objects.frame, range(frames + 1))
    for frame in range(frames):
        names = np.append(np.int64(0), objects.name.to_numpy()[ends[frame] : ends[frame + 1]])
        for tile in tiles:
            found = labels.read(frame, tile)
            numbers = np.searchsorted(names, found).clip(max=names.size - 1)
            if (astray := names[numbers] != found).any():
                raise ValueError(f"object {found[astray][0]} of frame {frame} is in no table: blocks of another run?")
            yield frame, tile, numbers.astype(np.int32)
