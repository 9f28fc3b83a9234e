"""Objects must not depend on how the plane was cut: every cutting is compared with the whole plane, name by name."""

import logging

import numpy as np
import pytest
from cuttings import CUTTINGS, assert_same, label
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cellweave.core.errors import InputError
from cellweave.segment.flood import HIGHEST, elevation
from cellweave.segment.instances import PROMINENCE, Rule


def random_maps(seed, shape=(80, 70), coarse=3.0):
    """Smooth noise with saturated plateaus: objects of all sizes and shapes, with holes."""
    rng = np.random.default_rng(seed)
    fields = [ndimage.gaussian_filter(rng.normal(size=shape), coarse) for _ in range(2)]
    foreground, marker = (np.clip(128 + 90 * field / (field.std() + 1e-9), 0, 255) for field in fields)
    return np.stack([foreground + 60 * (seed % 3 - 0.5), marker]).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(("seed", "coarse"), [(0, 1.5), (1, 4.0), (2, 2.5)])
def test_every_cutting_gives_the_same_names(seed, coarse):
    maps = random_maps(seed, coarse=coarse)
    rule = Rule(min_area_px=5)
    whole = label(maps, rule)
    assert len(whole[1]) > 5
    for tile, margin, rows in CUTTINGS:
        assert_same(maps, whole, rule=rule, tile=tile, margin=margin, rows=rows)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    coarse=st.floats(0.5, 8),
    tile=st.integers(7, 80),
    margin=st.integers(1, 9),
    rows=st.integers(5, 90),
    levels=st.sampled_from([1, 32, 128]),
)
def test_random_maps_cut_at_random(seed, shape, coarse, tile, margin, rows, levels):
    maps = random_maps(seed, shape, coarse) // levels * levels  # few levels: plateaus everywhere
    assert_same(maps, label(maps), tile=tile, margin=margin, rows=rows)


def test_long_ringlike_and_border_objects_survive_any_cutting():
    maps = np.zeros((2, 150, 150), np.uint8)
    for box in (
        np.s_[3:6, :],
        np.s_[10:140, 5:9],
        np.s_[20:60, 20:60],
        np.s_[70:72, 30:150],
        np.s_[70:140, 100:103],
        np.s_[148:, 148:],
    ):
        maps[:, box[0], box[1]] = 230
    maps[:, 24:56, 24:56] = 0  # a ring whose hole is wider than a tile
    maps[:, 35:40, 35:40] = 200  # with a cell in it
    maps[1, 70:72, 60:90] = 20  # two seeds, far apart, in one bar
    rule = Rule(min_area_px=2)
    whole = label(maps, rule)
    # One object each; the bar has two cores.
    assert len(whole[1]) == 7
    assert whole[0][26, 26] == 0, "a ring around another object has no hole"
    for tile, margin, rows in CUTTINGS[:8]:
        assert_same(maps, whole, rule=rule, tile=tile, margin=margin, rows=rows)


def test_an_object_longer_than_the_first_look_is_noticed_and_whole(caplog):
    maps = np.zeros((2, 40, 300), np.uint8)
    maps[:, 18:22, 10:290] = 230
    with caplog.at_level(logging.DEBUG):
        names, table = label(maps, tile=40, margin=4)
    assert table.area_px.tolist() == [4 * 280] and np.unique(names).tolist() == [0, 1 + 18 * 300 + 10]
    assert "an object of Tile(y0=0, y1=40, x0=0, x1=40) reaches further than 4 px" in caplog.text


def test_a_hole_is_filled_also_where_the_tile_sees_nothing_but_the_hole():
    maps = np.full((2, 120, 120), 0, np.uint8)
    maps[:, 10:100, 10:100] = 220
    maps[:, 20:90, 20:90] = 0
    names, table = label(maps)
    assert table.area_px.tolist() == [90 * 90]
    assert (names > 0).sum() == 90 * 90
    assert_same(maps, (names, table), tile=8, margin=1)
    _, unfilled = label(maps, Rule(fill_holes=False))
    assert unfilled.area_px.tolist() == [90 * 90 - 70 * 70]


