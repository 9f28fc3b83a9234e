"""Pictures of cells with an outline in the colour of their track."""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from cellweave.report.colours import Colour, track_colours

SHEET_FRAMES = 4
SIDE_PX = 1024  # longest side of one picture on a sheet
CELL_PX, MOST_ZOOM = 36, 4  # a typical cell is enlarged to about this diameter, but not more than so many times
STRETCH = (1.0, 99.8)  # percentiles that become black and white
DARK, DARK_GAMMA = 0.15, 0.6  # a frame is dark when its median lies below this share of white
TRAIL_FRAMES = 12
GUTTER_PX = 8
OVERVIEW_PX = 2048  # labels are surveyed at a pyramid level of at most this side
NOTHING = "No frame to show: this sequence is empty."


class Stack(Protocol):
    """Anything with a shape and numpy's slicing: an array in memory or in a store."""

    shape: tuple[int, ...]

    def __getitem__(self, key: object) -> np.ndarray: ...


@dataclass(frozen=True)
class Window:
    """The part of the frame that is shown, ``[y, y + height)`` by ``[x, x + width)``, `zoom` times enlarged."""

    y: int
    x: int
    height: int
    width: int
    zoom: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)


@dataclass(frozen=True)
class Tracking:
    """Which track each label of each frame belongs to, where it is, and in which colour it is drawn."""

    nodes: pd.DataFrame
    colours: Mapping[int, Colour]

    @classmethod
    def of(cls, nodes: pd.DataFrame | None, tracks: pd.DataFrame | None) -> "Tracking | None":
        """Join `nodes` (`frame`, `label`, `track`, `y_px`, `x_px`) and `tracks` (`track`, `parent`)."""
        if nodes is None:
            return None
        parents = {} if tracks is None else dict(zip(tracks["track"], tracks["parent"], strict=True))
        return cls(nodes, track_colours(nodes["track"], parents))

    def tracks_of(self, frame: int) -> dict[int, int]:
        """Return label -> track of one frame."""
        here = self.nodes[self.nodes["frame"] == frame]
        return dict(zip(here["label"].astype(int), here["track"].astype(int), strict=True))


@dataclass(frozen=True)
class Movie:
    """What is drawn.

    Attributes
    ----------
    image : array ``(T, C, [Z,] Y, X)``
        Channel 0 is shown; a stack in z by its maximum.
    labels : array ``(T, [Z,] Y, X)`` of int
        0 is background.
    overview : array ``(T, [Z,] Y', X')`` of int
        The labels or a reduced level of them.
    tracking : Tracking or None
        None colours objects by their label.
    frame_min : float or None
        Frame interval [min] for the time stamps.
    """

    image: Stack
    labels: Stack
    overview: Stack
    tracking: Tracking | None = None
    frame_min: float | None = None

    def window(self, side: int) -> Window | None:
        """Return the part to show in pictures of at most `side` pixels; None where there is no frame."""
        frames = spread(self.image.shape[0], SHEET_FRAMES)
        return choose_window(self.overview, frames, side, self.labels.shape[-2:]) if frames else None


def contact_sheet(movie: Movie) -> Image.Image:
    """Return up to four time points in one picture, large enough to judge outlines."""
    window = movie.window(SIDE_PX)
    if window is None:
        return note(NOTHING)
    return side_by_side(_pictures(movie, spread(movie.image.shape[0], SHEET_FRAMES), window))


def animation(movie: Movie, *, side: int = 512, most: int = 48) -> list[Image.Image]:
    """Return at most `most` moving pictures of at most `side` pixels, with a trail behind every tracked cell."""
    window = movie.window(side)
    if window is None:
        return [note(NOTHING)]
    return _pictures(movie, spread(movie.image.shape[0], most), window, trails=True)


def encode(pictures: Sequence[Image.Image], suffix: str, seconds_per_frame: float = 0.15) -> bytes:
    """Return one picture as ``.png``, or several as a moving ``.gif`` or ``.webp``.

    Raises
    ------
    ValueError
        Another suffix.
    """
    stream = io.BytesIO()
    moving = {"save_all": True, "append_images": pictures[1:], "duration": round(1000 * seconds_per_frame), "loop": 0}
    if suffix == ".png":
        pictures[0].save(stream, "PNG")
    elif suffix == ".webp":
        pictures[0].save(stream, "WEBP", quality=70, method=4, **moving)
    elif suffix == ".gif":
        indexed = [picture.quantize(128, dither=Image.Dither.NONE) for picture in pictures]
        moving["append_images"] = indexed[1:]
        indexed[0].save(stream, "GIF", optimize=True, **moving)
    else:
        raise ValueError(f"overlays are .png, .gif or .webp, not {suffix!r}")
    return stream.getvalue()


