"""The probability that an object is one: a logistic model of what the maps say about it, fitted on held-out frames."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.files import whole

SURE = 1e-3  # a mean foreground this close to 0 or 1 counts as this close
FEATURES = ("foreground", "prominence", "size", "size_squared")
KEYS = {"typical_area_px", "intercept", *FEATURES}


def features(objects: pd.DataFrame, typical_area_px: float) -> np.ndarray:
    """Return what a calibration looks at.

    Parameters
    ----------
    objects : DataFrame
        As `segment.instances.label_rows` gives them: foreground (mean probability), prominence (fall of the marker
        from its peak to the next object, 0 to 1) and area_px.
    typical_area_px : float
        Median area of the objects that the calibration was fitted on [px].

    Returns
    -------
    (N, 4) float
        Log odds of the foreground, prominence, log of the relative area, and its square (too small and too large
        objects are both doubtful).
    """
    foreground = objects["foreground"].to_numpy(np.float64).clip(SURE, 1 - SURE)
    size = np.log(objects["area_px"].to_numpy(np.float64) / typical_area_px)
    return np.column_stack([np.log(foreground / (1 - foreground)), objects["prominence"], size, size**2])


def probability(objects: pd.DataFrame, calibration: dict[str, float]) -> np.ndarray:
    """Return the calibrated probability ``(N,)``, 0 to 1, that each object overlaps a true one by IoU 0.5 or more."""
    weights = np.array([calibration[name] for name in FEATURES])
    return 1 / (1 + np.exp(-(features(objects, calibration["typical_area_px"]) @ weights + calibration["intercept"])))


def write_calibration(calibration: dict[str, float] | None, path: Path) -> None:
    """Write a calibration; None where there was too little to fit one on."""
    with whole(path) as part:
        part.write_text(json.dumps(calibration, indent=2) + "\n", encoding="utf-8")


def read_calibration(path: Path) -> dict[str, float] | None:
    """Read what `write_calibration` wrote.

    Raises
    ------
    InputError
        The file holds something else.
    """
    try:
        calibration = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error}", where=path, todo="delete it and run again") from error
    if calibration is not None and (not isinstance(calibration, dict) or not calibration.keys() >= KEYS):
        raise InputError("not a calibration", where=path, todo="delete it and run again")
    return calibration