def forest_by_sorting_edges(surface, mask, seeds, depth):
    """Second implementation: Kruskal over explicitly sorted edges; returns (Y, X) labels."""
    width = mask.shape[1]
    rank = np.lexsort((-np.arange(mask.size), surface.ravel())).argsort()
    edges = []
    for y, x in np.argwhere(mask):
        for v, u in ((y, x + 1), (y + 1, x - 1), (y + 1, x), (y + 1, x + 1)):
            if v < len(mask) and 0 <= u < width and mask[v, u]:
                edges.append(sorted([y * width + x, v * width + u], key=lambda p: rank[p]))
    parts = {p: {p} for p in np.flatnonzero(mask)}
    for seed in range(1, seeds.max() + 1):  # the pixels of a seed belong together before any edge is looked at
        part = set(np.flatnonzero(seeds.ravel() == seed))
        parts |= dict.fromkeys(part, part)
    label = {id(part): seeds.flat[min(part)] for part in parts.values()}
    top = {seed: surface[seeds == seed].max() for seed in range(1, seeds.max() + 1)}
    for low, high in sorted(edges, key=lambda edge: (rank[edge[0]], rank[edge[1]]), reverse=True):
        one, other = parts[low], parts[high]
        labels = sorted(filter(None, {label[id(one)], label[id(other)]}), key=lambda k: (-int(top[k]), k))
        if one is other or (len(labels) == 2 and top[labels[1]] - int(surface.flat[low]) >= depth):
            continue
        one |= other
        parts |= dict.fromkeys(other, one)
        label[id(one)] = labels[0] if labels else 0
    return np.array([label[id(parts[p])] if p in parts else 0 for p in range(mask.size)]).reshape(mask.shape)


@pytest.mark.parametrize("seed", range(4))
def test_the_partition_is_the_spanning_forest_of_the_definition(seed):
    maps = random_maps(seed, (40, 50), 2.0) // 16 * 16
    mask = maps[0] >= 128
    seeds = ndimage.label(mask & (maps[1] >= 128), np.ones((3, 3)))[0]
    expected = forest_by_sorting_edges(elevation(maps[1]), mask, seeds, round(HIGHEST * PROMINENCE))
    assert 1 < len(np.unique(expected)) - 1 <= seeds.max()
    names, _ = label(maps, Rule(min_area_px=0, fill_holes=False))
    first = np.array([0] + [1 + np.flatnonzero(seeds.ravel() == k)[0] for k in range(1, seeds.max() + 1)])
    np.testing.assert_array_equal(np.where(expected > 0, names, 0), first[expected])
    assert ((names > 0) == mask).all()


@pytest.mark.parametrize(("cores", "between", "objects"), [(140, 120, 1), (200, 60, 2)])
def test_a_dent_in_a_cell_does_not_split_it_but_a_valley_does(cores, between, objects):
    """Both fall below the seed level of 128; a tenth of the range is 25 levels."""
    maps = np.full((2, 20, 60), 255, np.uint8)
    maps[1] = cores
    maps[1, :, 25:36] = between
    assert len(label(maps)[1]) == objects


def test_touching_discs_are_split_half_way_and_scored():
    y, x = np.mgrid[:60, :100]
    distance = np.minimum(np.hypot(y - 30, x - 30), np.hypot(y - 30, x - 66))
    marker = np.clip(255 * (1 - distance / 22), 0, 255)
    maps = np.stack([255 * (distance < 20), marker]).astype(np.uint8)
    names, table = label(maps)
    assert len(table) == 2
    # Mirror symmetric about x = 48: each side has its own name but for the column between.
    assert (names[:, :48][maps[0, :, :48] > 0] == table.name[0]).all()
    assert (names[:, 49:][maps[0, :, 49:] > 0] == table.name[1]).all()
    np.testing.assert_allclose(table.x_px, [30, 66], atol=1)
    # Peak 1, saddle where the discs meet 1 - 18/22, foreground 1; half a level of rounding.
    np.testing.assert_allclose(table.score, 18 / 22, atol=0.01)


def test_nothing_gives_no_objects_and_foreground_without_core_one_each():
    maps = np.zeros((2, 20, 20), np.uint8)
    assert len(label(maps)[1]) == 0
    maps[0, 2:10, 2:10] = 255
    names, table = label(maps)
    assert table.name.tolist() == [1 + 2 * 20 + 2]
    assert table.score.tolist() == [0.0]
    assert (names > 0).sum() == 64
    assert len(label(maps, Rule(min_area_px=65))[1]) == 0


@pytest.mark.parametrize(
    ("instances", "message"),
    [
        ({"forground": 0.4}, "unknown keys.*forground"),
        ({"seed": 0}, r"seed 0 is not in \(0, 1\]"),
        ({"min_area_px": -1}, "min_area_px -1 is negative"),
    ],
)
def test_a_wrong_rule_is_refused(instances, message):
    with pytest.raises(InputError, match=message):
        Rule.of(instances)
