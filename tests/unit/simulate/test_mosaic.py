"""A mosaic is one picture, whatever part of it is made."""

import numpy as np

from cellweave.segment.classical import Classical
from cellweave.simulate import mosaic
from cellweave.simulate.mosaic import FIELD, MARGIN, SPACING, Mosaic


def test_neighbouring_fields_show_the_same_cells():
    """Light is drawn `MARGIN` beyond a field: where two fields overlap, both must have drawn it alike."""
    whole = Mosaic(1, 2 * FIELD)
    left, right, below = whole._light(0, 0), whole._light(0, FIELD), whole._light(FIELD, 0)
    np.testing.assert_array_equal(left[:, -2 * MARGIN :], right[:, : 2 * MARGIN])
    np.testing.assert_array_equal(left[-2 * MARGIN :], below[: 2 * MARGIN])


def test_a_larger_mosaic_begins_with_the_same_cells_and_a_seed_decides():
    small, large = Mosaic(1, 300).field(0, 0), Mosaic(1, FIELD + 1).field(0, 0)
    assert small.shape == (300, 300) and large.shape == (FIELD, FIELD)
    assert np.corrcoef(small.ravel(), large[:300, :300].ravel())[0, 1] > 0.8  # alike but for the noise
    assert np.corrcoef(small.ravel(), Mosaic(2, 300).field(0, 0).ravel())[0, 1] < 0.2
    assert Mosaic(1, FIELD + 1).field(FIELD, FIELD).shape == (1, 1)


def test_there_are_as_many_cells_as_the_lattice_has_places(monkeypatch):
    monkeypatch.setattr(mosaic, "FIELD", 512)
    stamps = Mosaic(3, 512)._stamps
    assert len(list(Mosaic(3, 512)._places(0, 0, 512))) >= (512 // SPACING) ** 2
    for distance, _ in stamps:
        assert distance[[0, -1]].min() > 1 and distance[:, [0, -1]].min() > 1, "a stamp holds its cell"
    foreground = Classical().feature_of(Mosaic(3, 512).field(0, 0).astype(np.float32))
    assert foreground.std() > 0
