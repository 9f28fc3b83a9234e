"""The maps of one image as other processors would compute them: floating-point sums depend on the order of their terms.

oneDNN and ATen can be limited to older instruction sets only when a process begins, so each is a process of its own.
"""

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellweave.segment.planes import maps_of


@dataclass(frozen=True)
class Processor:
    """How a network is computed.

    Attributes
    ----------
    name : str
        For people.
    threads : int
        Threads of torch.
    bf16 : bool or None
        Whether torch computes in bfloat16; None leaves that to the processor, and all to OpenVINO where it is
        installed, as a run does.
    environment : mapping
        Limits of the instruction set, as oneDNN and ATen read them.
    """

    name: str
    threads: int = 2
    bf16: bool | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


PROCESSORS = (
    Processor("as in this run"),
    Processor("one thread instead of two", threads=1),
    Processor("AVX2 only", environment={"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}),
    Processor("SSE4.1 only", environment={"ONEDNN_MAX_CPU_ISA": "SSE41", "ATEN_CPU_CAPABILITY": "default"}),
    Processor("float32", bf16=False),
    Processor("bfloat16", bf16=True),
)


def maps_on(
    processor: Processor, checkpoint: Path, image: NDArray[np.float32], *, tile: int, zoom: float, symmetries: int
) -> NDArray[np.uint8]:
    """Return the maps ``(channels, Y, X)`` of a normalised image ``(Y, X)``, computed in a new process."""
    options = {"tile": tile, "zoom": zoom, "symmetries": symmetries}
    with (
        _environment(processor.environment),
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        return pool.submit(_maps, processor, checkpoint, image, **options).result()


def _maps(
    processor: Processor, checkpoint: Path, image: NDArray[np.float32], *, tile: int, zoom: float, symmetries: int
) -> NDArray[np.uint8]:
    # Here, in the process whose environment torch is to read.
    from cellweave.learn.networks import device_of, load_network
    from cellweave.segment.maps import network_model

    network = load_network(checkpoint, device_of("cpu"))
    network.bf16 = processor.bf16
    model = network_model(network, processor.threads, symmetries=symmetries)
    return maps_of(lambda at: image[at.y0 : at.y1, at.x0 : at.x1], image.shape, model, tile=tile, zoom=zoom)


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
