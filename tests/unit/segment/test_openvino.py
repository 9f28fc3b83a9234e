"""The OpenVINO path beside torch; skipped where OpenVINO is not installed (`make extra NAME=openvino`)."""

import numpy as np
import pytest
import torch

from cellweave.learn.losses import training_loss
from cellweave.learn.networks import Network, bf16_is_fast
from cellweave.learn.targets import Borders, training_targets
from cellweave.score.contingency import contingency
from cellweave.score.matched import true_positives
from cellweave.segment import openvino
from cellweave.segment.instances import Rule
from cellweave.segment.maps import network_model
from cellweave.segment.planes import labelled
from cellweave.segment.tiles import predict_plane


def predicted(network, plane, symmetries):
    maps = np.zeros((network.representation.channels, *plane.shape), np.uint8)
    model = network_model(network, 1, symmetries=symmetries)
    read = lambda t: plane[t.y0 : t.y1, t.x0 : t.x1]  # noqa: E731
    for part, values in predict_plane(read, (0, plane.shape[0]), plane.shape, model, tile=64):
        maps[:, part.y0 : part.y1, part.x0 : part.x1] = values
    return maps


def discs():
    """About 100 noisy discs, many of them touching, ``(Y, X)``, and their labels."""
    rng = np.random.default_rng(1)
    y, x = np.indices((150, 170))
    labels = np.zeros(y.shape, np.int32)
    for number, (row, column) in enumerate(np.ndindex(10, 11), 1):
        centre = np.array([15 * row + 7, 15 * column + 8]) + rng.uniform(-2, 2, 2)
        labels[np.hypot(y - centre[0], x - centre[1]) < rng.uniform(5, 8)] = number
    return (2.0 * (labels > 0) + rng.normal(0, 0.3, y.shape)).astype(np.float32), labels


def learned(representation, plane, labels, steps=60):
    """A small network that has seen the discs."""
    torch.manual_seed(0)
    network = Network({"encoder": "plain", "channels": [8, 8], "representation": representation}).train()
    seen = torch.from_numpy(plane[None, None, :144, :160])
    wanted = torch.from_numpy(training_targets(labels, Borders(1), network.representation)[None, :, :144, :160])
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        training_loss(network(seen), wanted.float(), network.representation).backward()
        optimizer.step()
    return network.eval()


@pytest.mark.parametrize("representation", ["distances", "flows"])
@pytest.mark.parametrize("symmetries", [1, 8])
def test_maps_and_objects_are_those_of_torch(monkeypatch, representation, symmetries):
    """Within one level of 255 (two in bf16), and the same objects but for one in a thousand."""
    pytest.importorskip("openvino")
    plane, labels = discs()
    network = learned(representation, plane, labels)
    found = predicted(network, plane, symmetries)
    monkeypatch.setattr(openvino, "is_installed", lambda: False)
    expected = predicted(network, plane, symmetries)
    levels = 2 if bf16_is_fast(torch.device("cpu")) else 1
    assert np.abs(found.astype(int) - expected).max() <= levels
    names, truth = (labelled(maps, Rule(min_area_px=5))[0] for maps in (found, expected))
    both = contingency(truth, names)
    assert both.truth.size > 50, "too few objects to tell"
    assert max(both.truth.size, both.result.size) - true_positives(both, 0.9) <= 1e-3 * both.truth.size
    assert (names != truth).mean() <= 1e-3


def test_without_openvino_torch_answers(monkeypatch):
    monkeypatch.setattr(openvino, "is_installed", lambda: False)
    network = Network({"encoder": "plain", "channels": [4]})
    monkeypatch.setattr(openvino, "compiled", None)
    assert network_model(network, 1).maps(np.zeros((16, 16), np.float32)).shape == (2, 16, 16)
