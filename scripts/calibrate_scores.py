"""Fit the probability that an object of a trained model is right, on the frames that its training held out.

Inputs: checkpoint; image and truth store and table of frames of each source of the training.
Outputs: calibration (json).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.devices import own_device
from cellweave.core.grid import Tile
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.core.units import in_pixels
from cellweave.formats.ngff import read_scale
from cellweave.learn.calibration import fit_logistic
from cellweave.learn.forest import load_forest
from cellweave.learn.networks import device_of, load_network
from cellweave.learn.sources import Source, known_labels, open_source, split_frames
from cellweave.score.contingency import contingency
from cellweave.segment.blocks import Plane
from cellweave.segment.confidence import FEATURES, features, write_calibration
from cellweave.segment.instances import Rule
from cellweave.segment.maps import network_model
from cellweave.segment.planes import labelled, maps_of
from cellweave.segment.tiles import Model

MOST_FRAMES = 16  # per source, spread over those held out
HIT = 0.5  # intersection over union of an object that is right
UNKNOWN = 0.5  # objects with more than this share on pixels without truth are left out


def main(
    *,
    kind: str,
    checkpoint: Path,
    sources: list[dict],
    instances: list[dict],
    images: list[Path],
    truths: list[Path],
    frames_tables: list[Path],
    data: dict,
    tile: int,
    symmetries: int,
    device: str,
    threads: int,
    calibration: Path,
) -> None:
    """Label the held-out frames of all sources with the model and fit how often objects like these are right."""
    model = _model(kind, checkpoint, device, threads, symmetries)
    tables = []
    for source, settings, *paths in zip(sources, instances, images, truths, frames_tables, strict=True):
        opened = open_source(source, *paths)
        rule = Rule.of(in_pixels(settings, read_scale(paths[0]).pixel_um, paths[0].parent))
        _, held_out = split_frames(opened, data["validation_share"])
        chosen = held_out[:: max(1, len(held_out) // MOST_FRAMES)]
        for frame in progress(chosen, f"calibrate on {opened.name}", unit="frame"):
            tables.append(judged(opened, frame, model, rule, tile, data))
    objects = pd.concat(tables, ignore_index=True)
    typical = float(objects["area_px"].median()) if len(objects) else 1.0
    fitted = fit_logistic(features(objects, typical), objects["hit"].to_numpy(bool))
    if fitted is not None:
        weights, intercept = fitted
        values = {"typical_area_px": typical, "intercept": intercept, "objects": len(objects)}
        fitted = values | dict(zip(FEATURES, map(float, weights), strict=True))
    write_calibration(fitted, calibration)


def judged(source: Source, frame: int, model: Model, rule: Rule, tile: int, data: dict) -> pd.DataFrame:
    """Return the objects that a model finds in one frame, with a column hit; those without truth below are left out."""
    plane = Plane.of(source.image, source.table.reset_index(), frame, source.background)
    labels, objects = labelled(maps_of(plane.read, plane.shape, model, tile=tile, zoom=source.zoom), rule)
    height, width = plane.shape
    truth = known_labels(source, frame, Tile(0, height, 0, width), data)
    pairs = contingency(np.maximum(truth, 0), labels)
    hits = pairs.result[pairs.pairs[pairs.iou >= HIT, 1]]
    unknown = pd.Series(labels[truth < 0]).value_counts().reindex(objects["label"], fill_value=0).to_numpy()
    return objects.assign(hit=objects["label"].isin(hits))[unknown <= UNKNOWN * objects["area_px"].to_numpy()]


def _model(kind: str, checkpoint: Path, device: str, threads: int, symmetries: int) -> Model:
    if kind == "forest":
        forest = load_forest(checkpoint)
        return Model(forest.maps, halo=forest.halo)
    return network_model(load_network(checkpoint, device_of(device)), threads, symmetries=symmetries)


if __name__ == "__main__":
    with log_to(snakemake.log[0]), own_device(snakemake.params.device):
        main(
            kind=snakemake.params.kind,
            checkpoint=Path(snakemake.input.checkpoint),
            sources=snakemake.params.sources,
            instances=snakemake.params.instances,
            images=[Path(path) for path in snakemake.input.images],
            truths=[Path(path) for path in snakemake.input.truths],
            frames_tables=[Path(path) for path in snakemake.input.frames_tables],
            data=snakemake.params.data,
            tile=snakemake.params.tile,
            symmetries=snakemake.params.symmetries,
            device=snakemake.params.device,
            threads=snakemake.threads,
            calibration=Path(snakemake.output.calibration),
        )
