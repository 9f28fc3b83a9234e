"""Maps from a network of `cellweave.learn.networks`: the only module of this package that needs torch."""

import numpy as np
import torch
from numpy.typing import NDArray

from cellweave.learn.networks import Network
from cellweave.segment.tiles import Model, Part

BATCH = 8
"""Views that a GPU is given at once; a CPU core has enough to do with one."""


def network_model(network: Network, threads: int) -> Model:
    """Return a network as the tiles want it: in bf16 and channels-last, on a GPU compiled and in batches.

    Parameters
    ----------
    network : Network
        On the device it is to run on.
    threads : int
        Threads of torch on the CPU.
    """
    torch.set_num_threads(threads)
    device = network.head.weight.device
    on_gpu = device.type == "cuda"
    if on_gpu:
        torch.backends.cudnn.benchmark = True
        network.compile(dynamic=True)  # once, for tiles of any size; on a CPU compiling gains nothing

    def within(views: list[NDArray[np.float32]], part: Part) -> list[NDArray[np.float32]]:
        pixels = torch.from_numpy(np.stack(views))[:, None]
        if on_gpu:
            pixels = pixels.pin_memory()  # so that the copy goes on beside the computation
        return list(network.maps(pixels, part).cpu().numpy())

    def maps(view: NDArray[np.float32]) -> NDArray[np.float32]:
        return within([view], ((0, view.shape[0]), (0, view.shape[1])))[0]

    return Model(maps, network.stride, network.halo, within, BATCH if on_gpu else 1)
