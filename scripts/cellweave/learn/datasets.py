"""Training data: frames of the stores, normalised and at the network's scale, and crops of them.

A crop depends on (seed, number of the crop) alone: not on the order of reading, on workers, or on what
came before, so that an interrupted training goes on exactly where it stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from scipy import ndimage

from cellweave.core.errors import InputError
from cellweave.core.grid import Tile
from cellweave.core.progress import progress
from cellweave.learn.augmentation import Strength, crop_coordinates, sample, vary_intensity
from cellweave.learn.sources import Source, resample_image, resample_labels, scaled, split_frames
from cellweave.learn.targets import ignore_unannotated, training_targets

MARGIN = 32  # pixels around a window, so that distances of objects cut by its border are nearly right
ON_OBJECTS = 0.9  # share of crops around an object; the others lie anywhere
BYTES_PER_PIXEL = 8  # image and three targets in float16


@dataclass(frozen=True)
class Frame:
    """One frame of a pool: extent and centres ``(N, 2)`` of its objects, in network pixels."""

    source: Source
    number: int
    extent: tuple[int, int]
    centres: np.ndarray


class Pool:
    """Frames to draw crops from; whole frames stay in memory up to a limit, the others are read by window.

    Parameters
    ----------
    frames : sequence of (Source, list of int)
        Sources and their frames.
    settings : mapping
        ``boundary_px`` and ``band_px`` (see `training_targets` and `ignore_unannotated`), ``cache_gb``.
    title : str
        Name of the pool on the progress bar.

    Raises
    ------
    InputError
        When no frame holds any object.
    """

    def __init__(self, frames: Sequence[tuple[Source, list[int]]], settings: Mapping[str, float], title: str) -> None:
        self._settings = settings
        self._held: dict[tuple[str, int], np.ndarray] = {}
        self._room = int(settings["cache_gb"] * 2**30)
        self.groups: list[list[Frame]] = []
        for source, numbers in frames:
            described = [self._describe(source, t) for t in progress(numbers, f"read {title} {source.name}")]
            if any(len(frame.centres) for frame in described):
                self.groups.append(described)
        if not self.groups:
            names = ", ".join(sorted({source.name for source, _ in frames}))
            raise InputError(f"no object in any frame to learn from ({title})", where=names, todo="check its labels")

    def __len__(self) -> int:
        return sum(map(len, self.groups))

    def crop(self, side: int, strength: Strength | None, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw a crop: sources count alike, then frames, then objects.

        Returns
        -------
        image : numpy.ndarray
            ``(1, side, side)`` float32, z-scored.
        targets : numpy.ndarray
            ``(3, side, side)`` float32, see `training_targets`.
        """
        group = self.groups[rng.integers(len(self.groups))]
        frame = group[rng.integers(len(group))]
        coordinates = crop_coordinates(self._centre(frame, side, rng), side, strength, rng)
        low = np.maximum(np.floor(coordinates.min(axis=(1, 2))).astype(int), 0)
        high = np.minimum(np.ceil(coordinates.max(axis=(1, 2))).astype(int) + 1, frame.extent)
        window = self.window(frame, Tile(low[0], high[0], low[1], high[1])).astype(np.float32)
        coordinates = coordinates - low[:, None, None].astype(np.float32)
        smooth = sample(window[[0, 2, 3]], coordinates)
        classes = sample(window[[1]], coordinates, nearest=True)
        image = smooth[0] if strength is None else vary_intensity(smooth[0], strength, rng)
        return image[None], np.concatenate([classes, smooth[1:]])

    def window(self, frame: Frame, box: Tile) -> np.ndarray:
        """Return image and targets ``(4, y, x)`` float16 of a box of a frame, in network pixels."""
        if (held := self._held.get((frame.source.name, frame.number))) is not None:
            return held[:, box.y0 : box.y1, box.x0 : box.x1]
        zoom = frame.source.zoom
        grown = box.grown(MARGIN, *frame.extent)
        native = Tile(floor(grown.y0 / zoom), ceil(grown.y1 / zoom), floor(grown.x0 / zoom), ceil(grown.x1 / zoom))
        channels = self._encode(frame.source, frame.number, native)
        top, left = box.y0 - round(native.y0 * zoom), box.x0 - round(native.x0 * zoom)
        return channels[:, top : top + box.y1 - box.y0, left : left + box.x1 - box.x0]

    def _describe(self, source: Source, number: int) -> Frame:
        height, width = int(source.table.at[number, "height"]), int(source.table.at[number, "width"])
        boxes = [box for box in ndimage.find_objects(source.labels[number, :height, :width]) if box is not None]
        centres = np.array([[(part.start + part.stop - 1) / 2 for part in box] for box in boxes]).reshape(-1, 2)
        extent = scaled(height, source.zoom), scaled(width, source.zoom)
        if (size := extent[0] * extent[1] * BYTES_PER_PIXEL) <= self._room and (source.name, number) not in self._held:
            self._held[source.name, number] = self._encode(source, number, Tile(0, height, 0, width))
            self._room -= size
        return Frame(source, number, extent, centres * source.zoom)

    def _encode(self, source: Source, number: int, box: Tile) -> np.ndarray:
        """Return image and targets ``(4, y, x)`` float16 of a box in pixels of the store."""
        region = number, slice(box.y0, box.y1), slice(box.x0, box.x1)
        row = source.table.loc[number]
        image = (source.image[number, 0, *region[1:]].astype(np.float32) - row["centre"]) / row["spread"]
        markers = None
        if source.markers is not None and row["markers"]:
            markers = resample_labels(source.markers[region], source.zoom)
        labels = resample_labels(source.labels[region], source.zoom)
        labels = ignore_unannotated(labels, markers, self._settings["band_px"])
        image = resample_image(image.astype(np.float32), source.zoom)
        targets = training_targets(labels, self._settings["boundary_px"])
        return np.concatenate([image[None], targets]).astype(np.float16)

    def _centre(self, frame: Frame, side: int, rng: np.random.Generator) -> tuple[float, float]:
        """Return a point inside the frame, most often within half a crop of an object."""
        last = np.asarray(frame.extent) - 1.0
        if len(frame.centres) == 0 or rng.random() > ON_OBJECTS:
            point = rng.uniform(0, last)
        else:
            point = frame.centres[rng.integers(len(frame.centres))] + rng.uniform(-side / 2, side / 2, size=2)
        inset = np.minimum(side / 2, last / 2)  # crops stay inside where the frame is large enough
        y, x = np.clip(point, inset, last - inset)
        return float(y), float(x)


def training_and_validation(sources: Sequence[Source], settings: Mapping[str, float]) -> tuple[Pool, Pool]:
    """Return a pool of the frames to train on and one of those held out, see `split_frames` and `Pool`."""
    splits = [split_frames(source, settings["validation_share"]) for source in sources]
    training, validation = zip(*splits, strict=True)
    return (
        Pool(list(zip(sources, training, strict=True)), settings, "training"),
        Pool(list(zip(sources, validation, strict=True)), settings, "validation"),
    )


class Crops:
    """Crops number `first` to `last` of an endless seeded series: a data set for torch, without torch.

    Parameters
    ----------
    pool : Pool
        Where to draw from.
    side : int
        Side of a crop, in network pixels.
    strength : Strength or None
        Augmentation; None for plain crops.
    seed : int
        Seed of the series.
    first, last : int
        Range of crop numbers, `last` excluded.
    """

    def __init__(self, pool: Pool, side: int, strength: Strength | None, seed: int, first: int, last: int) -> None:
        self._pool, self._side, self._strength = pool, side, strength
        self._seed, self._first, self._last = seed, first, last

    def __len__(self) -> int:
        return self._last - self._first

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([self._seed, self._first + index])
        return self._pool.crop(self._side, self._strength, rng)
