"""Encoders of the U-Net: MobileNetV2 with torchvision's key names, and a plain one.

Both are convolutional throughout (no attention, no instance norm, no global pooling), so that what
one pixel sees is finite, and both take one channel of z-scored intensities.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from cellweave.core.errors import InputError

# (expansion, channels, blocks, stride) of each group: Sandler et al. 2018 (arXiv:1801.04381), table 2
GROUPS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
STEM_CHANNELS = 32
# after how many entries of `features` the strides 1, 2, 4, 8, 16 and 32 are complete
CUTS = (0, 2, 4, 7, 14, 18)


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
        """Load torchvision's ImageNet weights into the blocks that are kept, every key of them.

        A grey image repeated in three channels, each z-scored as ImageNet's were, is the same as
        summing the stem's kernels over their input channels.

        Raises
        ------
        InputError
            When a key of a kept block is missing, or has another shape.
        """
        kept = tuple(f"features.{index}." for index in range(len(self.features)))
        weights = {key: value for key, value in weights.items() if key.startswith(kept)}
        stem = "features.0.0.weight"
        if stem in weights:
            weights[stem] = weights[stem].sum(dim=1, keepdim=True)
        try:
            self.load_state_dict(weights, strict=True)
        except RuntimeError as error:
            raise InputError(
                f"these are not torchvision's MobileNetV2 weights: {error}", todo="use mobilenet_v2-b0353104.pth"
            ) from error


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


def build_encoder(kind: str, channels: Sequence[int]) -> MobileNetV2 | PlainEncoder:
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
    if kind == "plain":
        return PlainEncoder(channels)
    raise InputError(f"unknown encoder {kind!r}", where="model.encoder", todo="use mobilenet_v2 or plain")


def features_of(encoder: MobileNetV2 | PlainEncoder, x: Tensor) -> list[Tensor]:
    """Return the encoder's output at strides 1, 2, 4, ... of the image `x` ``(B, 1, Y, X)``."""
    outputs = []
    for level in encoder.levels():
        x = level(x)
        outputs.append(x)
    return outputs


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Return the tensors in a ``.pth`` file without running any code in it.

    Raises
    ------
    InputError
        When the file is not a plain dictionary of tensors.
    """
    content = load_plain(path)
    if not all(isinstance(value, Tensor) for value in content.values()):
        raise InputError("not a file of weights", where=path, todo="use mobilenet_v2-b0353104.pth of torchvision")
    return content


def load_plain(path: str | Path) -> dict:
    """Return the dictionary in a torch file, on the CPU, without running any code in it.

    Raises
    ------
    InputError
        When the file is missing, no torch file, or holds more than plain data.
    """
    todo = "use a checkpoint that this workflow wrote, or let it train one"
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError("no such checkpoint", where=path, todo=todo) from None
    except Exception as error:  # torch raises a dozen types for a foreign or damaged file
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"not a readable checkpoint: {reason}", where=path, todo=todo) from error
    if not isinstance(content, dict):
        raise InputError(f"not a checkpoint but a {type(content).__name__}", where=path, todo=todo)
    return content


def _conv_norm(inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(inplace=True),
    )