def spread(count: int, most: int) -> list[int]:
    """Return at most `most` of ``range(count)``, evenly spread, first and last among them."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, most))}) if count else []


def choose_window(
    overview: Stack, frames: Sequence[int], side: int, plane: tuple[int, int], sizes: Stack | None = None
) -> Window:
    """Choose an enlargement at which cells are well visible, and the part of the frame that shows most of them.

    A small frame is enlarged to at least half of `side`.

    Parameters
    ----------
    overview : array ``(T, [Z,] Y', X')`` of int
        Labels, possibly reduced in y and x, so that a large frame need not be read in full.
    frames : list of int
        The frames to be shown through this window.
    side : int
        Longest side of the enlarged window [px].
    plane : (height, width)
        Full extent of a frame [px].
    sizes : array, optional
        Labels that tell the size of cells, where `overview` marks something else.
    """
    height, width = plane
    masks = [flat(overview[frame]) for frame in frames]
    sized = masks if sizes is None else [flat(sizes[frame]) for frame in frames]
    reduction = height / masks[0].shape[0]
    areas = np.concatenate([np.unique(mask[mask > 0], return_counts=True)[1] for mask in sized])
    diameter = reduction * math.sqrt(float(np.median(areas))) if areas.size else CELL_PX
    zoom = max(1, min(MOST_ZOOM, round(CELL_PX / diameter)), -(-side // (2 * max(height, width))))
    tall, wide = min(height, side // zoom), min(width, side // zoom)
    cover = sum((mask > 0).astype(np.int64) for mask in masks)
    y, x = _fullest(cover, max(1, int(tall / reduction)), max(1, int(wide / reduction)))
    return Window(min(int(y * reduction), height - tall), min(int(x * reduction), width - wide), tall, wide, zoom)


def _fullest(cover: np.ndarray, tall: int, wide: int) -> tuple[int, int]:
    """Corner of the ``tall x wide`` window with the largest sum, by a summed-area table."""
    table = np.pad(cover.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    inside = table[tall:, wide:] - table[:-tall, wide:] - table[tall:, :-wide] + table[:-tall, :-wide]
    y, x = np.unravel_index(inside.argmax(), inside.shape)
    return int(y), int(x)


def flat(frame: np.ndarray) -> np.ndarray:
    """Return a frame ``(Y, X)`` of ``([Z,] Y, X)``: the maximum along z."""
    return frame.max(axis=0) if frame.ndim == 3 else frame


def stretch(frame: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return a frame as uint8 with `low` black and `high` white.

    Where most of it would be black (fluorescence), dim cells are lifted by a gamma curve.
    """
    share = np.clip((frame - low) / max(high - low, 1e-12), 0, 1)
    gamma = DARK_GAMMA if np.nanmedian(share) < DARK else 1.0
    return np.nan_to_num(255 * share**gamma).round().astype(np.uint8)


def outlines(labels: np.ndarray, thickness: int) -> np.ndarray:
    """Return the label of every pixel that is within `thickness` of its object's edge, 0 elsewhere.

    The outline lies inside the object, so its outer side is exactly the object's border and touching objects keep two
    outlines. The frame's own border counts as no edge.

    Parameters
    ----------
    labels : ndarray ``(Y, X)`` of int
    thickness : int
        In pixels of `labels`, by city-block distance.
    """
    inner = labels > 0
    for _ in range(thickness):
        core = inner.copy()
        for now, before, ids in ((core, inner, labels), (core.T, inner.T, labels.T)):
            same = ids[1:] == ids[:-1]
            now[1:] &= before[:-1] & same
            now[:-1] &= before[1:] & same
        inner = core
    return np.where(inner, 0, labels)


def draw(frame: np.ndarray, labels: np.ndarray, colours: Mapping[int, Colour], zoom: int) -> np.ndarray:
    """Return a grey frame with crisp outlines, enlarged `zoom` times.

    Parameters
    ----------
    frame : ndarray ``(Y, X)`` of uint8
    labels : ndarray ``(Y, X)`` of int
    colours : mapping
        Label -> colour; labels without one are drawn white.
    zoom : int

    Returns
    -------
    ndarray ``(zoom * Y, zoom * X, 3)`` of uint8
    """
    height, width = frame.shape
    enlarged = Image.fromarray(frame).resize((zoom * width, zoom * height), Image.Resampling.BICUBIC)
    picture = np.repeat(np.asarray(enlarged)[..., None], 3, axis=-1)
    edges = outlines(labels.repeat(zoom, axis=0).repeat(zoom, axis=1), min(zoom + 1, 3))
    where = edges > 0
    ids, index = np.unique(edges[where], return_inverse=True)
    palette = np.array([colours.get(int(i), (255, 255, 255)) for i in ids], dtype=np.uint8).reshape(-1, 3)
    picture[where] = palette[index]
    return picture


