"""What each piece of evidence is worth: the weights of links and divisions, as a table that one can read and edit."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from cellweave.core.errors import InputError
from cellweave.core.registry import closest
from cellweave.track.features import DIVISION_FEATURES, EVIDENCE, LINK_FEATURES


@dataclass(frozen=True)
class Weights:
    """Benefit per unit of each feature.

    Parameters
    ----------
    link : ndarray (F,), float
        In the order of `features.LINK_FEATURES`.
    division : ndarray (G,), float
        In the order of `features.DIVISION_FEATURES`.
    link_curve, division_curve : (float, float)
        Offset and slope of `confidence.probability`.
    """

    link: np.ndarray
    division: np.ndarray
    link_curve: tuple[float, float] = (0.0, 1.0)
    division_curve: tuple[float, float] = (0.0, 1.0)

    @classmethod
    def of(cls, table: Mapping[str, Any], where: object = None) -> "Weights":
        """Read weights from ``{link: {name: value}, division: {...}, confidence: {link: [offset, slope], ...}}``.

        What is not named weighs nothing.

        Raises
        ------
        InputError
            A part is missing, or a feature is unknown.
        """
        curves = table.get("confidence", {})
        return cls(
            _vector(table, "link", LINK_FEATURES, where),
            _vector(table, "division", DIVISION_FEATURES, where),
            *(tuple(float(number) for number in curves.get(part, (0.0, 1.0))) for part in ("link", "division")),
        )

    def only(self, evidence: Collection[str]) -> "Weights":
        """Return weights under which divisions rest on this evidence alone (keys of `features.EVIDENCE`)."""
        return replace(self, division=np.where(counts(evidence), self.division, 0.0))

    def table(self) -> dict[str, dict[str, Any]]:
        """Return the weights and curves by name, rounded to what can be read."""
        parts = (("link", LINK_FEATURES, self.link), ("division", DIVISION_FEATURES, self.division))
        table: dict[str, dict[str, Any]] = {
            part: {name: round(float(value), 2) for name, value in zip(names, values, strict=True)}
            for part, names, values in parts
        }
        curves = {"link": self.link_curve, "division": self.division_curve}
        return table | {"confidence": {part: [round(value, 3) for value in curve] for part, curve in curves.items()}}


def counts(evidence: Collection[str]) -> np.ndarray:
    """Return which of `features.DIVISION_FEATURES` count when only this evidence may; the constant always does.

    Raises
    ------
    InputError
        Unknown evidence.
    """
    for name in evidence:
        if name not in EVIDENCE:
            raise InputError(f"unknown evidence {name!r}", where="trackers", todo=closest(name, list(EVIDENCE)))
    kept = {"constant"}.union(*(EVIDENCE[name] for name in evidence))
    return np.array([name in kept for name in DIVISION_FEATURES])


@cache
def default_weights() -> Weights:
    """Return the weights that are shipped in ``weights.yaml`` beside this module."""
    return Weights.of(yaml.safe_load((files(__package__) / "weights.yaml").read_text()), "weights.yaml")


def _vector(table: Mapping[str, Any], part: str, names: tuple[str, ...], where: object) -> np.ndarray:
    values = table.get(part)
    if not isinstance(values, Mapping):
        raise InputError(f"no weights of {part}s", where=where, todo=f"name them under `{part}:`")
    if unknown := sorted(set(values) - set(names)):
        raise InputError(
            f"unknown evidence {', '.join(unknown)} for a {part}", where=where, todo=f"choose among {names}"
        )
    return np.array([float(values.get(name, 0.0)) for name in names])
