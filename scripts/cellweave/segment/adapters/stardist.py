"""StarDist (Schmidt et al. 2018), from a folder with the trained model: config.json and weights."""

import numpy as np
from numpy.typing import NDArray

from cellweave.segment.foreign import Found, Segmenter, Setting


def open_model(setting: Setting) -> Segmenter:
    """Return a StarDist model; ``prob_thresh`` and ``nms_thresh`` are its own unless they are given."""
    models = setting.package("stardist.models")
    channel = int(setting.option("channel", 0))
    low, high = setting.option("percentiles", [1, 99.8])
    options = {key: setting.option(key, None) for key in ("prob_thresh", "nms_thresh")}
    folder = setting.trained()
    model = models.StarDist2D(None, name=folder.name, basedir=str(folder.parent))

    def segment(plane: NDArray[np.float32]) -> Found:
        image = plane[channel]
        dark, bright = np.percentile(image, [low, high])
        labels, details = model.predict_instances((image - dark) / max(bright - dark, 1e-9), **options)
        return Found(labels, dict(enumerate(map(float, details["prob"]), start=1)))

    return segment
