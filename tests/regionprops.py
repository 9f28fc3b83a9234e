"""What the kernel measures, held against scikit-image."""

import numpy as np
import pandas as pd
from skimage.measure import regionprops_table

from cellweave.measure.shape import measure

NAMES = {
    "label": "label",
    "area": "area",
    "centroid-0": "y",
    "centroid-1": "x",
    "bbox-0": "box_y0",
    "bbox-1": "box_x0",
    "bbox-2": "box_y1",
    "bbox-3": "box_x1",
    "perimeter": "perimeter",
    "perimeter_crofton": "perimeter_crofton",
    "axis_major_length": "major_axis",
    "axis_minor_length": "minor_axis",
    "eccentricity": "eccentricity",
    "orientation": "orientation",
    "solidity": "solidity",
    "intensity_mean": "mean_intensity_c0",
    "intensity_min": "min_intensity_c0",
    "intensity_max": "max_intensity_c0",
    "intensity_std": "std_intensity_c0",
}
ROUND = 0.01  # below this eccentricity an orientation is noise, in scikit-image too


def assert_as_skimage(labels: np.ndarray, image: np.ndarray) -> None:
    """1e-9 relative: both are float64; only scikit-image rounds its sums, at 1e-15 of coordinates below 1e4.

    Axes and eccentricity are compared squared, as they come from eigenvalues: rounding moves an eigenvalue of 0 to
    1e-16, and its square root to 1e-8, which is scikit-image's error on straight lines.
    """
    properties = list(dict.fromkeys(name.split("-")[0] for name in NAMES))
    theirs = pd.DataFrame(regionprops_table(labels, image, properties=properties)).rename(columns=NAMES)
    ours = measure(labels, image[None])
    assert list(ours) == list(NAMES.values())
    for name in ("major_axis", "minor_axis", "eccentricity"):
        scale = 1.0 if name == "eccentricity" else 1.0 + theirs["major_axis"] ** 2
        assert np.all(abs(ours[name] ** 2 - theirs[name] ** 2) <= 1e-9 * scale), name
    turned = np.sin(ours["orientation"] - theirs["orientation"])[theirs["eccentricity"] > ROUND]
    assert np.all(abs(turned) < 1e-9), "orientation"
    for name in set(NAMES.values()) - {"major_axis", "minor_axis", "eccentricity", "orientation"}:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-9, err_msg=name)
