"""Learn from annotated movies what each piece of evidence for a link or a division is worth.

Inputs: images, truths (stores), tracks, frames_tables (parquet), one of each per sequence
Outputs: weights (YAML: link, division, confidence), a table to read, edit and use as a tracker's costs
"""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from cellweave.core.errors import InputError
from cellweave.core.files import whole
from cellweave.core.frames import frame_range
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.formats.ngff import label_names, open_image, open_labels
from cellweave.formats.tables import read_table
from cellweave.measure.shape import measure
from cellweave.track.annotation import owners, true_predecessors
from cellweave.track.candidates import read_detections
from cellweave.track.fitting import Lesson, calibration_error_of, fit, lessons_of, restricted
from cellweave.track.linker import MAX_GAP
from cellweave.track.overlap import overlaps_of
from cellweave.track.scene import Scene

logger = logging.getLogger(__name__)


def main(
    *,
    images: list[Path],
    truths: list[Path],
    tracks: list[Path],
    frames_tables: list[Path],
    shares: list[list[float] | None],
    evidence: list[str],
    seed: int,
    weights: Path,
) -> None:
    """Fit on `shares` ([from, to], None for all) of the frames of each sequence and write `weights`.

    Divisions are judged by `evidence` (keys of `cellweave.track.features.EVIDENCE`).
    """
    learned: list[Lesson] = []
    for image, truth, lineage, table, share in zip(images, truths, tracks, frames_tables, shares, strict=True):
        learned += lessons(image, truth, read_table(lineage), read_table(table), share)
    if not any(lesson.divisions.any() for lesson in learned):
        raise InputError("no division to learn from", where="fit_on", todo="name annotated sequences with divisions")
    learned = restricted(learned, evidence)
    found = fit(learned, rng=np.random.default_rng(seed)).only(evidence)
    logger.info("calibration error on the movies learned from: %s", calibration_error_of(learned, found))
    with whole(weights) as part:
        part.write_text(yaml.safe_dump(found.table(), sort_keys=False))


def lessons(
    image: Path, truth: Path, tracks: pd.DataFrame, frames: pd.DataFrame, share: list[float] | None
) -> list[Lesson]:
    """Return the lessons of one sequence: silver masks where every frame has them, else markers, as detections."""
    if "markers" not in label_names(truth) or not frames["markers"].all():
        raise InputError("no markers in every frame", where=truth, todo="fit on sequences with a lineage")
    kept = frame_range(share, len(frames)) if share else range(len(frames))
    masks = open_labels(truth, "silver" if frames["silver"].all() else "markers")
    markers, light = open_labels(truth, "markers"), open_image(image)
    tables, owned = [], []
    for frame in progress(kept, f"measure {truth.parent.name}", unit="frame"):
        objects = measure(masks[frame], light[frame]).assign(frame=frame - kept.start)
        owner = owners(masks[frame], markers[frame])
        tables.append(objects)
        owned.append(objects["label"].map(owner).fillna(0))
    cells = pd.concat(tables, ignore_index=True).rename(columns=COLUMNS)
    owner = pd.concat(owned).to_numpy(np.int64)
    born = tracks.assign(begin=tracks["begin"] - kept.start, end=tracks["end"] - kept.start)
    predecessor = true_predecessors(cells["frame"].to_numpy(), owner, born)
    scene = Scene(read_detections(cells), overlaps_of(masks[kept.start : kept.stop]))
    return lessons_of(scene, predecessor, owner > 0, MAX_GAP)


COLUMNS = {"y": "y_px", "x": "x_px", "mean_intensity_c0": "mean_intensity", "std_intensity_c0": "std_intensity"}


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            images=[Path(path) for path in snakemake.input.images],
            truths=[Path(path) for path in snakemake.input.truths],
            tracks=[Path(path) for path in snakemake.input.tracks],
            frames_tables=[Path(path) for path in snakemake.input.frames],
            shares=[list(share) if share else None for share in snakemake.params.shares],
            evidence=list(snakemake.params.evidence),
            seed=int(snakemake.params.seed),
            weights=Path(snakemake.output.weights),
        )