def _pictures(movie: Movie, frames: Sequence[int], window: Window, trails: bool = False) -> list[Image.Image]:
    planes = [flat(movie.image[(frame, 0, Ellipsis, *window.slices)]).astype(np.float64) for frame in frames]
    limits = [tuple(np.nanpercentile(plane, STRETCH)) for plane in planes]
    if movie.tracking is not None:  # one contrast for all, so that cells do not flicker
        limits = [tuple(np.median(limits, axis=0))] * len(frames)
    pictures = []
    for frame, plane, (low, high) in zip(frames, planes, limits, strict=True):
        mask = flat(movie.labels[(frame, Ellipsis, *window.slices)])
        colours = _label_colours(mask, frame, movie.tracking)
        drawn = Image.fromarray(draw(stretch(plane, low, high), mask, colours, window.zoom))
        if trails and movie.tracking is not None:
            _draw_trails(drawn, frame, window, movie.tracking)
        stamp(drawn, _time(frame, movie.frame_min))
        pictures.append(drawn)
    return pictures


def _label_colours(mask: np.ndarray, frame: int, tracking: Tracking | None) -> dict[int, Colour]:
    if tracking is None:
        return track_colours(np.unique(mask))
    tracks = tracking.tracks_of(frame)
    return {label: tracking.colours[track] for label, track in tracks.items()}


def _draw_trails(picture: Image.Image, frame: int, window: Window, tracking: Tracking) -> None:
    """Where each cell of this frame was in the frames before, thinner further back."""
    pen = ImageDraw.Draw(picture)
    recent = tracking.nodes[tracking.nodes["frame"].between(frame - TRAIL_FRAMES, frame)].sort_values("frame")
    alive = set(recent.loc[recent["frame"] == frame, "track"])
    for track, way in recent[recent["track"].isin(alive)].groupby("track"):
        x = (way["x_px"].to_numpy() - window.x + 0.5) * window.zoom
        y = (way["y_px"].to_numpy() - window.y + 0.5) * window.zoom
        for i in range(1, len(way)):
            age = (frame - way["frame"].iloc[i]) / TRAIL_FRAMES
            pen.line([x[i - 1], y[i - 1], x[i], y[i]], fill=tracking.colours[track], width=1 if age > 0.4 else 2)


def _time(frame: int, frame_min: float | None) -> str:
    if frame_min is None:
        return f"frame {frame}"
    hours, minutes = divmod(round(frame * frame_min), 60)
    return f"frame {frame} · {hours} h {minutes:02d} min"


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def stamp(picture: Image.Image, text: str) -> None:
    """Write `text` into the upper left corner, on a dark ground."""
    size = max(12, picture.width // 40)
    pen = ImageDraw.Draw(picture, "RGBA")
    left, top, right, bottom = pen.textbbox((size // 2, size // 2), text, font=_font(size))
    pen.rectangle((left - size // 3, top - size // 3, right + size // 3, bottom + size // 3), fill=(0, 0, 0, 150))
    pen.text((size // 2, size // 2), text, font=_font(size), fill=(255, 255, 255, 255))


def note(text: str) -> Image.Image:
    """Return a picture that says why there is none."""
    picture = Image.new("RGB", (512, 64), (40, 44, 52))
    ImageDraw.Draw(picture).text((16, 24), text, font=_font(14), fill=(235, 235, 235))
    return picture


def side_by_side(pictures: Iterable[Image.Image]) -> Image.Image:
    """Arrange pictures of one size on a transparent ground: four as two by two, fewer in a row."""
    pictures = list(pictures)
    columns = 2 if len(pictures) == SHEET_FRAMES else len(pictures)
    rows = -(-len(pictures) // columns)
    width, height = pictures[0].size
    sheet = Image.new(
        "RGBA", (columns * (width + GUTTER_PX) - GUTTER_PX, rows * (height + GUTTER_PX) - GUTTER_PX), (0, 0, 0, 0)
    )
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i % columns * (width + GUTTER_PX), i // columns * (height + GUTTER_PX)))
    return sheet
