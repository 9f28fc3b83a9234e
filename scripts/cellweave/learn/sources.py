"""Sequences to learn from: which frames have truth, which are held out, and their scale."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import ndimage

from cellweave.core.errors import InputError
from cellweave.core.frames import frame_range
from cellweave.core.grid import Tile
from cellweave.formats.background import Background
from cellweave.formats.ngff import Array, label_names, open_image, open_labels, read_scale
from cellweave.formats.tables import read_table
from cellweave.learn.targets import ignore_unannotated, thinned

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """One sequence to learn from: pixels ``(T, C, Y, X)``, labels ``(T, Y, X)``, and the frames that have truth."""

    name: str
    image: Array
    labels: Array
    markers: Array | None
    table: pd.DataFrame
    frames: list[int]
    zoom: float
    pixel_um: float | None = None
    background: Background | None = None

    @property
    def stills(self) -> bool:
        """Whether the frames are unrelated images: those are normalised one by one."""
        return self.table["centre"].nunique() > 1


def open_source(source: Mapping[str, object], image: Path, truth: Path, table: Path) -> Source:
    """Open the stores behind one entry of a model's sources.

    Parameters
    ----------
    source : mapping
        ``dataset``, ``sequence``, ``frames`` ([from, to] or None), ``zoom``, ``truth`` (auto, gold, silver or
        markers; auto takes silver where there is one), ``flatten`` (sigma of a background to subtract, or None).
    image, truth, table : Path
        Image store, truth store and table of frames.

    Raises
    ------
    InputError
        When none of the frames has that truth, or the images are volumes.
    """
    name = f"{source['dataset']}/{source['sequence']}{', corrected' if source.get('round') else ''}"
    frames = read_table(table).set_index("frame")
    pixels = open_image(image)
    if pixels.ndim != 4:
        raise InputError(f"{name} holds volumes; networks and forests here learn from planes", where=image)
    known = label_names(truth)
    numbers = list(frame_range(source["frames"], len(frames)))
    kinds = [source["truth"]] if source["truth"] != "auto" else ["silver", "gold"]
    flagged = {kind: [t for t in numbers if frames.at[t, kind]] for kind in kinds if kind in known}
    kind = next((kind for kind, chosen in flagged.items() if chosen), None)
    if kind is None:
        raise InputError(
            f"no {' or '.join(kinds)} truth in frames {numbers[0]} to {numbers[-1]} of {name}, only {known or 'none'}",
            where=truth,
            todo="choose other frames or another truth to train on",
        )
    markers = open_labels(truth, "markers") if kind == "gold" and "markers" in known else None
    zoom, pixel_um = float(source["zoom"]), read_scale(image).pixel_um
    background = Background(image, frames, source["flatten"]) if source.get("flatten") else None
    return Source(name, pixels, open_labels(truth, kind), markers, frames, flagged[kind], zoom, pixel_um, background)


def known_labels(source: Source, number: int, box: Tile, settings: Mapping[str, float], zoom: float = 1) -> np.ndarray:
    """Return the labels of a box of a frame, -1 where nobody looked.

    Parameters
    ----------
    source, number, box : Source, int, Tile
        Which frame, and what of it in pixels of the store.
    settings : mapping
        ``band_px``, see `ignore_unannotated`; ``label_share``: which share of the objects is taken for annotated (1
        when not given).
    zoom : float
        Scale of the result.

    Returns
    -------
    numpy.ndarray
        ``(Y, X)`` int32.
    """
    region = number, slice(box.y0, box.y1), slice(box.x0, box.x1)
    labels = resample_labels(source.labels[region], zoom)
    markers = None
    if source.markers is not None and source.table.at[number, "markers"]:
        markers = resample_labels(source.markers[region], zoom)
    labels = ignore_unannotated(labels, markers, settings["band_px"])
    share = settings.get("label_share", 1)
    return labels if share == 1 else thinned(labels, number, share, settings["band_px"])


def split_frames(source: Source, share: float) -> tuple[list[int], list[int]]:
    """Return frames to train on and frames to validate on.

    The last `share` of a movie is set aside, because neighbouring frames are nearly equal; of stills every n-th.
    A single frame serves both ends, with a warning.
    """
    frames = source.frames
    if len(frames) == 1:
        logger.warning("%s has one frame with truth: it is trained and validated on", source.name)
        return frames, frames
    count = min(max(1, round(share * len(frames))), len(frames) - 1)
    held_out = frames[len(frames) // count - 1 :: len(frames) // count] if source.stills else frames[-count:]
    return [frame for frame in frames if frame not in held_out], held_out


def scaled(size: int, zoom: float) -> int:
    """Return the number of network pixels along an axis of `size` image pixels."""
    return max(1, int(size * zoom))


def resample_image(image: np.ndarray, zoom: float) -> np.ndarray:
    """Return ``(Y, X)`` float32 at another scale: linear interpolation upwards, means of blocks downwards."""
    if zoom == 1:
        return image
    if zoom > 1:
        return ndimage.zoom(image, zoom, order=1, mode="nearest", grid_mode=True)
    unit = round(1 / zoom)
    height, width = scaled(image.shape[0], zoom), scaled(image.shape[1], zoom)
    return image[: height * unit, : width * unit].reshape(height, unit, width, unit).mean(axis=(1, 3))


def resample_labels(labels: np.ndarray, zoom: float) -> np.ndarray:
    """Return labels ``(Y, X)`` at another scale, by nearest pixels."""
    if zoom == 1:
        return labels
    if zoom > 1:
        return labels.repeat(int(zoom), axis=0).repeat(int(zoom), axis=1)
    unit = round(1 / zoom)
    height, width = scaled(labels.shape[0], zoom), scaled(labels.shape[1], zoom)
    return labels[unit // 2 : height * unit : unit, unit // 2 : width * unit : unit]
