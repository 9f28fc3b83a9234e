"""Models from elsewhere behind one interface: an adapter turns planes into labels, this module the rest.

An adapter is a file in `adapters/` with one function, ``open_model(setting) -> Segmenter``. It imports its package
inside that function, through `Setting.package`, so that nothing else ever needs the package.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from cellweave.core.errors import InputError
from cellweave.core.registry import closest
from cellweave.segment.blocks import OBJECTS

ADAPTERS = Path(__file__).parent / "adapters"


class Found(NamedTuple):
    """What a model finds in a plane.

    Attributes
    ----------
    labels : ndarray of integers, (Y, X)
        0 background, any other positive number one object.
    score : mapping of label to float
        Confidence in [0, 1]; objects without one get 1.
    """

    labels: NDArray[np.integer]
    score: Mapping[int, float] = {}


Segmenter = Callable[[NDArray[np.float32]], Found]
"""Takes all channels of a plane ``(C, Y, X)`` in the camera's own units, without padding."""


@dataclass
class Setting:
    """What the configuration says about a foreign model.

    Attributes
    ----------
    adapter : str
        Name of a file in `adapters/`.
    options : mapping
        The model's own options; an adapter reads them with `option`, what nobody read is refused.
    weights : Path or None
        File or folder of the trained model.
    device : str
        ``auto``, ``cpu`` or ``gpu``, as configured.
    threads : int
        Threads on the CPU.
    pixel_um : float or None
        Size of a pixel in micrometres, None when nobody knows.
    """

    adapter: str
    options: Mapping[str, Any] = field(default_factory=dict)
    weights: Path | None = None
    device: str = "cpu"
    threads: int = 1
    pixel_um: float | None = None
    _read: set[str] = field(default_factory=set)

    def option(self, key: str, default: Any) -> Any:
        """Return an option, or `default` when it is not given."""
        self._read.add(key)
        return self.options.get(key, default)

    def package(self, name: str) -> ModuleType:
        """Import a module of the adapter's extra.

        Raises
        ------
        InputError
            When it is not installed; the command that installs it is named.
        """
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise InputError(
                f"the adapter {self.adapter} needs the package {error.name}, which is not installed here",
                where="models",
                todo=f"make extra NAME={self.adapter}",
            ) from error

    def trained(self) -> Path:
        """Return where the trained model lies.

        Raises
        ------
        InputError
            When the configuration names none, or nothing lies there.
        """
        if self.weights is None or not self.weights.exists():
            raise InputError(
                f"the adapter {self.adapter} needs a trained model, and {self.weights or 'none'} is here",
                where="models.<name>.weights",
                todo="give the path of its file or folder; nothing is downloaded behind your back",
            )
        return self.weights

    def open(self) -> Segmenter:
        """Return the model.

        Raises
        ------
        InputError
            When there is no such adapter, or an option it does not know.
        """
        if self.adapter not in (known := adapters()):
            raise InputError(f"unknown adapter {self.adapter!r}", where="models", todo=closest(self.adapter, known))
        module = importlib.import_module(f"cellweave.segment.adapters.{self.adapter}")
        segment = module.open_model(self)
        if unknown := sorted(set(self.options) - self._read):
            raise InputError(
                f"{self.adapter} has no option {', '.join(unknown)}", where="models", todo=f"use {sorted(self._read)}"
            )
        return segment


def adapters() -> list[str]:
    """Return the names of all adapters."""
    return sorted(file.stem for file in ADAPTERS.glob("[a-z]*.py"))


def mean_per_object(values: NDArray[np.floating], labels: NDArray[np.integer]) -> dict[int, float]:
    """Return the mean of `values` ``(Y, X)`` over each object, for adapters whose model scores pixels."""
    ids = np.unique(labels[labels > 0])
    return dict(zip(ids.tolist(), ndimage.mean(values, labels, ids).tolist(), strict=True)) if ids.size else {}


def segment_frames(
    image: NDArray, frames: pd.DataFrame, segment: Segmenter
) -> Iterator[tuple[NDArray[np.int32], pd.DataFrame]]:
    """Segment frame by frame.

    Parameters
    ----------
    image : array, (T, C, Y, X)
        Pixels as they were recorded.
    frames : DataFrame
        height, width per frame; beyond them lies padding that no model sees.
    segment : callable
        The model.

    Yields
    ------
    ndarray of int32, (Y, X)
        Labels 1..n of a frame, in the order of the model's own.
    DataFrame
        Its objects, with the columns of `cellweave.segment.blocks.OBJECTS`.

    Raises
    ------
    InputError
        When the model returns anything but labels of the plane that it was given.
    """
    for frame, row in enumerate(frames.itertuples()):
        extent = slice(row.height), slice(row.width)
        plane = np.asarray(image[frame, :, extent[0], extent[1]], np.float32)
        found = segment(plane)
        raw = np.asarray(found.labels)
        if raw.shape != plane.shape[1:] or not np.issubdtype(raw.dtype, np.integer) or raw.min(initial=0) < 0:
            raise InputError(
                f"{raw.dtype} of shape {raw.shape}, least value {raw.min(initial=0)}, where labels "
                f"{plane.shape[1:]} from 0 upwards are due",
                where=f"the adapter's answer for frame {frame}",
                todo="let open_model of the adapter return integer labels of the plane's own size",
            )
        ids = np.unique(raw[raw > 0])
        labels = np.zeros(image.shape[-2:], np.int32)
        labels[extent] = np.where(raw > 0, np.searchsorted(ids, raw) + 1, 0)
        yield labels, _table(labels, frame, [float(found.score.get(int(label), 1.0)) for label in ids])


def _table(labels: NDArray[np.int32], frame: int, scores: list[float]) -> pd.DataFrame:
    numbers = np.arange(1, len(scores) + 1)
    centres = np.array(ndimage.center_of_mass(labels > 0, labels, numbers)).reshape(-1, 2)
    area = np.bincount(labels.ravel(), minlength=len(scores) + 1)[1:]
    columns = [frame, numbers, scores, area, *centres.T]
    table = pd.DataFrame(dict(zip(OBJECTS, columns, strict=True)), index=range(len(scores)))
    return table.astype(OBJECTS)
