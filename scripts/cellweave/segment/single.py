"""One frame at a time, in memory: the same maps, objects and labels that the blocks of a sequence give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.core.units import in_pixels
from cellweave.segment.blocks import OBJECTS, Plane
from cellweave.segment.confidence import probability, read_calibration
from cellweave.segment.foreign import Setting, segment_frames
from cellweave.segment.instances import Rule
from cellweave.segment.planes import labelled, maps_of
from cellweave.segment.tiles import Model

Segment = Callable[[NDArray, float, float], tuple[NDArray[np.int32], pd.DataFrame]]
"""Takes a frame ``(C, Y, X)``, centre and spread; gives labels ``(Y, X)`` and objects, whose frame is 0."""


@dataclass(frozen=True)
class Means:
    """What a sequence is segmented with; each as for the rule that segments its blocks.

    Attributes
    ----------
    kind : {"network", "forest", "classical", "adapter"}
    checkpoint, calibration, weights : Path or None
    adapter : str or None
    instances, classical, options : mapping
    zoom : float
    symmetries, tile, threads : int
    skip_constant : bool
    device : str
    pixel_um : float or None
    """

    kind: str
    checkpoint: Path | None
    calibration: Path | None
    weights: Path | None
    adapter: str | None
    instances: Mapping[str, Any]
    classical: Mapping[str, Any]
    options: Mapping[str, Any]
    zoom: float
    symmetries: int
    tile: int
    skip_constant: bool
    device: str
    threads: int
    pixel_um: float | None

    def open(self, where: object) -> Segment:
        """Load the model; `where` is what lacks a pixel size, for errors."""
        if self.kind == "adapter":
            setting = Setting(self.adapter, self.options, self.weights, self.device, self.threads, self.pixel_um)
            return _foreign(setting)
        rule = Rule.of(in_pixels(self.instances, self.pixel_um, where))
        fitted = read_calibration(self.calibration) if self.calibration else None
        zoom = 1 if self.kind == "classical" else self.zoom
        model_of = self._model_of(where)

        def segment(pixels: NDArray, centre: float, spread: float) -> tuple[NDArray[np.int32], pd.DataFrame]:
            shape = pixels.shape[-2:]
            plane = Plane(pixels[None], 0, shape, centre, spread)
            model = model_of(plane)
            options = {"tile": self.tile, "zoom": zoom, "skip_constant": self.skip_constant}
            labels, objects = labelled(maps_of(plane.read, shape, model, **options), rule)
            if fitted is not None:
                objects["score"] = probability(objects, fitted)
            return labels, objects[list(OBJECTS)].astype(OBJECTS)

        return segment

    def _model_of(self, where: object) -> Callable[[Plane], Model]:
        if self.kind == "classical":
            from cellweave.segment.classical import Classical

            classical = Classical.of(in_pixels(self.classical, self.pixel_um, where))
            return lambda plane: classical.model(plane.read, plane.shape)
        if self.kind == "forest":
            from cellweave.learn.forest import load_forest

            forest = load_forest(self.checkpoint)
            return lambda plane: Model(forest.maps, halo=forest.halo)
        from cellweave.learn.networks import device_of, load_network
        from cellweave.segment.maps import network_model

        network = load_network(self.checkpoint, device_of(self.device))
        model = network_model(network, self.threads, symmetries=self.symmetries)
        return lambda plane: model


def _foreign(setting: Setting) -> Segment:
    model = setting.open()

    def segment(pixels: NDArray, centre: float, spread: float) -> tuple[NDArray[np.int32], pd.DataFrame]:
        extent = pd.DataFrame({"height": [pixels.shape[-2]], "width": [pixels.shape[-1]]})
        return next(segment_frames(pixels[None], extent, model))

    return segment
