"""Maps from a network of `cellweave.learn.networks`: the only module of this package that needs torch."""

import numpy as np
import torch
from numpy.typing import NDArray

from cellweave.learn.networks import Network
from cellweave.segment.tiles import Model


def network_model(network: Network, threads: int) -> Model:
    """Return a network as the tiles want it.

    Parameters
    ----------
    network : Network
        On the device it is to run on.
    threads : int
        Threads of torch on the CPU.
    """
    torch.set_num_threads(threads)

    def maps(image: NDArray[np.float32]) -> NDArray[np.float32]:
        pixels = torch.from_numpy(np.ascontiguousarray(image))[None, None]
        return network.maps(pixels)[0].cpu().numpy()

    return Model(maps, network.stride, network.halo)
