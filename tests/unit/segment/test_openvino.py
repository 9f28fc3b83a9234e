"""The OpenVINO path beside torch; skipped where OpenVINO is not installed (`make extra NAME=openvino`)."""

import numpy as np
import pytest
import torch

from cellweave.learn.networks import Network, bf16_is_fast
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


@pytest.mark.parametrize("representation", ["distances", "flows"])
@pytest.mark.parametrize("symmetries", [1, 8])
def test_maps_and_objects_are_those_of_torch(monkeypatch, representation, symmetries):
    """Within one level of 255 (two in bf16), and the same objects but for one in a thousand."""
    pytest.importorskip("openvino")
    torch.manual_seed(0)
    network = Network({"encoder": "plain", "channels": [8, 8], "representation": representation})
    with torch.no_grad():
        network.train()(torch.randn(4, 1, 64, 64))
        network.head.weight *= 4
    network.eval()
    plane = np.random.default_rng(1).normal(size=(150, 170)).astype(np.float32)
    found = predicted(network, plane, symmetries)
    monkeypatch.setattr(openvino, "is_installed", lambda: False)
    expected = predicted(network, plane, symmetries)
    levels = 2 if bf16_is_fast(torch.device("cpu")) else 1
    assert np.abs(found.astype(int) - expected).max() <= levels and expected.std() > 5
    labels, truth = (labelled(maps, Rule(min_area_px=5))[0] for maps in (found, expected))
    assert (labels != truth).mean() <= 1e-3 and abs(int(labels.max()) - int(truth.max())) <= 1e-3 * truth.max()


def test_without_openvino_torch_answers(monkeypatch):
    monkeypatch.setattr(openvino, "is_installed", lambda: False)
    network = Network({"encoder": "plain", "channels": [4]})
    monkeypatch.setattr(openvino, "compiled", None)
    assert network_model(network, 1).maps(np.zeros((16, 16), np.float32)).shape == (2, 16, 16)
