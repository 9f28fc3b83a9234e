"""Moving pictures of a tracked sequence."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from cellweave.core.errors import InputError
from cellweave.formats.ngff import levels, open_image, open_labels, read_scale
from cellweave.formats.tables import read_table
from cellweave.report.overlay import OVERVIEW_PX, Movie, Tracking

CELLS = "cells"
FRAMES_PER_SECOND = 7


def open_movie(image: Path, labels: Path, nodes: Path | None, tracks: Path | None) -> Movie:
    """Return image and labels of a run, with its tracks where there are `nodes`."""
    level = overview_level(labels / CELLS)
    return Movie(
        image=open_image(image),
        labels=open_labels(labels),
        overview=open_labels(labels, level=level),
        tracking=Tracking.of(
            None if nodes is None else read_table(nodes), None if tracks is None else read_table(tracks)
        ),
        frame_min=read_scale(image).frame_min,
    )


def overview_level(store: Path) -> int:
    """Return the finest level of a label image that is small enough to be surveyed frame by frame."""
    level = 0
    while level + 1 < levels(store) and max(open_labels(store.parent, store.name, level).shape[-2:]) > OVERVIEW_PX:
        level += 1
    return level


def write_mp4(pictures: Sequence[Image.Image], path: Path) -> None:
    """Write pictures of one size as H.264 in MP4, which slides and browsers play.

    Raises
    ------
    InputError
        imageio-ffmpeg is not installed.
    """
    try:
        import imageio_ffmpeg
    except ImportError:
        raise InputError(
            "MP4 needs imageio-ffmpeg", where="config key movies", todo="make extra NAME=movies, or choose gif or webp"
        ) from None
    width, height = (side - side % 2 for side in pictures[0].size)  # H.264 halves the resolution of colours
    writer = imageio_ffmpeg.write_frames(
        path, (width, height), fps=FRAMES_PER_SECOND, codec="libx264", quality=8, macro_block_size=2,
        output_params=["-f", "mp4"], ffmpeg_log_level="error",
    )  # fmt: skip
    writer.send(None)
    for picture in pictures:
        writer.send(np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:height, :width]))
    writer.close()
