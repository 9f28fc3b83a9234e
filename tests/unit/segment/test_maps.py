"""A real network over tiles: its maps are those of the whole plane."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cellweave.learn.networks import Network, bf16_is_fast
from cellweave.segment.maps import SYMMETRIES, network_model, turned, turned_back
from cellweave.segment.tiles import mirrored, negated, predict_plane

SHAPE = (230, 300)


@pytest.fixture(scope="module", params=["distances", "flows"])
def network(request):
    torch.manual_seed(0)
    network = Network({"encoder": "plain", "channels": [8, 8], "representation": request.param})
    for part in network.modules():
        part.momentum = None  # one batch decides
    with torch.no_grad():  # running means of real activations, and a louder head: random weights answer in grey
        network.train()(torch.randn(4, 1, 64, 64, generator=torch.Generator().manual_seed(0)))
        network.head.weight *= 4
    return network.eval()


def predict(model, plane, **options):
    maps = np.zeros((model.channels, *plane.shape), np.uint8)
    for part, values in predict_plane(
        lambda t: plane[t.y0 : t.y1, t.x0 : t.x1], (0, plane.shape[0]), plane.shape, model, **options
    ):
        maps[:, part.y0 : part.y1, part.x0 : part.x1] = values
    return maps.astype(int)


@pytest.mark.parametrize("zoom", [0.5, 1, 2])
def test_any_tile_gives_the_maps_of_the_whole_plane(network, zoom, monkeypatch):
    """In float32, within one step of quantisation; the network's own bf16 rounds as coarsely as the steps are."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: torch.no_grad())
    plane = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    model = network_model(network, threads=1)
    whole = predict(model, plane, tile=1024, zoom=zoom)
    assert whole.std(axis=(1, 2)).min() > 10
    for tile in (64, 100):
        assert np.abs(predict(model, plane, tile=tile, zoom=zoom) - whole).max() <= 1


def test_a_halo_smaller_than_the_reach_would_show(network, monkeypatch):
    """The test above can fail: without a halo tiles differ from the whole by far."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: torch.no_grad())
    plane = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    model = network_model(network, threads=1)
    blind = replace(model, halo=0, within=None)
    assert np.abs(predict(blind, plane, tile=64) - predict(model, plane, tile=1024)).max() > 5


@pytest.mark.parametrize("symmetries", [1, SYMMETRIES])
def test_what_lies_around_the_wanted_part_is_left_out_exactly(network, monkeypatch, symmetries):
    """The decoder computes less when told what is wanted, and several views at once; the answers are the same."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: torch.no_grad())
    model = network_model(network, threads=1, symmetries=symmetries)
    rng = np.random.default_rng(2)
    views = [rng.normal(size=(96, 80)).astype(np.float32) for _ in range(3)]
    for part in [((24, 71), (8, 9)), ((0, 96), (40, 80)), ((95, 96), (0, 1))]:
        found = model.predict(views, part)
        for view, maps in zip(views, found, strict=True):
            wanted = model.maps(view)[:, slice(*part[0]), slice(*part[1])]
            np.testing.assert_allclose(maps, wanted, atol=1e-4)  # float32 sums in another order


def test_there_are_eight_symmetries_of_the_square():
    square = torch.arange(12.0).reshape(1, 1, 3, 4)
    seen = [turned(square, k) for k in range(SYMMETRIES)]
    assert len({(tuple(x.shape), tuple(x.flatten().tolist())) for x in seen}) == SYMMETRIES
    assert all(torch.equal(turned_back(x, k), square) for k, x in enumerate(seen))


def test_eight_symmetries_give_a_flipped_image_the_flipped_maps(network):
    """Float32 sums in another order: 1e-5 of the range. One alone of this network is far from it."""
    plane = np.random.default_rng(2).normal(size=(64, 96)).astype(np.float32)
    gaps = {}
    for symmetries in (1, SYMMETRIES):
        maps = network_model(network, threads=1, symmetries=symmetries).maps
        flipped, swapped = maps(plane[::-1])[:, ::-1], maps(plane.T).transpose(0, 2, 1)
        if network.representation.vectors:  # y the other way round; y and x exchanged
            flipped, swapped = negated(flipped, [-2]), swapped[[0, 2, 1]]
        gaps[symmetries] = max(np.abs(flipped - maps(plane)).max(), np.abs(swapped - maps(plane)).max())
    assert gaps[SYMMETRIES] < (1e-5 if not bf16_is_fast(torch.device("cpu")) else 2e-2) < gaps[1]


def test_eight_symmetries_do_not_depend_on_tiles(network, monkeypatch):
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: torch.no_grad())
    plane = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    model = network_model(network, threads=1, symmetries=SYMMETRIES)
    whole = predict(model, plane, tile=1024)
    assert np.abs(predict(model, plane, tile=64) - whole).max() <= 1


def test_a_mirrored_model_gives_a_flipped_image_the_flipped_maps(network):
    model = network_model(network, threads=1, symmetries=SYMMETRIES)
    plane = np.random.default_rng(2).normal(size=(64, 96)).astype(np.float32)
    for axes in ("y", "x", "yx"):
        np.testing.assert_allclose(mirrored(model, axes).maps(plane), model.maps(plane), atol=2e-2)
