"""Somebody else's result: a folder as one submits it to the Cell Tracking Challenge, or a label store (OME-Zarr)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.core.frames import frame_range
from cellweave.formats.ctc import check_result, clip_tracks, numbered_files, read_mask, read_tracks
from cellweave.formats.ngff import label_names, open_image, open_labels, read_axes
from cellweave.formats.series import exactly

TABLE = "res_track.txt"


@dataclass(frozen=True)
class Result:
    """Labels of the wanted frames, counted from 0.

    Attributes
    ----------
    read : callable
        Frame number to labels ``([Z,] Y, X)``, int32.
    tracks : DataFrame or None
        track, begin, end, parent of these frames; None where the result has no lineage table.
    """

    read: Callable[[int], NDArray[np.int32]]
    tracks: pd.DataFrame | None


def open_result(path: str | Path, frames: int, part: Sequence[float] | None = None) -> Result:
    """Open a result for `frames` frames.

    Parameters
    ----------
    path : str or Path
        Folder with ``mask000.tif``, ... and perhaps ``res_track.txt``, or an OME-Zarr store: of labels, or an image
        ``tyx`` or ``tzyx`` of whole numbers.
    frames : int
        Number of frames of the prepared sequence.
    part : [from, to], optional
        The part of the source sequence that was prepared, if a result covers all of it.

    Raises
    ------
    InputError
        Neither of both; another number of frames; a lineage that the challenge would refuse.
    """
    path = Path(path)
    masks = numbered_files(path, "mask")
    if masks:
        count, read = max(masks) + 1, lambda frame: read_mask(masks[frame])
    else:
        store = _store(path)
        count, read = len(store), lambda frame: exactly(store[frame], np.dtype(np.int32), path)
    kept = range(count) if count == frames else frame_range(part, count)
    if len(kept) != frames:
        raise InputError(
            f"a result of {count} frames for a sequence of {frames}",
            where=path,
            todo="give the result of the whole sequence, or of exactly the frames that are used",
        )
    tracks = None
    if (path / TABLE).is_file():
        check_result(path, count)
        tracks = clip_tracks(read_tracks(path / TABLE), kept)
    elif missing := [frame for frame in kept if masks and frame not in masks]:
        raise InputError(f"masks of {len(missing)} frames are missing, from frame {missing[0]} on", where=path)
    return Result(lambda frame: read(kept[frame]), tracks)


def _store(path: Path) -> NDArray[np.integer]:
    if not (path / "zarr.json").is_file() and not (path / ".zattrs").is_file():
        raise InputError(
            "no result here: neither mask000.tif, mask001.tif, ... nor an OME-Zarr store",
            where=path,
            todo="correct `path`; {dataset} and {sequence} in it stand for the names in the table of data sets",
        )
    names = label_names(path)
    if names:
        return open_labels(path, names[0])
    if (axes := read_axes(path)) not in ("tyx", "tzyx"):
        raise InputError(f"a store with the axes {axes}", where=path, todo="give labels with the axes tyx or tzyx")
    return open_image(path)
