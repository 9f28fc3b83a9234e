"""The example to copy: Otsu's threshold and connected components, with scikit-image."""

import numpy as np
from numpy.typing import NDArray
from skimage.filters import gaussian, threshold_otsu
from skimage.measure import label

from cellweave.segment.foreign import Found, Segmenter, Setting


def open_model(setting: Setting) -> Segmenter:
    """Return what finds the bright objects of a plane; option ``sigma_px`` smooths it first."""
    sigma = float(setting.option("sigma_px", 2.0))

    def segment(plane: NDArray[np.float32]) -> Found:
        smooth = gaussian(plane[0], sigma, preserve_range=True)
        flat = smooth.min() == smooth.max()
        return Found(np.zeros(smooth.shape, np.int32) if flat else label(smooth > threshold_otsu(smooth)))

    return segment
