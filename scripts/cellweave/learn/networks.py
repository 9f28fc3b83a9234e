"""The network: a U-Net that predicts classes and what tells objects apart, its maps, its reach, its file.

Outputs (channels): logits of the classes, then the values of its representation (see `learn.representations`).
"""

import logging
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cellweave.core.errors import InputError
from cellweave.learn.encoders import build_encoder, conv_block, features_of, load_plain, save_plain
from cellweave.learn.representations import Representation, representation_of

logger = logging.getLogger(__name__)

KEYS = {"encoder", "channels"}
DEFAULTS = {"representation": "distances", "classes": 1}

Window = tuple[tuple[int, int], tuple[int, int]]


class Network(nn.Module):
    """U-Net (Ronneberger et al. 2015) with nearest upsampling.

    Parameters
    ----------
    architecture : mapping
        ``encoder`` ("mobilenet_v2", "resnet18", "resnet34" or "plain") and ``channels``: those of the decoder at
        strides 1, 2, 4, ...; the encoder halves the image as often as there are entries. Then ``representation``
        ("distances" when not given, "flows", "semantic") and, for a semantic one, ``classes``, without the background.

    Attributes
    ----------
    representation : Representation
        How it tells objects apart.
    stride : int
        Sides of an input must be multiples of it.
    halo : int
        An output pixel depends on no input pixel further away than this, in pixels; a multiple of `stride`.
    bf16 : bool or None
        Whether `maps` computes in bfloat16; None, as it is at first, where that is fast.
    """

    def __init__(self, architecture: Mapping[str, object]) -> None:
        super().__init__()
        self.architecture = checked_architecture(architecture)
        self.representation = representation_of(self.architecture["representation"], self.architecture["classes"])
        channels = self.architecture["channels"]
        self.encoder = build_encoder(self.architecture["encoder"], channels)
        below = [*channels[1:], self.encoder.channels[-1]]
        self.decoder = nn.ModuleList(
            nn.Sequential(conv_block(skip + deep, out), conv_block(out, out))
            for skip, deep, out in zip(self.encoder.channels, below, channels, strict=False)
        )
        self.head = nn.Conv2d(channels[0], self.representation.classes + self.representation.values, 1)
        self.stride = 2 ** len(channels)
        self.halo = -(-self.receptive_field() // self.stride) * self.stride
        self.bf16: bool | None = None
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor, inner: Window | None = None) -> Tensor:
        """Return ``(B, classes + values, Y, X)``: logits of the classes, then the representation's values.

        Parameters
        ----------
        x : Tensor
            ``(B, 1, Y, X)``; Y and X multiples of `stride`.
        inner : ((int, int), (int, int)), optional
            Rows and columns to answer for; the decoder leaves out what they do not need, and they come out as they
            would with all of it.
        """
        *skips, x = features_of(self.encoder, x)
        if inner is None:
            for skip, block in zip(reversed(skips), reversed(self.decoder), strict=True):
                x = F.interpolate(x, scale_factor=2, mode="nearest")
                x = block(torch.cat([x, skip.to(x.dtype)], dim=1))  # the image itself is float32 under autocast
            return self.head(x)
        windows = [self._windows(*span, size) for span, size in zip(inner, skips[0].shape[-2:], strict=True)]
        top = left = 0
        for skip, block, y, x_ in zip(reversed(skips), reversed(self.decoder), *map(reversed, windows), strict=True):
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = _cut(x, (y[0] - 2 * top, y[1] - 2 * top), (x_[0] - 2 * left, x_[1] - 2 * left))
            x = block(torch.cat([x, _cut(skip, y[:2], x_[:2]).to(x.dtype)], dim=1))
            x = _cut(x, (y[2] - y[0], y[3] - y[0]), (x_[2] - x_[0], x_[3] - x_[0]))
            top, left = y[2], x_[2]
        return self.head(x)

    @torch.inference_mode()
    def maps(self, x: Tensor, inner: Window | None = None) -> Tensor:
        """Return what is stored.

        Parameters
        ----------
        x : Tensor
            ``(B, 1, Y, X)``, float32, z-scored; Y and X multiples of `stride`.
        inner : ((int, int), (int, int)), optional
            Rows and columns to answer for; all by default.

        Returns
        -------
        Tensor
            ``(B, channels, Y, X)``, float32 in [0, 1], on the network's device: the maps of its representation.

        Raises
        ------
        ValueError
            When a side is no multiple of `stride`.
        """
        if x.shape[-2] % self.stride or x.shape[-1] % self.stride:
            raise ValueError(f"sides {tuple(x.shape[-2:])} are not multiples of {self.stride}")
        device = self.head.weight.device
        self.eval()
        bf16 = bf16_is_fast(device) if self.bf16 is None else self.bf16
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            outputs = self(x.to(device, torch.float32, non_blocking=True, memory_format=torch.channels_last), inner)
        return maps_of(outputs, self.representation)

    def _windows(self, first: int, last: int, size: int) -> list[tuple[int, int, int, int]]:
        """Return, for each block of the decoder, what of its input and of its output pixels [first, last) need.

        Along one axis of `size` pixels, as half-open intervals in the block's own pixels.
        """
        windows = []
        for block in self.decoder:
            low, high = _before(block, (first, last - 1))
            low, high = max(0, low), min(size, high + 1)
            windows.append((low, high, first, last))
            first, last, size = low // 2, (high + 1) // 2, size // 2
        return windows

    def receptive_field(self) -> int:
        """Return how far an output pixel sees, in pixels: the largest distance over all positions in a stride.

        Follows the interval of needed pixels backwards through every layer, so it is exact for
        strides and nearest upsampling at any position.
        """
        return max(max(at - low, high - at) for at in range(self.stride) for low, high in [self._interval(at)])

    def _interval(self, at: int) -> tuple[int, int]:
        needs = []
        deep = (at, at)
        for block in self.decoder:
            skip = _before(block, deep)
            needs.append(skip)
            deep = (skip[0] // 2, skip[1] // 2)
        for level, skip in zip(reversed(self.encoder.levels()[1:]), reversed(needs), strict=True):
            low, high = _before(level, deep)
            deep = (min(low, skip[0]), max(high, skip[1]))
        return _before(self.encoder.levels()[0], deep)


def maps_of(outputs: Tensor, representation: Representation) -> Tensor:
    """Return the maps ``(B, channels, Y, X)``, float32 in [0, 1], of a network's outputs."""
    outputs, classes = outputs.float(), representation.classes
    return torch.cat(representation.maps(outputs[:, :classes].softmax(dim=1), outputs[:, classes:]), dim=1)


def checked_architecture(architecture: Mapping[str, object]) -> dict:
    """Return `architecture` as plain data.

    Raises
    ------
    InputError
        When ``encoder`` or ``channels`` is missing, or there are unknown keys.
    """
    if not isinstance(architecture, Mapping) or not KEYS <= set(architecture) <= KEYS | set(DEFAULTS):
        todo = f"give the keys {sorted(KEYS)}, and at most {sorted(DEFAULTS)} besides"
        raise InputError(f"not an architecture: {architecture}", where="model", todo=todo)
    filled = DEFAULTS | dict(architecture)
    return {
        "encoder": str(filled["encoder"]),
        "channels": [int(count) for count in filled["channels"]],
        "representation": str(filled["representation"]),
        "classes": int(filled["classes"]),
    }


def bf16_is_fast(device: torch.device) -> bool:
    """Return whether `device` multiplies bfloat16 itself.

    A processor without AVX-512 has to convert every number back and forth: ten times slower than float32 in
    training, and eighteen times in prediction (measured with AVX2, one core). It is given float32.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.backends.mkldnn.is_available() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def device_of(device: str) -> torch.device:
    """Return the device that ``device: auto | cpu | gpu`` names.

    Raises
    ------
    InputError
        When a GPU is asked for and there is none.
    """
    if device not in ("auto", "cpu", "gpu"):
        raise InputError(f"unknown device {device!r}", where="device", todo="use auto, cpu or gpu")
    present = torch.cuda.is_available()
    if device == "gpu" and not present:
        raise InputError(
            "a GPU is asked for, but torch sees none",
            where="device: gpu",
            todo="set device: auto or cpu, or install torch for this machine's GPU driver",
        )
    return torch.device("cuda" if present and device != "cpu" else "cpu")


def cost_of(network: Network, side: int = 256) -> dict[str, float]:
    """Return, and log, the number of parameters, floating point operations per pixel and receptive field (pixels)."""
    from torch.utils.flop_counter import FlopCounterMode

    side = -(-side // network.stride) * network.stride
    training = network.training
    network.eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 1, side, side, device=network.head.weight.device))
    network.train(training)
    cost = {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "flops_per_pixel": counter.get_total_flops() / side**2,
        "receptive_field_px": 2 * network.receptive_field() + 1,
    }
    logger.info("network: %s, %s", network.architecture, cost)
    return cost


def save_network(network: Network, path: str | Path, training: Mapping[str, object]) -> None:
    """Write architecture, weights and `training` (plain values about how it came to be) to one file."""
    weights = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    content = {"architecture": network.architecture, "state_dict": weights, "training": dict(training)}
    save_plain(content, path)


def load_network(path: str | Path, device: torch.device | str = "cpu") -> Network:
    """Read a network that `save_network` wrote, ready for `Network.maps`.

    Raises
    ------
    InputError
        When the file is no such checkpoint, or its weights do not fit its architecture.
    """
    content = load_plain(path)
    if not {"architecture", "state_dict"} <= set(content):
        raise InputError(
            f"a foreign checkpoint, with the keys {sorted(map(str, content))[:5]}",
            where=path,
            todo="use a checkpoint that this workflow trained",
        )
    network = Network(content["architecture"])
    try:
        network.load_state_dict(content["state_dict"], strict=True)
    except RuntimeError as error:
        raise InputError(
            f"weights of another architecture than {network.architecture}: {str(error).splitlines()[1].strip()}",
            where=path,
            todo="train the model again",
        ) from error
    return network.to(device).eval()


def start_from(network: Network, path: str | Path) -> None:
    """Copy the weights of the checkpoint at `path` into `network`.

    Raises
    ------
    InputError
        When the two architectures differ; both are named.
    """
    other = load_network(path)
    if other.architecture != network.architecture:
        raise InputError(
            f"fine-tuning {network.architecture} from a checkpoint of {other.architecture}",
            where=path,
            todo="give both models the same experiment, or at least the same model group",
        )
    network.load_state_dict(other.state_dict())


def _cut(x: Tensor, rows: tuple[int, int], columns: tuple[int, int]) -> Tensor:
    return x[..., slice(*rows), slice(*columns)]


def _before(module: nn.Module, interval: tuple[int, int]) -> tuple[int, int]:
    """Return the interval of pixels that `interval` of the output of `module` depends on."""
    low, high = interval
    # what a projected shortcut sees lies within what the convolutions beside it see
    parts = [part for name, part in module.named_modules() if "downsample" not in name]
    for part in reversed([part for part in parts if isinstance(part, nn.Conv2d | nn.MaxPool2d)]):
        sizes = part.kernel_size, part.stride, part.padding
        kernel, stride, padding = (size if isinstance(size, int) else size[0] for size in sizes)
        low, high = low * stride - padding, high * stride - padding + kernel - 1
    return low, high
