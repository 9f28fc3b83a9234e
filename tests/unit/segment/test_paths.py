"""Objects from flows: those of the truth where flows are right, and the same ones for every cutting of the plane."""

import numpy as np
import pytest
from cuttings import CUTTINGS, assert_same, label
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cellweave.learn.flows import UNIT, ZERO, flows_to_centre
from cellweave.segment.instances import Rule


def maps_of(labels, noise=0.0, seed=0):
    """Maps ``(3, Y, X)`` of perfect answers, with noise on the flows."""
    flows = flows_to_centre(labels) + np.random.default_rng(seed).normal(0, noise, (2, *labels.shape))
    stored = np.rint(flows.clip(-1, 1) * UNIT + ZERO)
    return np.concatenate([[255 * (labels > 0)], stored]).astype(np.uint8)


def random_maps(seed, shape, coarse):
    """Smooth noise: basins of all sizes and shapes, in long connected parts with holes."""
    rng = np.random.default_rng(seed)
    fields = [ndimage.gaussian_filter(rng.normal(size=shape), coarse) for _ in range(3)]
    return np.stack([np.clip(128 + 90 * field / (field.std() + 1e-9), 0, 255) for field in fields]).astype(np.uint8)


def packed_cells(seed, side=96, count=40):
    """Voronoi cells that touch everywhere, within a disc."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    points = rng.uniform(0, side, (count, 2))
    nearest = np.argmin((y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2, axis=-1) + 1
    return np.where(np.hypot(y - side / 2, x - side / 2) < side / 2 - 3, nearest, 0).astype(np.int32)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_touching_cells_come_back_from_their_flows(noise):
    labels = packed_cells(1)
    names, table = label(maps_of(labels, noise), Rule(min_area_px=10))
    sizes = np.bincount(labels.ravel())[1:]
    found = 0
    for cell in np.flatnonzero(sizes >= 40) + 1:
        own = labels == cell
        best = np.bincount(names[own]).argmax()
        iou = (own & (names == best)).sum() / (own | (names == best)).sum()
        found += best > 0 and iou > 0.8
    assert found >= 0.95 * (sizes >= 40).sum()  # a cell of few pixels at the rim may go with its neighbour
    assert table.prominence.between(0.1, 1).all()


@pytest.mark.parametrize(("seed", "noise"), [(0, 0.0), (1, 0.5)])
def test_every_cutting_of_packed_cells_gives_the_same_names(seed, noise):
    maps = maps_of(packed_cells(seed), noise)
    rule = Rule(min_area_px=5)
    whole = label(maps, rule)
    assert len(whole[1]) > 20
    for tile, margin, rows in CUTTINGS[:8]:
        assert_same(maps, whole, rule=rule, tile=tile, margin=margin, rows=rows)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    coarse=st.floats(0.5, 6),
    tile=st.integers(7, 80),
    margin=st.integers(1, 9),
    rows=st.integers(5, 90),
    small=st.integers(0, 60),
    parting=st.floats(0.01, 0.6),
)
def test_random_maps_cut_at_random(seed, shape, coarse, tile, margin, rows, small, parting):
    maps, rule = random_maps(seed, shape, coarse), Rule(min_area_px=small, parting=parting)
    assert_same(maps, label(maps, rule), rule=rule, tile=tile, margin=margin, rows=rows)


def test_two_halves_that_flow_apart_are_two_and_those_that_flow_together_one():
    """By hand: left half flows left, right half right (parting 1), and the other way round (parting -1)."""
    for sign, count in ((1, 2), (-1, 1)):
        maps = np.full((3, 12, 40), 255, np.uint8)
        maps[1] = ZERO
        maps[2] = np.where(np.arange(40) < 20, ZERO - sign * UNIT, ZERO + sign * UNIT)
        names, table = label(maps)
        assert len(table) == count
        assert table.prominence.tolist() == [1.0] * count
        if count == 2:
            assert (names[:, :20] == names[0, 0]).all() and (names[:, 20:] == names[0, 39]).all()
