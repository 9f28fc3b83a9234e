import numpy as np
import pytest
import torch
from torch import nn

from cellweave.core.errors import InputError
from cellweave.learn.encoders import MobileNetV2, ResNet, read_weights
from cellweave.learn.networks import (
    Network,
    cost_of,
    device_of,
    load_network,
    maps_of,
    save_network,
    start_from,
)
from cellweave.learn.representations import DISTANCES

PLAIN = {"encoder": "plain", "channels": [4, 6, 8]}
RESNET = {"encoder": "resnet18", "channels": [4, 6, 8]}
MOBILE = {"encoder": "mobilenet_v2", "channels": [4, 6, 8]}
OFFICIAL = "download.pytorch.org/models/mobilenet_v2-b0353104.pth"


def linear(network: Network) -> Network:
    """Make the network all positive and linear, so that every pixel it can see has a gradient."""
    for module in network.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d | nn.ReLU | nn.ReLU6):
                setattr(module, name, nn.Identity())
    for parameter in network.parameters():
        nn.init.constant_(parameter, 1e-2)
    return network.double().eval()


@pytest.mark.parametrize("architecture", [PLAIN, MOBILE, RESNET, {"encoder": "plain", "channels": [3]}], ids=str)
def test_receptive_field_is_exactly_what_the_gradient_reaches(architecture: dict, monkeypatch) -> None:
    monkeypatch.setattr(nn.MaxPool2d, "forward", lambda pool, x: nn.functional.avg_pool2d(x, 3, 2, 1))
    network = linear(Network(architecture))
    side = 4 * network.halo + network.stride
    middle = side // 2 // network.stride * network.stride
    reached = 0
    for at in range(middle, middle + network.stride):
        x = torch.zeros(1, 1, side, 2 * network.stride, dtype=torch.double, requires_grad=True)
        network(x)[0, :, at].sum().backward()
        rows = torch.nonzero(x.grad[0, 0].abs().sum(dim=1)).ravel()
        reached = max(reached, at - int(rows.min()), int(rows.max()) - at)
    assert reached == network.receptive_field()
    assert network.receptive_field() <= network.halo < network.receptive_field() + network.stride
    assert network.halo % network.stride == 0


def test_maps_beyond_the_halo_do_not_change(rng: np.random.Generator) -> None:
    network = Network(PLAIN)
    side = 4 * network.halo
    x = torch.from_numpy(rng.normal(size=(1, 1, side, side)).astype(np.float32))
    other = x.clone()
    other[..., : network.halo] += 10
    far = slice(2 * network.halo, None)
    torch.testing.assert_close(network.maps(x)[..., far], network.maps(other)[..., far], rtol=0, atol=0)


def test_maps_of_logits_by_hand() -> None:
    outputs = torch.tensor([0.0, 0.0, 0.0, 0.9, 0.2]).reshape(1, 5, 1, 1)
    assert maps_of(outputs, DISTANCES).ravel().tolist() == pytest.approx([2 / 3, 0.7])
    outputs[0, 3:] = torch.tensor([0.1, 0.4]).reshape(2, 1, 1)
    assert maps_of(outputs, DISTANCES)[0, 1].item() == 0


def test_maps_want_multiples_of_the_stride() -> None:
    with pytest.raises(ValueError, match="multiples of 8"):
        Network(PLAIN).maps(torch.zeros(1, 1, 16, 17))


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_official_weights_load_strictly_and_do_what_three_channels_do(mirror, depth: int) -> None:
    weights = read_weights(mirror / OFFICIAL)
    encoder = MobileNetV2(depth)
    encoder.load_imagenet(weights)
    kept = [key for key in weights if key.startswith("features.") and key in encoder.state_dict()]
    assert len(kept) == len(encoder.state_dict())
    assert all(torch.equal(encoder.state_dict()[key], weights[key]) for key in kept if key != "features.0.0.weight")
    x = torch.randn(1, 1, 32, 32)
    three = nn.functional.conv2d(x.expand(-1, 3, -1, -1), weights["features.0.0.weight"], stride=2, padding=1)
    torch.testing.assert_close(encoder.features[0][0](x), three, rtol=1e-5, atol=1e-5)  # float32 sums in another order


