"""Properties of objects in a volume: size, place, box and intensity."""

import numpy as np
import pandas as pd

AXES = "zyx"


def measure_volume(labels: np.ndarray, intensity: np.ndarray) -> pd.DataFrame:
    """Measure every object of a label volume.

    Parameters
    ----------
    labels : (Z, Y, X) integer
        0 is background; ids need not be contiguous, objects need not be connected.
    intensity : (C, Z, Y, X) integer or float
        Channels, summed in float64.

    Returns
    -------
    DataFrame
        One row per object, sorted by label, in voxels: ``label, volume, z, y, x, box_z0, box_y0, box_x0,
        box_z1, box_y1, box_x1`` (half-open), and for each channel c ``mean_intensity_c, min_intensity_c,
        max_intensity_c, std_intensity_c``.
    """
    inside = labels > 0
    ids, owner = np.unique(labels[inside], return_inverse=True)
    volume = np.bincount(owner, minlength=len(ids))
    order = np.argsort(owner, kind="stable")
    starts = np.cumsum(volume) - volume
    places = dict(zip(AXES, np.nonzero(inside), strict=True))
    columns = {"label": ids.astype(np.int32), "volume": volume}
    columns |= {axis: np.bincount(owner, place, len(ids)) / volume for axis, place in places.items()}
    columns |= {
        f"box_{axis}0": np.minimum.reduceat(place[order], starts).astype(np.int32) for axis, place in places.items()
    }
    columns |= {
        f"box_{axis}1": np.maximum.reduceat(place[order], starts).astype(np.int32) + 1 for axis, place in places.items()
    }
    for channel, values in enumerate(light[inside].astype(np.float64) for light in intensity):
        mean = np.bincount(owner, values, len(ids)) / volume
        variance = np.bincount(owner, (values - mean[owner]) ** 2, len(ids)) / volume
        columns |= {
            f"mean_intensity_c{channel}": mean,
            f"min_intensity_c{channel}": np.minimum.reduceat(values[order], starts),
            f"max_intensity_c{channel}": np.maximum.reduceat(values[order], starts),
            f"std_intensity_c{channel}": np.sqrt(variance),
        }
    return pd.DataFrame(columns)
