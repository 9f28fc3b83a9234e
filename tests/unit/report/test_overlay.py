"""Overlays: outlines lie on the cells' own border pixels, in the colour of the track."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from scipy import ndimage

from cellweave.report.overlay import (
    Movie,
    Tracking,
    animation,
    choose_window,
    contact_sheet,
    draw,
    encode,
    outlines,
    spread,
    stretch,
)


def _edges_by_erosion(labels, thickness):
    """Second implementation: erode each object on its own; the frame's border is no edge."""
    cross = ndimage.generate_binary_structure(2, 1)
    edges = np.zeros_like(labels)
    for label in np.unique(labels[labels > 0]):
        mask = labels == label
        edges[mask & ~ndimage.binary_erosion(mask, cross, iterations=thickness, border_value=1)] = label
    return edges


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(np.int32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 3)),
       st.integers(1, 3))  # fmt: skip
def test_outlines_equal_erosion_of_each_object(labels, thickness):
    assert np.array_equal(outlines(labels, thickness), _edges_by_erosion(labels, thickness))


def test_drawn_outline_covers_exactly_the_border_of_the_enlarged_cell():
    labels = np.zeros((12, 12), np.int32)
    labels[3:9, 3:9] = 7
    picture = draw(np.zeros((12, 12), np.uint8), labels, {7: (255, 0, 0)}, zoom=2)
    red = (picture == [255, 0, 0]).all(axis=-1)
    assert picture.shape == (24, 24, 3)
    ring = np.zeros((24, 24), bool)
    ring[6:18, 6:18] = True
    ring[9:15, 9:15] = False
    assert np.array_equal(red, ring)


def test_spread_has_first_and_last():
    assert spread(0, 4) == [] and spread(2, 4) == [0, 1] and spread(100, 4) == [0, 33, 66, 99]


def test_stretch_of_flat_and_nan_frames():
    assert stretch(np.full((2, 2), 5.0), 5, 5).tolist() == [[0, 0], [0, 0]]
    assert stretch(np.array([[np.nan, 1.0, 1.0]]), 0, 1).tolist() == [[0, 255, 255]]


def test_window_shows_the_crowd_and_enlarges_small_cells():
    labels = np.zeros((1, 3000, 2000), np.int32)
    for i in range(20):
        labels[0, 2500 + 20 * (i // 5) : 2512 + 20 * (i // 5), 1500 + 20 * (i % 5) : 1512 + 20 * (i % 5)] = i + 1
    window = choose_window(labels, [0], 1024, (3000, 2000))
    assert window.zoom == 3 and window.height * 3 <= 1024
    assert (labels[0][window.slices] > 0).sum() == (labels > 0).sum()
    reduced = choose_window(labels[:, ::4, ::4], [0], 1024, (3000, 2000))
    assert reduced.zoom == 3 and (labels[0][reduced.slices] > 0).sum() == (labels > 0).sum()


def _movie(frames=5, z=False):
    labels = np.zeros((frames, 40, 50), np.int32)
    labels[:, 10:20, 10:22] = 1
    labels[:, 10:20, 22:34] = 2
    image = (labels > 0)[:, None] * np.uint16(900) + np.uint16(100)
    if z:
        labels, image = labels[:, None].repeat(3, 1), image[:, :, None].repeat(3, 2)
    nodes = pd.DataFrame(
        [(t, label, track, 15.0, 16.0 + 12 * (label - 1)) for t in range(frames) for label, track in ((1, 4), (2, 9))],
        columns=["frame", "label", "track", "y_px", "x_px"],
    )
    tracks = pd.DataFrame({"track": [4, 9], "begin": 0, "end": frames - 1, "parent": [0, 4]})
    return Movie(image, labels, labels, Tracking.of(nodes, tracks), frame_min=5.0)


@pytest.mark.parametrize("z", [False, True])
def test_sheet_shows_tracks_in_their_colours(z):
    movie = _movie(z=z)
    sheet = np.asarray(contact_sheet(movie).convert("RGB")).reshape(-1, 3)
    present = set(map(tuple, sheet))
    assert set(movie.tracking.colours.values()) <= present


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_animation_has_every_frame(suffix):
    picture = Image.open(io.BytesIO(encode(animation(_movie(frames=6)), suffix)))
    assert picture.n_frames == 6


def test_untracked_empty_and_unknown_labels():
    movie = _movie()
    blank = np.zeros_like(movie.labels)
    for labels in (movie.labels, blank):
        assert contact_sheet(Movie(movie.image, labels, labels)).size[0] > 500
    assert contact_sheet(Movie(movie.image, movie.labels, movie.labels, Tracking.of(pd.DataFrame(
        columns=["frame", "label", "track", "y_px", "x_px"]), None))).size[0] > 500  # fmt: skip
    nothing = Movie(movie.image[:0], blank[:0], blank[:0])
    assert contact_sheet(nothing).size == (512, 64) and len(animation(nothing)) == 1
    with pytest.raises(ValueError, match=r"overlays are \.png"):
        encode([Image.new("RGB", (2, 2))], ".bmp")
