"""InstanSeg (Goldsborough et al. 2024), from its TorchScript file, which resamples to its own pixel size."""

import numpy as np
from numpy.typing import NDArray

from cellweave.segment.foreign import Found, Segmenter, Setting


def open_model(setting: Setting) -> Segmenter:
    """Return an InstanSeg model; option ``target`` is ``nuclei`` or ``cells``."""
    package = setting.package("instanseg.inference_class")
    import torch

    from cellweave.learn.networks import device_of

    target = setting.option("target", "cells")
    script = torch.jit.load(str(setting.trained()), map_location="cpu")
    model = package.InstanSeg(script, device=str(device_of(setting.device)), verbosity=0)

    def segment(plane: NDArray[np.float32]) -> Found:
        labels = model.eval_small_image(
            torch.from_numpy(plane), pixel_size=setting.pixel_um, target=target, return_image_tensor=False
        )
        return Found(labels.squeeze().cpu().numpy().astype(np.int32))

    return segment
