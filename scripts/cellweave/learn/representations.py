"""How a network tells one object from the next: what it learns beside the classes, and what of its answer is stored.

`distances`: distance to the own border and to the next object (Scherr et al. 2020, doi:10.1371/journal.pone.0243219);
stored as foreground and marker (high in the middle of cells, low where they touch), flooded by `segment.flood`.
`flows`: direction to the centre (Stringer et al. 2021, doi:10.1038/s41592-020-01018-x); stored as foreground and the
two components, followed by `segment.paths`.
`semantic`: no objects, only classes; the probability of each but the background is stored.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cellweave.core.errors import InputError
from cellweave.learn.flows import UNIT, ZERO, deformed, flows_to_centre

if TYPE_CHECKING:  # forests learn from the same crops and never wait for torch
    from torch import Tensor

LEVELS = 255
BINARY = 3  # classes of a network that finds objects: background, interior, boundary


class Representation(Protocol):
    """What the parts of training and prediction ask.

    Attributes
    ----------
    classes : int
        Classes of a pixel, the background included.
    values : int
        What a network predicts beside the logits of the classes.
    channels : int
        Maps that are stored.
    vectors : bool
        Whether the last two maps are components of a vector, which turn with the image.
    """

    classes: int
    values: int
    channels: int
    vectors: bool

    def targets(self, objects: np.ndarray, cell: np.ndarray, neighbour: np.ndarray) -> np.ndarray:
        """Return the values to learn, ``(values, Y, X)``, of objects with their cell and neighbour distances."""

    def deformed(self, values: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
        """Return values ``(values, y, x)``, sampled at coordinates ``(2, y, x)``, as the crop shows them."""

    def maps(self, probabilities: "Tensor", values: "Tensor") -> list["Tensor"]:
        """Return the maps ``(B, channels, Y, X)`` in [0, 1], in parts, of class probabilities and predicted values."""


@dataclass(frozen=True)
class Distances:
    """Cell distance and neighbour distance, both in [0, 1]."""

    classes: int = BINARY
    values: int = 2
    channels: int = 2
    vectors: bool = False

    def targets(self, objects: np.ndarray, cell: np.ndarray, neighbour: np.ndarray) -> np.ndarray:
        """Return the two distances."""
        return np.stack([cell, neighbour])

    def deformed(self, values: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
        """Return the values: relative distances stay what they are."""
        return values

    def maps(self, probabilities: "Tensor", values: "Tensor") -> list["Tensor"]:
        """Return foreground probability and marker, the difference of the distances."""
        return [1 - probabilities[:, :1], (values[:, :1] - values[:, 1:]).clamp(0, 1)]


DISTANCES = Distances()


@dataclass(frozen=True)
class Flows:
    """y and x of the unit vector to the centre, 0 outside objects."""

    classes: int = BINARY
    values: int = 2
    channels: int = 3
    vectors: bool = True

    def targets(self, objects: np.ndarray, cell: np.ndarray, neighbour: np.ndarray) -> np.ndarray:
        """Return the flows."""
        return flows_to_centre(objects)

    def deformed(self, values: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
        """Return the flows, turned with the crop."""
        return deformed(values, coordinates)

    def maps(self, probabilities: "Tensor", values: "Tensor") -> list["Tensor"]:
        """Return foreground probability and flows, `UNIT` levels of 255 per unit above `ZERO`."""
        return [1 - probabilities[:, :1], (values.clamp(-1, 1) * UNIT + ZERO) / LEVELS]


@dataclass(frozen=True)
class Semantic:
    """Classes and nothing else."""

    classes: int
    channels: int
    values: int = 0
    vectors: bool = False

    def targets(self, objects: np.ndarray, cell: np.ndarray, neighbour: np.ndarray) -> np.ndarray:
        """Return nothing."""
        return np.zeros((0, *objects.shape), np.float32)

    def deformed(self, values: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
        """Return nothing."""
        return values

    def maps(self, probabilities: "Tensor", values: "Tensor") -> list["Tensor"]:
        """Return the probabilities of all classes but the background."""
        return [probabilities[:, 1:]]


def representation_of(name: str, classes: int = 1) -> Representation:
    """Return the representation of that name; `classes` of a semantic one are counted without the background.

    Raises
    ------
    InputError
        For an unknown name, or no class at all.
    """
    if name == "semantic" and classes >= 1:
        return Semantic(classes + 1, classes)
    known = {"distances": DISTANCES, "flows": Flows()}
    if name not in known:
        todo = f"use one of {', '.join([*known, 'semantic'])}, the last with at least one class"
        raise InputError(f"unknown representation {name!r} of {classes} classes", where="model", todo=todo)
    return known[name]
