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
from cellweave.learn.representations import DISTANCES, Representation
from cellweave.learn.sources import Source, known_labels, resample_image, scaled, split_frames
from cellweave.learn.targets import Borders, training_targets

MARGIN = 32  # pixels around a window, so that distances of objects cut by its border are nearly right
ON_OBJECTS = 0.9  # share of crops around an object; the others lie anywhere


@dataclass(frozen=True)
class Frame:
    """One frame of a pool: extent and centres ``(N, 2)`` of its objects, in network pixels; is any pixel known?"""

    source: Source
    number: int
    extent: tuple[int, int]
    centres: np.ndarray
    known: bool


class Pool:
    """Frames to draw crops from; whole frames stay in memory up to a limit, the others are read by window.

    Parameters
    ----------
    frames : sequence of (Source, list of int)
        Sources and their frames.
    settings : mapping
        Those of `Borders.of` and `known_labels`, and ``cache_gb``.
    title : str
        Name of the pool on the progress bar.
    representation : Representation
        What is to be learnt.

    Raises
    ------
    InputError
        When no frame holds any object.
    """

    def __init__(
        self,
        frames: Sequence[tuple[Source, list[int]]],
        settings: Mapping[str, float],
        title: str,
        representation: Representation = DISTANCES,
    ) -> None:
        self._settings, self._representation = settings, representation
        self._held: dict[tuple[str, int], np.ndarray] = {}
        self._room = int(settings["cache_gb"] * 2**30)
        self.groups: list[list[Frame]] = []
        for source, numbers in frames:
            described = [self._describe(source, t) for t in progress(numbers, f"read {title} {source.name}")]
            if any(len(frame.centres) for frame in described):
                self.groups.append([frame for frame in described if frame.known])
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
            ``(1 + values [+ 1], side, side)`` float32, see `training_targets`.
        """
        group = self.groups[rng.integers(len(self.groups))]
        frame = group[rng.integers(len(group))]
        coordinates = crop_coordinates(self._centre(frame, side, rng), side, strength, rng)
        low = np.maximum(np.floor(coordinates.min(axis=(1, 2))).astype(int), 0)
        high = np.minimum(np.ceil(coordinates.max(axis=(1, 2))).astype(int) + 1, frame.extent)
        window = self.window(frame, Tile(low[0], high[0], low[1], high[1])).astype(np.float32)
        coordinates = coordinates - low[:, None, None].astype(np.float32)
        classes = sample(window[1:2], coordinates, nearest=True)
        image, *smooth = sample(np.delete(window, 1, axis=0), coordinates)
        smooth, made = np.reshape(smooth, (-1, side, side)), self._representation
        values = made.deformed(smooth[: made.values], coordinates)
        image = image if strength is None else vary_intensity(image, strength, rng)
        return image[None], np.concatenate([classes, values, smooth[made.values :]])

    def window(self, frame: Frame, box: Tile) -> np.ndarray:
        """Return image and targets ``(C, y, x)`` float16 of a box of a frame, in network pixels."""
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
        labels = known_labels(source, number, Tile(0, height, 0, width), self._settings)
        boxes = [box for box in ndimage.find_objects(np.maximum(labels, 0)) if box is not None]
        centres = np.array([[(part.start + part.stop - 1) / 2 for part in box] for box in boxes]).reshape(-1, 2)
        extent = scaled(height, source.zoom), scaled(width, source.zoom)
        channels = 2 + self._representation.values + (self._settings.get("border_weight", 0) > 0)
        if (size := 2 * channels * extent[0] * extent[1]) <= self._room and (source.name, number) not in self._held:
            self._held[source.name, number] = self._encode(source, number, Tile(0, height, 0, width))
            self._room -= size
        return Frame(source, number, extent, centres * source.zoom, bool((labels >= 0).any()))

    def _encode(self, source: Source, number: int, box: Tile) -> np.ndarray:
        """Return image and targets ``(C, y, x)`` float16 of a box in pixels of the store."""
        row = source.table.loc[number]
        image = source.image[number, 0, box.y0 : box.y1, box.x0 : box.x1].astype(np.float32)
        centre = row["centre"] if source.background is None else source.background.read(number, box)
        image = resample_image(((image - centre) / row["spread"]).astype(np.float32), source.zoom)
        labels = known_labels(source, number, box, self._settings, source.zoom)
        pixel_um = source.pixel_um and source.pixel_um / source.zoom
        borders = Borders.of(self._settings, pixel_um, source.name)
        targets = training_targets(labels, borders, self._representation)
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


def training_and_validation(
    sources: Sequence[Source], settings: Mapping[str, float], representation: Representation = DISTANCES
) -> tuple[Pool, Pool]:
    """Return a pool of the frames to train on and one of those held out, see `split_frames` and `Pool`."""
    splits = [split_frames(source, settings["validation_share"]) for source in sources]
    held_out = {(source.name, t) for source, (_, held) in zip(sources, splits, strict=True) for t in held}
    # A frame with two kinds of truth is in two sources; held out in one, it is not to be learnt from in the other.
    training = [
        [t for t in kept if (source.name, t) not in held_out or kept == held]
        for source, (kept, held) in zip(sources, splits, strict=True)
    ]
    validation = [held for _, held in splits]
    return (
        Pool(list(zip(sources, training, strict=True)), settings, "training", representation),
        Pool(list(zip(sources, validation, strict=True)), settings, "validation", representation),
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
