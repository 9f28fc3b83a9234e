"""Pictures of where a model fails, and of where it is unsure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import Image

from cellweave.report.colours import Colour
from cellweave.report.overlay import (
    SIDE_PX,
    STRETCH,
    Stack,
    choose_window,
    draw,
    flat,
    note,
    side_by_side,
    stamp,
    stretch,
)

WORST_IMAGES = 3
TRUTH, MODEL, BOTH = (64, 220, 100), (235, 70, 220), (255, 255, 255)
NO_TRUTH = "No image of this sequence has complete truth."
NO_SCORE = "This model gives its objects no score."
UNSURE, SURE = np.array((240, 60, 40)), np.array((60, 140, 250))
BELOW, ABOVE = 0.5, 1.0  # scores that get the colours UNSURE and SURE


@dataclass(frozen=True)
class Compared:
    """What is compared: an image, and label images of it at full resolution and at a reduced one to survey.

    Attributes
    ----------
    image : array ``(T, C, [Z,] Y, X)``
    labels, truth : array ``(T, [Z,] Y, X)`` of int
    coarse_labels, coarse_truth : array ``(T, [Z,] Y', X')`` of int
    """

    image: Stack
    labels: Stack
    truth: Stack
    coarse_labels: Stack
    coarse_truth: Stack


def worst_cases(stores: Compared, images: pd.DataFrame) -> Image.Image:
    """Return the images with the least F1 beside each other, with the outlines of truth and model.

    Parameters
    ----------
    stores : Compared
    images : DataFrame
        `frame`, `F1`; images without any object (NaN) are no failure.
    """
    shown = images.dropna(subset=["F1"]).nsmallest(WORST_IMAGES, "F1", keep="first")
    if shown.empty:
        return note(NO_TRUTH)
    pictures = [_compared(stores, int(row.frame), float(row.F1)) for row in shown.itertuples()]
    return side_by_side(pictures)


def _compared(stores: Compared, frame: int, score: float) -> Image.Image:
    """The part of one image where truth and model differ most."""
    ours, theirs = flat(stores.coarse_labels[frame]), flat(stores.coarse_truth[frame])
    differ = np.where((ours > 0) != (theirs > 0), np.maximum(ours, theirs), 0)
    survey = differ if differ.any() else theirs
    window = choose_window(survey[None], [0], SIDE_PX // 2, stores.labels.shape[-2:], sizes=theirs[None])
    here = (frame, Ellipsis, *window.slices)
    grey = _grey(stores.image, frame, window.slices)
    found = _outlined(grey, flat(stores.labels[here]), MODEL, window.zoom)
    true = _outlined(grey, flat(stores.truth[here]), TRUTH, window.zoom)
    drawn_true, drawn_found = _coloured(true), _coloured(found)
    picture = found
    picture[drawn_true] = true[drawn_true]
    picture[drawn_true & drawn_found] = BOTH
    drawn = Image.fromarray(picture)
    stamp(drawn, f"frame {frame} · F1 {score:.2f}")
    return drawn


def _coloured(picture: np.ndarray) -> np.ndarray:
    return (picture != picture[..., :1]).any(axis=-1)


def _grey(image: Stack, frame: int, slices: tuple[slice, slice]) -> np.ndarray:
    plane = flat(image[(frame, 0, Ellipsis, *slices)]).astype(np.float64)
    return stretch(plane, *np.nanpercentile(plane, STRETCH))


def _outlined(grey: np.ndarray, labels: np.ndarray, colour: Colour, zoom: int) -> np.ndarray:
    ids: Sequence[int] = np.unique(labels).tolist()
    return draw(grey, labels, dict.fromkeys(ids, colour), zoom)


def doubtful(image: Stack, labels: Stack, coarse: Stack, objects: pd.DataFrame) -> Image.Image:
    """Return the frame whose objects are least sure on average, outlines coloured by score.

    Parameters
    ----------
    image : array ``(T, C, [Z,] Y, X)``
    labels, coarse : array ``(T, [Z,] Y, X)`` of int
        At full and at a reduced resolution.
    objects : DataFrame
        `frame`, `label`, `score` (0 to 1).
    """
    if "score" not in objects or objects["score"].isna().all():
        return note(NO_SCORE)
    means = objects.groupby("frame")["score"].mean()
    frame = int(means.idxmin())
    here = objects[objects["frame"] == frame]
    score = here.set_index("label")["score"].fillna(BELOW)
    survey = flat(coarse[frame])
    doubt = np.where(np.isin(survey, score.index[score <= score.median()]), survey, 0)
    window = choose_window(doubt[None], [0], SIDE_PX, labels.shape[-2:], sizes=survey[None])
    share = ((score - BELOW) / (ABOVE - BELOW)).clip(0, 1)
    colours = {int(i): _mix(part) for i, part in share.items()}
    cells = flat(labels[(frame, Ellipsis, *window.slices)])
    picture = Image.fromarray(draw(_grey(image, frame, window.slices), cells, colours, window.zoom))
    stamp(picture, f"frame {frame} · mean score {means.min():.2f} · red: {BELOW} or less, blue: {ABOVE:.0f}")
    return picture


def _mix(share: float) -> Colour:
    red, green, blue = (UNSURE + share * (SURE - UNSURE)).round().astype(int).tolist()
    return red, green, blue
