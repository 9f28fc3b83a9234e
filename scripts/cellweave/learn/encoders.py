"""Encoders of the U-Net: MobileNetV2 and ResNets with torchvision's key names, and a plain one.

All are convolutional throughout (no attention, no instance norm, no global pooling), so that what
one pixel sees is finite, and all take one channel of z-scored intensities.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from cellweave.core.errors import InputError
from cellweave.core.files import sha256_of, whole

# (expansion, channels, blocks, stride) of each group: Sandler et al. 2018 (arXiv:1801.04381), table 2
GROUPS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
STEM_CHANNELS = 32
# after how many entries of `features` the strides 1, 2, 4, 8, 16 and 32 are complete
CUTS = (0, 2, 4, 7, 14, 18)
# blocks at strides 4, 8, 16 and 32: He et al. 2016 (arXiv:1512.03385), table 1
RESNETS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3)}
RESNET_CHANNELS = (64, 64, 128, 256, 512)  # at strides 2, 4, ...


class MobileNetV2(nn.Module):
    """MobileNetV2 (Sandler et al. 2018) up to stride ``2**depth``; keys as in torchvision.

    Parameters
    ----------
    depth : int
        Number of halvings kept, 1 to 5.
    """

    def __init__(self, depth: int) -> None:
        super().__init__()
        blocks: list[nn.Module] = [_conv_norm(1, STEM_CHANNELS, stride=2)]
        channels = STEM_CHANNELS
        for expansion, width, count, stride in GROUPS:
            for index in range(count):
                blocks.append(InvertedResidual(channels, width, stride if index == 0 else 1, expansion))
                channels = width
        self.features = nn.Sequential(*blocks[: CUTS[depth]])
        self.channels = [1, 16, 24, 32, 96, 320][: depth + 1]

    def levels(self) -> list[nn.Sequential]:
        """Return the modules that lead to strides 1, 2, 4, ... in order; stride 1 is the image itself."""
        ends = CUTS[: len(self.channels)]
        return [self.features[start:end] for start, end in zip((0, *ends), ends, strict=False)]

    def load_imagenet(self, weights: dict[str, Tensor]) -> None:
        """Load torchvision's ImageNet weights, see `load_official`."""
        kept = tuple(f"features.{index}." for index in range(len(self.features)))
        load_official(self, weights, kept, stem="features.0.0.weight")


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; with a shortcut where shapes allow (Sandler et al. 2018, figure 3)."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        expand = [_conv_norm(inputs, inner, kernel=1)] if expansion > 1 else []
        self.conv = nn.Sequential(
            *expand,
            _conv_norm(inner, inner, stride=stride, groups=inner),
            nn.Conv2d(inner, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(B, outputs, Y / stride, X / stride)``."""
        return x + self.conv(x) if self.shortcut else self.conv(x)


class ResNet(nn.Module):
    """ResNet of basic blocks (He et al. 2016) up to stride ``2**depth``; keys as in torchvision.

    Parameters
    ----------
    kind : str
        One of `RESNETS`.
    depth : int
        Number of halvings kept, 1 to 5.
    """

    def __init__(self, kind: str, depth: int) -> None:
        super().__init__()
        width = RESNET_CHANNELS[0]
        self.conv1 = nn.Conv2d(1, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        for level, (count, outputs) in enumerate(zip(RESNETS[kind], RESNET_CHANNELS[1:], strict=True), start=1):
            if level < depth:
                first = BasicBlock(width, outputs, stride=1 if level == 1 else 2)
                rest = [BasicBlock(outputs, outputs) for _ in range(count - 1)]
                self.add_module(f"layer{level}", nn.Sequential(first, *rest))
            width = outputs
        self.channels = [1, *RESNET_CHANNELS[:depth]]

    def levels(self) -> list[nn.Sequential]:
        """Return the modules that lead to strides 1, 2, 4, ... in order; stride 1 is the image itself."""
        layers = [getattr(self, f"layer{level}") for level in range(1, len(self.channels) - 1)]
        pooled = [nn.Sequential(nn.MaxPool2d(3, stride=2, padding=1), *layers[:1])] if layers else []
        return [nn.Sequential(), nn.Sequential(self.conv1, self.bn1, self.relu), *pooled, *layers[1:]]

    def load_imagenet(self, weights: dict[str, Tensor]) -> None:
        """Load torchvision's ImageNet weights, see `load_official`."""
        load_official(self, weights, tuple(f"{name}." for name, _ in self.named_children()), stem="conv1.weight")


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al. 2016, figure 5), projected where shapes differ."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        else:
            self.downsample = None

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(B, outputs, Y / stride, X / stride)``."""
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + shortcut)


class PlainEncoder(nn.Module):
    """Two convolutions per level, the first of them strided (Ronneberger et al. 2015, without pooling).

    Parameters
    ----------
    channels : sequence of int
        Channels at strides 1, 2, 4, ...; the last halving doubles once more.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.channels = [*channels, 2 * channels[-1]]
        inputs = [1, *channels]
        self.blocks = nn.ModuleList(
            nn.Sequential(conv_block(before, after, stride=1 if level == 0 else 2), conv_block(after, after))
            for level, (before, after) in enumerate(zip(inputs, self.channels, strict=True))
        )

    def levels(self) -> list[nn.Module]:
        """Return the modules that lead to strides 1, 2, 4, ... in order."""
        return list(self.blocks)


def conv_block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """Return 3x3 convolution, batch norm and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


Encoder = MobileNetV2 | ResNet | PlainEncoder


def load_official(encoder: nn.Module, weights: dict[str, Tensor], kept: tuple[str, ...], stem: str) -> None:
    """Load torchvision's ImageNet weights into the blocks that are kept, every key of them.

    A grey image repeated in three channels, each z-scored as ImageNet's were, is the same as
    summing the stem's kernels over their input channels.

    Parameters
    ----------
    encoder : nn.Module
    weights : dict
        All of torchvision's tensors.
    kept : tuple of str
        What the keys of the kept blocks start with.
    stem : str
        Key of the kernels that see the image.

    Raises
    ------
    InputError
        When a key of a kept block is missing, or has another shape.
    """
    weights = {key: value for key, value in weights.items() if key.startswith(kept)}
    if stem in weights:
        weights[stem] = weights[stem].sum(dim=1, keepdim=True)
    try:
        encoder.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise InputError(
            f"these are not torchvision's {type(encoder).__name__} weights: {error}",
            todo="use the file that torchvision publishes for this encoder",
        ) from error


def build_encoder(kind: str, channels: Sequence[int]) -> Encoder:
    """Return the encoder that ``model.encoder`` of a configuration names, with ``len(channels)`` halvings.

    Raises
    ------
    InputError
        When there is no such encoder, or none of that depth.
    """
    if not 1 <= len(channels) < len(CUTS):
        todo = f"give 1 to {len(CUTS) - 1} of them"
        raise InputError(f"{len(channels)} channels: {list(channels)}", where="model.channels", todo=todo)
    if kind == "mobilenet_v2":
        return MobileNetV2(len(channels))
    if kind in RESNETS:
        return ResNet(kind, len(channels))
    if kind == "plain":
        return PlainEncoder(channels)
    todo = f"use mobilenet_v2, {', '.join(RESNETS)} or plain"
    raise InputError(f"unknown encoder {kind!r}", where="model.encoder", todo=todo)


def features_of(encoder: Encoder, x: Tensor) -> list[Tensor]:
    """Return the encoder's output at strides 1, 2, 4, ... of the image `x` ``(B, 1, Y, X)``."""
    outputs = []
    for level in encoder.levels():
        x = level(x)
        outputs.append(x)
    return outputs


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Return the tensors in a ``.pth`` file without running any code in it.

    torchvision's names end in the first digits of the file's SHA-256, which are compared.

    Raises
    ------
    InputError
        When the file is not a plain dictionary of tensors, or not the one that its name tells.
    """
    content = load_plain(path)
    if not all(isinstance(value, Tensor) for value in content.values()):
        raise InputError("not a file of weights", where=path, todo="use the file that torchvision publishes")
    digits = re.search(r"-([0-9a-f]{8,})\.pth$", str(path))
    if digits and not sha256_of(path).startswith(digits[1]):
        raise InputError(f"damaged: its SHA-256 does not start with {digits[1]}", where=path, todo="download it again")
    return content


def save_plain(content: dict, path: str | Path) -> None:
    """Write a dictionary of tensors and plain values, whole or not at all, the same bytes whatever `path` is.

    Raises
    ------
    OSError
        Disk full or forbidden. torch, writing to a file itself, would call that an "unexpected pos".
    """
    stream = io.BytesIO()
    torch.save(content, stream)
    with whole(path) as part:
        part.write_bytes(stream.getbuffer())


def load_plain(path: str | Path) -> dict:
    """Return the dictionary in a torch file, on the CPU, without running any code in it.

    A zipped package that `export_zoo` wrote counts as the checkpoint in it.

    Raises
    ------
    InputError
        When the file is missing, no torch file, or holds more than plain data.
    """
    todo = "use a checkpoint that this workflow wrote, or let it train one"
    try:
        content = torch.load(_stream(path), map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError("no such checkpoint", where=path, todo=todo) from None
    except Exception as error:  # torch raises a dozen types for a foreign or damaged file
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"not a readable checkpoint: {reason}", where=path, todo=todo) from error
    if not isinstance(content, dict):
        raise InputError(f"not a checkpoint but a {type(content).__name__}", where=path, todo=todo)
    return content


def _stream(path: str | Path) -> str | Path | io.BytesIO:
    """Return what torch is to read: the file, or the checkpoint in a zipped package."""
    if zipfile.is_zipfile(path):  # as torch's own files are
        with zipfile.ZipFile(path) as package:
            if "model.ckpt" in package.namelist():
                return io.BytesIO(package.read("model.ckpt"))
    return path


def _conv_norm(inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(inplace=True),
    )
