"""Pictures of the links that a tracker got wrong: the cells before and after, in the colours of their tracks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from cellweave.report.overlay import (
    GUTTER_PX,
    STRETCH,
    Stack,
    Tracking,
    draw,
    flat,
    note,
    stamp,
    stretch,
)

EVENTS = 6
SIDE_PX = 360
REACH = 3.0
"""Half the side of a picture in diameters of a typical cell."""
NO_ERROR = "No wrong link."
NO_TRUTH = "This sequence has no lineage to compare with."
NAMES = {"missed": "missed", "false": "false", "wrong_kind": "wrong kind"}


@dataclass(frozen=True)
class Judged:
    """A tracked movie beside its truth.

    Attributes
    ----------
    image : array ``(T, C, [Z,] Y, X)``
    labels, markers : array ``(T, [Z,] Y, X)`` of int
        Detections, and the truth's markers, whose ids are tracks.
    tracking : Tracking
    """

    image: Stack
    labels: Stack
    markers: Stack
    tracking: Tracking


def worst_links(movie: Judged, links: pd.DataFrame) -> Image.Image:
    """Draw the groups of wrong links that cost most, before and after, two pairs in a row.

    Parameters
    ----------
    movie : Judged
    links : DataFrame
        `frame`, `before`, `truth`, `truth_before`, `verdict`, `event`, `cost` (`cellweave.score.links`).
    """
    if links.empty:
        return note(NO_TRUTH)
    wrong = links[links["event"] >= 0]
    if wrong.empty:
        return note(NO_ERROR)
    total = wrong.groupby("event")["cost"].sum().sort_values(ascending=False, kind="stable")
    diameter = _diameter(movie.labels, int(wrong["frame"].iloc[0]))
    pictures = [_pair(movie, wrong[wrong["event"] == event], diameter) for event in total.index[:EVENTS]]
    columns = min(2, len(pictures))
    width, height = pictures[0].size
    sheet = Image.new(
        "RGB",
        (columns * (width + 3 * GUTTER_PX), -(-len(pictures) // columns) * (height + 3 * GUTTER_PX)),
        (255, 255, 255),
    )
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        sheet.paste(picture, (column * (width + 3 * GUTTER_PX), row * (height + 3 * GUTTER_PX)))
    return sheet


def _diameter(labels: Stack, frame: int) -> float:
    """Of the median cell of one frame, pixels."""
    plane = flat(labels[frame])
    areas = np.bincount(plane[plane > 0])
    return 2 * float(np.sqrt(np.median(areas[areas > 0]) / np.pi)) if areas.any() else 20.0


def _pair(movie: Judged, errors: pd.DataFrame, diameter: float) -> Image.Image:
    """The frames before and after the costliest moment of one group of wrong links."""
    moment = errors.groupby(["before", "frame"])["cost"].sum().idxmax()
    here = errors[(errors["before"] == moment[0]) & (errors["frame"] == moment[1])]
    marks = [
        _places(flat(movie.markers[frame]), here[column].unique())
        for frame, column in zip(moment, ("truth_before", "truth"), strict=True)
    ]
    centre = np.mean([place for each in marks for place in each.values()], axis=0)
    corner, side, zoom = _window(centre, diameter, movie.labels.shape[-2:])
    counts = here["verdict"].value_counts()
    said = ", ".join(f"{counts[verdict]} {name}" for verdict, name in NAMES.items() if verdict in counts)
    pictures = [
        _crop(movie, frame, corner, side, zoom, f"frame {frame}" if first else f"frame {frame}: {said}")
        for frame, first in zip(moment, (True, False), strict=True)
    ]
    joined = Image.new("RGB", (2 * pictures[0].width + GUTTER_PX // 2, pictures[0].height), (255, 255, 255))
    for index, picture in enumerate(pictures):
        joined.paste(picture, (index * (pictures[0].width + GUTTER_PX // 2), 0))
    return joined


def _window(centre: np.ndarray, diameter: float, plane: tuple[int, ...]) -> tuple[np.ndarray, int, int]:
    """Upper left corner, side and enlargement of a square around a place, within the frame."""
    side = min(int(2 * REACH * diameter), *plane)
    zoom = max(1, SIDE_PX // side)
    corner = np.clip((centre - side / 2).round().astype(int), 0, np.array(plane) - side)
    return corner, side, zoom


def _crop(movie: Judged, frame: int, corner: np.ndarray, side: int, zoom: int, title: str) -> Image.Image:
    window = tuple(slice(int(start), int(start) + side) for start in corner)
    plane = flat(movie.image[(frame, 0, Ellipsis, *window)]).astype(np.float64)
    labels = flat(movie.labels[(frame, Ellipsis, *window)])
    tracks = movie.tracking.tracks_of(frame)
    colours = {label: movie.tracking.colours[track] for label, track in tracks.items()}
    drawn = Image.fromarray(draw(stretch(plane, *np.nanpercentile(plane, STRETCH)), labels, colours, zoom))
    drawn = drawn.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    markers = flat(movie.markers[(frame, Ellipsis, *window)])
    pen: Any = ImageDraw.Draw(drawn)
    for name, (y, x) in _places(markers, np.unique(markers[markers > 0])).items():
        place = (x + 0.5) * SIDE_PX / side, (y + 0.5) * SIDE_PX / side
        pen.text(place, str(name), fill=(255, 255, 255), anchor="mm", stroke_width=2, stroke_fill=(0, 0, 0))
    stamp(drawn, title)
    return drawn


def _places(markers: np.ndarray, names: np.ndarray) -> dict[int, np.ndarray]:
    """Centre ``(y, x)`` of each named marker that is there."""
    found = {int(name): np.argwhere(markers == name) for name in names}
    return {name: pixels.mean(axis=0) for name, pixels in found.items() if len(pixels)}
