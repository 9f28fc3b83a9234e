"""Outlines say exactly where a cell is; pictures and outlines keep to their budgets."""

import json

import numpy as np
import pandas as pd
import pytest
from skimage.draw import polygon2mask

from cellweave.report.filmstrip import filmstrip
from cellweave.report.outlines import decode, outlines
from cellweave.report.viewer import viewer_cells


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_an_outline_drawn_again_is_the_cell(scale):
    """Vertices lie on a grid of half picture pixels: no pixel further than one from the border may change sides."""
    y, x = np.mgrid[:90, :200]
    labels = np.where(((y - 40) / 30) ** 2 + ((x - 90) / 80) ** 2 < 1, 7, 0)  # needs steps longer than one letter holds
    vertices = decode(*outlines(labels, scale, 0.35)[7]) / 2 / scale - 0.5  # back to pixel centres
    again = polygon2mask(labels.shape, vertices[:, ::-1])
    assert np.count_nonzero(again != (labels > 0)) < 0.01 * np.count_nonzero(labels)


def test_every_object_has_an_outline_at_any_id_and_border():
    labels = np.zeros((20, 20), int)
    labels[0:4, 0:4], labels[10, 10], labels[12:20, 4:20] = 5, 900_001, 6
    found = outlines(labels, 1.0, 0.35)
    assert set(found) == {5, 6, 900_001}
    assert all(len(steps) >= 6 for _, _, steps in found.values())
    assert outlines(np.zeros((4, 4), int), 1.0, 0.35) == {}


def test_the_film_keeps_to_its_budget():
    image = np.random.default_rng(0).integers(0, 255, (12, 1, 128, 128), dtype=np.uint8)
    whole = filmstrip(image, [], 10_000_000, None, "film")
    assert whole["frames"] == list(range(12)) and whole["scale"] == 1
    budget = sum(len(picture) for picture in whole["pictures"]) * 3 // 4 // 4
    part = filmstrip(image, [], budget, None, "film")
    size = sum(len(picture) for picture in part["pictures"]) * 3 // 4
    assert size <= 1.05 * budget and 1 <= len(part["frames"]) < 12 and part["total"] == 12


def test_outlines_become_circles_before_cells_are_lost():
    labels = np.zeros((1, 40, 40), int)
    labels[0, 4:14, 4:14], labels[0, 20:30, 20:30] = 1, 2
    cells = pd.DataFrame(
        {"frame": 0, "label": [1, 2], "y_px": [8.5, 24.5], "x_px": [8.5, 24.5], "area_px": [100.0, 100]}
    )
    film = {"frames": [0], "scale": 1.0}
    fine = viewer_cells(lambda frame: labels[frame], 1.0, film, cells, None, 10_000)
    rough = viewer_cells(lambda frame: labels[frame], 1.0, film, cells, None, 20)
    assert [type(path) for path in fine["frames"][0]["outline"]] == [str, str]
    assert rough["frames"][0]["outline"] == [11, 11], "a circle of 100 px has a radius of 5.6 px, 11 half pixels"
    assert rough["frames"][0]["label"] == [1, 2] and len(json.dumps(rough)) < len(json.dumps(fine))
