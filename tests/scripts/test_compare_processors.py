"""compare_processors: what differs between two ways to compute the maps of one image."""

import os

import numpy as np
import pytest

import compare_processors
from cellweave.learn.networks import Network, save_network
from cellweave.segment import processors
from cellweave.segment.instances import Rule
from cellweave.segment.processors import Processor, maps_on

RULE = Rule(min_area_px=4)


def maps(*boxes: tuple[int, int]) -> np.ndarray:
    """Squares of 10 x 10 pixels at the given places, foreground and marker alike."""
    image = np.zeros((2, 40, 40), np.uint8)
    for y, x in boxes:
        image[:, y : y + 10, x : x + 10] = 255
    return image


def test_the_same_maps_differ_in_nothing():
    same = compare_processors.compared(maps((2, 2), (20, 20)), maps((2, 2), (20, 20)), RULE)
    assert same == {"map_levels_max": 0, "map_share": 0, "label_share": 0, "objects": 2, "f1": 1}


def test_a_moved_and_a_lost_object_are_counted_by_hand():
    """One square moved by a pixel: 10 pixels lost, 10 won, IoU 9/11; the other gone: 100 pixels of 1600."""
    found = compare_processors.compared(maps((2, 2), (20, 20)), maps((2, 3)), RULE)
    assert found["map_share"] == found["label_share"] == pytest.approx(120 / 1600)
    assert (found["map_levels_max"], found["objects"], found["f1"]) == (255, 1, pytest.approx(2 / 3))


def test_a_process_of_its_own_computes_what_this_one_does_and_bfloat16_something_else(tmp_path):
    save_network(Network({"encoder": "plain", "channels": [4, 6]}), tmp_path / "model.ckpt", {})
    image = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    before, options = dict(os.environ), {"tile": 64, "zoom": 1, "symmetries": 1}
    plain = Processor("plain", threads=1, bf16=False, environment={"OMP_DYNAMIC": "false"})
    found = maps_on(plain, tmp_path / "model.ckpt", image, **options)
    assert dict(os.environ) == before
    assert (found == processors._maps(plain, tmp_path / "model.ckpt", image, **options)).all() and found.std() > 0
    coarse = processors._maps(Processor("coarse", bf16=True), tmp_path / "model.ckpt", image, **options)
    difference = np.abs(found.astype(int) - coarse)
    assert 0 < difference.max() < 26, "a bfloat16 has 8 bits: percents, not tens of percents, of the 255 levels"