@pytest.mark.parametrize(
    ("kind", "tensors", "parameters"), [("resnet18", 120, 11_170_240), ("resnet34", 216, 21_278_400)]
)
def test_resnets_have_torchvisions_keys_and_sizes(kind: str, tensors: int, parameters: int) -> None:
    """torchvision counts 11 689 512 and 21 797 672 parameters; less fc (513 000) and two of three input channels."""
    encoder = ResNet(kind, 5)
    state = encoder.state_dict()
    assert len(state) == tensors  # torchvision's 122 and 218 less fc
    assert sum(value.numel() for value in encoder.parameters()) == parameters
    assert {"conv1.weight", "bn1.running_var", "layer1.1.conv2.weight", "layer4.0.downsample.1.bias"} <= set(state)
    official = {key: torch.randn_like(value.float()) for key, value in state.items()} | {"fc.bias": torch.zeros(1000)}
    official["conv1.weight"] = torch.randn(64, 3, 7, 7)
    shallow = ResNet(kind, 3)
    shallow.load_imagenet(official)
    assert torch.equal(shallow.state_dict()["layer2.0.conv1.weight"], official["layer2.0.conv1.weight"])
    assert torch.equal(shallow.conv1.weight, official["conv1.weight"].sum(dim=1, keepdim=True))
    del official["layer1.0.bn2.bias"]
    with pytest.raises(InputError, match=r"layer1\.0\.bn2\.bias"):
        shallow.load_imagenet(official)


def test_weights_whose_name_tells_another_hash_are_damaged(tmp_path) -> None:
    torch.save({"fc.bias": torch.zeros(3)}, tmp_path / "resnet18-f37072fd.pth")
    with pytest.raises(InputError, match="damaged"):
        read_weights(tmp_path / "resnet18-f37072fd.pth")


def test_weights_that_lack_a_key_are_refused(mirror) -> None:
    weights = read_weights(mirror / OFFICIAL)
    del weights["features.2.conv.3.bias"]
    with pytest.raises(InputError, match=r"features\.2\.conv\.3\.bias"):
        MobileNetV2(2).load_imagenet(weights)


def test_checkpoint_gives_the_same_maps(tmp_path) -> None:
    network = Network(MOBILE)
    save_network(network, tmp_path / "model.ckpt", {"steps": 1})
    x = torch.randn(1, 1, 32, 32)
    assert torch.equal(load_network(tmp_path / "model.ckpt").maps(x), network.maps(x))


def test_foreign_and_missing_files_are_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="no such checkpoint"):
        load_network(tmp_path / "absent.ckpt")
    (tmp_path / "text.ckpt").write_text("not a checkpoint")
    with pytest.raises(InputError, match="not a readable checkpoint"):
        load_network(tmp_path / "text.ckpt")
    torch.save({"weights": torch.zeros(1)}, tmp_path / "foreign.ckpt")
    with pytest.raises(InputError, match=r"foreign checkpoint.*weights"):
        load_network(tmp_path / "foreign.ckpt")
    torch.save({"architecture": Network(MOBILE), "state_dict": {}}, tmp_path / "code.ckpt")
    with pytest.raises(InputError, match="not a readable checkpoint"):
        load_network(tmp_path / "code.ckpt")


def test_weights_of_another_architecture_are_refused(tmp_path) -> None:
    weights = Network(PLAIN).state_dict()
    torch.save({"architecture": MOBILE, "state_dict": weights}, tmp_path / "model.ckpt")
    with pytest.raises(InputError, match="weights of another architecture"):
        load_network(tmp_path / "model.ckpt")


def test_fine_tuning_copies_all_weights_or_names_both_architectures(tmp_path) -> None:
    parent, child = Network(PLAIN), Network(PLAIN)
    save_network(parent, tmp_path / "model.ckpt", {})
    start_from(child, tmp_path / "model.ckpt")
    assert all(torch.equal(a, b) for a, b in zip(parent.parameters(), child.parameters(), strict=True))
    with pytest.raises(InputError, match=r"mobilenet_v2.*plain"):
        start_from(Network(MOBILE), tmp_path / "model.ckpt")


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ({"encoder": "resnet", "channels": [4]}, "unknown encoder 'resnet'"),
        ({"encoder": "plain"}, "not an architecture"),
        ({"encoder": "plain", "channels": [4] * 6}, "6 channels"),
    ],
)
def test_impossible_architectures_are_refused(architecture: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Network(architecture)


def test_cost_of_one_convolution_by_hand() -> None:
    cost = cost_of(Network({"encoder": "plain", "channels": [1]}), side=16)
    # multiply-adds per pixel: encoder 9 + 9, halved (9*2 + 9*4)/4, decoder 9*3 + 9, head 5
    assert cost["flops_per_pixel"] == 2 * (18 + 54 / 4 + 36 + 5)


def test_a_gpu_that_is_absent_is_an_error(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="a GPU is asked for"):
        device_of("gpu")
    assert device_of("auto").type == device_of("cpu").type == "cpu"


def test_code_in_a_checkpoint_never_runs(tmp_path):
    class Code:
        def __reduce__(self):
            return (tmp_path / "ran").touch, ()

    torch.save({"architecture": PLAIN, "state_dict": Code()}, tmp_path / "model.ckpt")
    with pytest.raises(InputError, match=r"model\.ckpt"):
        load_network(tmp_path / "model.ckpt")
    assert not (tmp_path / "ran").exists()
