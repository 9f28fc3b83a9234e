"""Track colours: the same every time, distinct between sisters, inherited over gaps."""

import colorsys

import numpy as np
import pytest

from cellweave.report.colours import hex_colour, oklch_to_srgb, track_colours


def _hue(colour):
    return colorsys.rgb_to_hsv(*(c / 255 for c in colour))[0]


def _apart(a, b):
    return min((a - b) % 1, (b - a) % 1)


def test_oklch_matches_published_pairs():
    # red and white of Ottosson's colour space, as in CSS Color 4; one grey level is rounding of the inputs
    red = oklch_to_srgb(np.array([0.62796]), 0.25768, np.array([29.2339 / 360]))[0]
    assert np.abs(red.astype(int) - [255, 0, 0]).max() <= 1
    assert oklch_to_srgb(np.array([1.0]), 0.0, np.array([0.3]))[0].tolist() == [255, 255, 255]


def test_colours_do_not_depend_on_company_or_order():
    parents = {2: 1, 3: 1}
    every = track_colours([3, 1, 2, 9], parents)
    assert track_colours([2], parents)[2] == every[2]
    assert track_colours([9])[9] == every[9]


def test_daughters_are_related_but_differ():
    colours = track_colours([1, 2, 3], {2: 1, 3: 1})
    mother, one, other = (_hue(colours[track]) for track in (1, 2, 3))
    assert len(set(colours.values())) == 3
    # 0.06 turns in OKLCH are at most about 0.15 turns of HSV hue
    assert 0 < _apart(mother, one) < 0.15 and 0 < _apart(mother, other) < 0.15
    assert _apart(one, other) > _apart(mother, one)


def test_continuation_after_a_gap_keeps_the_colour():
    colours = track_colours([1, 2], {2: 1})
    assert colours[1] == colours[2]


@pytest.mark.parametrize("parents", [{1: 2, 2: 1}, {1: 1}, {1: 77}, {1: 0}])
def test_odd_parents_do_no_harm(parents):
    assert set(track_colours([1, 2], parents)) == {1, 2}


def test_readable_on_black_and_on_white():
    for colour in track_colours(range(1, 200)).values():
        luminance = np.dot([0.2126, 0.7152, 0.0722], (np.array(colour) / 255) ** 2.2)
        assert 0.15 < luminance < 0.75
    assert hex_colour((255, 0, 10)) == "#ff000a"
