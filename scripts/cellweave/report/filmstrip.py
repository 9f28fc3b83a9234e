"""Frames of a sequence for the page's viewer: WebP pictures under a budget of bytes, few enough to load at once."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from cellweave.core.progress import progress
from cellweave.report.overlay import STRETCH, Stack, flat, spread, stretch

LADDER = ((1024, 75), (768, 65), (640, 55), (512, 45), (384, 40))  # longest side [px] and WebP quality, best first
PROBES = 5


def filmstrip(image: Stack, coarse: list[Stack], budget: int, frame_min: float | None, title: str) -> dict[str, Any]:
    """Return the pictures of a sequence.

    All frames at the best quality that fits; where none does, as many frames as fit at the lowest, evenly spread.

    Parameters
    ----------
    image : array ``(T, C, [Z,] Y, X)``
        Full resolution; channel 0 is shown, a stack in z by its maximum.
    coarse : list of array
        The same at halved resolutions, finest first; the coarsest that suffices is read.
    budget : int
        Bytes, before base64 adds a third.
    frame_min : float or None
        Frame interval [min].
    title : str
        For the progress bar.

    Returns
    -------
    dict
        `total` and `frames` (numbers of those shown), `height` and `width` [px of the image], `scale` (pixels of a
        picture per pixel of the image), `frame_min`, `pictures` (WebP in base64).
    """
    count, (height, width) = image.shape[0], image.shape[-2:]
    wanted = spread(count, count)
    for side, quality in LADDER:
        scale = min(1.0, side / max(height, width))
        source = _enough([image, *coarse], round(scale * max(height, width)))
        size = max(1, round(scale * width)), max(1, round(scale * height))
        limits = _limits(source)
        probes = [len(_webp(source, frame, size, quality, limits)) for frame in spread(count, PROBES)]
        if not probes or count * np.mean(probes) <= budget:
            break
    else:
        wanted = spread(count, max(1, int(budget / np.mean(probes))))
    return {
        "total": count,
        "frames": wanted,
        "height": height,
        "width": width,
        "scale": scale,
        "frame_min": frame_min,
        "pictures": [
            base64.b64encode(_webp(source, frame, size, quality, limits)).decode() for frame in progress(wanted, title)
        ],
    }


def _enough(levels: list[Stack], side: int) -> Stack:
    """The coarsest level that is not smaller than `side`."""
    return next((level for level in reversed(levels) if max(level.shape[-2:]) >= side), levels[0])


def _planes(source: Stack, frames: list[int]) -> Iterator[np.ndarray]:
    for frame in frames:
        yield flat(source[frame, 0]).astype(np.float32)


def _limits(source: Stack) -> tuple[float, float]:
    """What is black and white in all frames, so that cells do not flicker."""
    found = [np.nanpercentile(plane, STRETCH) for plane in _planes(source, spread(source.shape[0], PROBES))]
    low, high = np.median(found, axis=0) if found else (0.0, 1.0)
    return float(low), float(high)


def _webp(source: Stack, frame: int, size: tuple[int, int], quality: int, limits: tuple[float, float]) -> bytes:
    (plane,) = _planes(source, [frame])
    stream = io.BytesIO()
    picture = Image.fromarray(stretch(plane, *limits))
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.BOX)
    picture.save(stream, "WEBP", quality=quality, method=4)
    return stream.getvalue()
