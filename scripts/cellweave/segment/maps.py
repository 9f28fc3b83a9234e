"""Maps from a network of `cellweave.learn.networks`: the only module of this package that needs torch."""

import numpy as np
import torch
from numpy.typing import NDArray

from cellweave.learn.flows import ZERO
from cellweave.learn.networks import Network
from cellweave.segment import openvino
from cellweave.segment.tiles import LEVELS, Model, Part

BATCH = 8
"""Views that a GPU is given at once; a CPU core has enough to do with one."""
SYMMETRIES = 8
"""Of the square: number ``k`` turns ``k % 4`` times a quarter, and from 4 on mirrors afterwards."""


def network_model(network: Network, threads: int, *, symmetries: int = 1) -> Model:
    """Return a network as the tiles want it: in bf16 and channels-last, on a GPU compiled and in batches.

    On a CPU it goes through OpenVINO where that is installed, unless `network.bf16` asks torch for a precision.

    Parameters
    ----------
    network : Network
        On the device it is to run on.
    threads : int
        Threads of torch on the CPU.
    symmetries : int
        1, or 8 to average the maps over all flips and rotations of the image, for eight times the work.
    """
    torch.set_num_threads(threads)
    device, made = network.head.weight.device, network.representation
    on_gpu = device.type == "cuda"
    if on_gpu:
        torch.backends.cudnn.benchmark = True
        network.compile(dynamic=True)  # once, for tiles of any size; on a CPU compiling gains nothing

    through = not on_gpu and network.bf16 is None and openvino.is_installed()
    whole = openvino.compiled(network, threads) if through else None

    def ask(pixels: torch.Tensor, part: Part) -> torch.Tensor:
        if whole is None:
            return network.maps(pixels, part)
        rows, columns = part
        return whole(pixels.contiguous())[..., slice(*rows), slice(*columns)]

    def within(views: list[NDArray[np.float32]], part: Part) -> list[NDArray[np.float32]]:
        pixels = torch.from_numpy(np.stack(views))[:, None]
        if on_gpu:
            pixels = pixels.pin_memory()  # so that the copy goes on beside the computation
        seen = (
            turned_back(ask(turned(pixels, k), _turned(part, pixels, k)), k, vectors=made.vectors)
            for k in range(symmetries)
        )
        return list((sum(seen) / symmetries).cpu().numpy())

    def maps(view: NDArray[np.float32]) -> NDArray[np.float32]:
        return within([view], ((0, view.shape[0]), (0, view.shape[1])))[0]

    batch = BATCH if on_gpu else 1
    return Model(maps, network.stride, network.halo, within, batch, made.channels, made.vectors)


def turned(x: torch.Tensor, k: int) -> torch.Tensor:
    """Return ``(..., Y, X)`` by one of the `SYMMETRIES`.

    Sides that are multiples of the network's stride stay so, and a pixel keeps its place within a stride whatever the
    tile: the result depends on the tiles as little as that of the image as it is.
    """
    x = torch.rot90(x, k % 4, (-2, -1))
    return x.flip(-1) if k >= 4 else x


def turned_back(x: torch.Tensor, k: int, *, vectors: bool = False) -> torch.Tensor:
    """Return what `turned` made of ``(..., Y, X)`` as it was; `vectors` are maps ``(B, C, Y, X)`` that end in one."""
    x = x.flip(-1) if k >= 4 else x
    x = torch.rot90(x, -(k % 4), (-2, -1))
    if vectors:
        y, along = x[:, -2] - ZERO / LEVELS, x[:, -1] - ZERO / LEVELS
        along = -along if k >= 4 else along
        for _ in range(k % 4):
            y, along = along, -y
        x = torch.cat([x[:, :-2], torch.stack([y, along], dim=1) + ZERO / LEVELS], dim=1)
    return x


def _turned(part: Part, x: torch.Tensor, k: int) -> Part:
    """Return where a part of ``x``, ``(..., Y, X)``, lies after `turned`."""
    rows, columns = part
    height, width = x.shape[-2:]
    for _ in range(k % 4):
        rows, columns, height, width = (width - columns[1], width - columns[0]), rows, width, height
    return (rows, (width - columns[1], width - columns[0])) if k >= 4 else (rows, columns)
