"""Cellpose (Stringer et al. 2021; Cellpose-SAM, Pachitariu et al. 2025), from the weights that the user has."""

import numpy as np
from numpy.typing import NDArray

from cellweave.segment.foreign import Found, Segmenter, Setting, mean_per_object


def open_model(setting: Setting) -> Segmenter:
    """Return a Cellpose model; options are those of ``CellposeModel.eval`` named below."""
    models = setting.package("cellpose.models")
    from cellweave.learn.networks import device_of

    options = {
        "diameter": setting.option("diameter", None),
        "flow_threshold": float(setting.option("flow_threshold", 0.4)),
        "cellprob_threshold": float(setting.option("cellprob_threshold", 0.0)),
        "min_size": int(setting.option("min_size", 15)),
    }
    device = device_of(setting.device)
    bf16 = bool(setting.option("bf16", True))
    model = models.CellposeModel(
        gpu=device.type == "cuda", pretrained_model=str(setting.trained()), device=device, use_bfloat16=bf16
    )

    def segment(plane: NDArray[np.float32]) -> Found:
        image = np.zeros((3, *plane.shape[1:]), np.float32)  # Cellpose-SAM wants three channels, any of them empty
        image[: len(plane)] = plane[:3]
        masks, (_, _, logit), _ = model.eval(image, channel_axis=0, **options)
        return Found(masks.astype(np.int32), mean_per_object(1 / (1 + np.exp(-logit)), masks))

    return segment
