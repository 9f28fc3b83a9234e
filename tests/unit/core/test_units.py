"""Sizes in micrometers become pixels, or an error that says how to give the size of a pixel."""

import pytest

from cellweave.core.errors import InputError
from cellweave.core.units import in_pixels


def test_lengths_and_areas_are_divided_by_the_pixel_and_its_square():
    given = {"min_area_px": 30, "min_area_um2": 50.0, "radius_px": 12, "radius_um": 5.1, "sigma_px": 2.0, "sigma_um": 1}
    assert in_pixels(given, 0.5, "x") == {"min_area_px": 200, "radius_px": 10, "sigma_px": 2.0}
    assert in_pixels({"radius_px": 12, "seed": 0.5}, None, "x") == {"radius_px": 12, "seed": 0.5}


def test_an_unknown_pixel_size_is_asked_for():
    with pytest.raises(InputError, match=r"radius_um: 5 needs the size of a pixel(.|\n)*own/a(.|\n)*pixel_size_um="):
        in_pixels({"radius_px": 12, "radius_um": 5.0}, None, "own/a")
