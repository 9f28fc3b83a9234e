"""A prepared sequence: image store, truth store, table of frames and table of tracks.

Every format is reduced to a `Series` of frames and to truth that is read frame by frame; from there on all are alike.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.core.progress import progress
from cellweave.formats.ctc import check_tracks, ids_of
from cellweave.formats.ngff import Array, write_image, write_labels
from cellweave.formats.series import Masks, Series, Truth
from cellweave.formats.statistics import Histogram, frame_statistics, normalisation
from cellweave.formats.tables import write_table

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
NAMES = ("gold", "silver", "markers")
LARGE_PX = 1 << 24
"""Frames of more pixels are converted in parts, where their file allows it."""


def write_sequence(
    series: Series,
    truth: Truth,
    *,
    kind: str,
    allow_blank: bool,
    image: Path,
    truth_store: Path,
    frames_table: Path,
    tracks: Path,
    reference_frames: int | None = None,
) -> None:
    """Write the four outputs of a prepare rule.

    Parameters
    ----------
    series : Series
        Clipped to the wanted frames, as is `truth`.
    truth : Truth
    kind : {"movie", "stills"}
        Decides the normalisation (see `formats.statistics.normalisation`).
    allow_blank : bool
        Accept frames of zeros.
    image, truth_store, frames_table, tracks : Path
    reference_frames : int, optional
        Frames that the normalisation of a movie is measured on; all if not given.

    Raises
    ------
    InputError
        A frame or mask that `Series.frame` or `check_tracks` refuses.
    """
    write_truth(truth, series, truth_store)
    statistics = write_images(series, image, allow_blank=allow_blank)
    heights, widths = zip(*series.extents, strict=True)
    count = range(len(series))
    frames = pd.DataFrame({"frame": np.arange(len(series), dtype=np.int32), "source": list(series.sources)})
    frames["height"], frames["width"] = np.int32(heights), np.int32(widths)
    for name in NAMES:
        frames[name] = [frame in getattr(truth, name) for frame in count]
    frames["gold_z"] = np.array([truth.gold_z.get(frame, -1) for frame in count], np.int32)
    write_table(
        pd.concat([frames, statistics, normalisation(statistics, kind, reference_frames)], axis=1), frames_table
    )
    write_table(truth.tracks, tracks)


def write_images(series: Series, path: Path, *, allow_blank: bool) -> pd.DataFrame:
    """Write a series into an image store; return the statistics of channel 0, one row per frame.

    Frames smaller than the store are continued by reflection at the bottom and right; statistics leave that out.
    Frames of more than `LARGE_PX` pixels pass through part by part.
    """
    rows = []
    with write_image(path, shape=series.shape, dtype=series.dtype, axes=series.axes, scale=series.scale) as store:
        for frame in progress(range(len(series)), f"store {path.parent.name}", unit="frame"):
            write = _write_parts if _in_parts(series, frame) else _write_frame
            rows.append(write(series, frame, store, allow_blank))
    return pd.DataFrame(rows)


def _in_parts(series: Series, frame: int) -> bool:
    """Whether a frame can be, and is large enough to be, read part by part."""
    height, width = series.extents[frame]
    return series.part is not None and height * width > LARGE_PX and (height, width) == series.shape[-2:]


def _write_frame(series: Series, frame: int, store: Array, allow_blank: bool) -> dict[str, float]:
    pixels = series.frame(frame, allow_blank=allow_blank)
    store[frame] = padded(pixels, series.shape[-2:], mode="reflect")
    return frame_statistics(pixels[0])


def _write_parts(series: Series, frame: int, store: Array, allow_blank: bool) -> dict[str, float]:
    """Write a frame file by file, so that memory does not depend on its size."""
    histogram, blank = Histogram(), True
    files = list(store.files())
    for rows, columns in progress(files, f"frame {frame}", unit="file"):
        pixels = series.region(frame, rows, columns)
        histogram.add(pixels[0])
        blank &= not pixels.any()
        store[(frame, ..., rows, columns)] = pixels
    if blank:
        series.blank(frame, allow_blank)
    return histogram.statistics()


def write_truth(truth: Truth, series: Series, path: Path) -> None:
    """Write the label images of `truth` and check their ids against the lineage.

    Raises
    ------
    InputError
        A mask of another size than its image, or ids that disagree with the lineage. A mask without objects is
        warned of.
    """
    names = [name for name in NAMES if getattr(truth, name)]
    shape = (len(series), *series.shape[2:])
    axes = series.axes.replace("c", "")
    with write_labels(path, names=names, shape=shape, axes=axes, scale=series.scale) as stores:
        for name in names:
            ids = {}
            for frame, read in progress(sorted(getattr(truth, name).items()), f"store {name} truth", unit="frame"):
                labels = read()
                expected = (*shape[1:-2], *series.extents[frame])
                if labels.shape != expected:
                    raise InputError(
                        f"{name} mask of shape {labels.shape} for an image of {expected}", where=series.sources[frame]
                    )
                ids[frame] = ids_of(labels)
                stores[name][frame] = padded(labels, shape[-2:], mode="constant")
            if empty := [frame for frame, found in ids.items() if not len(found)]:
                logger.warning("%s: %s masks of frames %s hold no objects", path, name, empty)
            if name == "markers":
                check_tracks(truth.tracks, ids, where=truth.origin)


@contextmanager
def labels_with_conflicts(
    draw: Callable[[Item], tuple[NDArray[np.int32], int]], items: Sequence[Item]
) -> Iterator[Masks]:
    """Give truth that is drawn frame by frame from objects that may overlap; say at the end how many pixels did.

    Parameters
    ----------
    draw : callable
        Item to labels ``(Y, X)`` and number of pixels that several objects claim.
    items : sequence
        One per frame.

    Yields
    ------
    dict of frame to callable
        For `Truth`.
    """
    conflicts, pixels = [], []

    def labels_of(item: Item) -> NDArray[np.int32]:
        labels, claimed_twice = draw(item)
        conflicts.append(claimed_twice)
        pixels.append(labels.size)
        return labels

    yield {frame: partial(labels_of, item) for frame, item in enumerate(items)}
    if sum(conflicts):
        share = 100 * sum(conflicts) / sum(pixels)
        logger.warning(
            "%d pixels (%.2f %%) in %d of %d images are claimed by several objects; the label image gives each to one",
            sum(conflicts),
            share,
            np.count_nonzero(conflicts),
            len(conflicts),
        )


def padded(pixels: NDArray, size: tuple[int, ...], mode: str) -> NDArray:
    """Return `pixels` ``(..., Y, X)`` continued at the bottom and right up to `size` (Y, X)."""
    grown = [(0, 0)] * (pixels.ndim - 2) + [(0, full - now) for full, now in zip(size, pixels.shape[-2:], strict=True)]
    return np.pad(pixels, grown, mode=mode) if any(after for _, after in grown) else pixels
