"""Measure by how much the labels of one image depend on the processor that computes the network.

Inputs: image store, table of frames, checkpoint.
Outputs: table (tsv), one row per processor, compared with the one of this run.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.core.files import whole
from cellweave.core.grid import Tile
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.core.units import in_pixels
from cellweave.formats.background import Background
from cellweave.formats.ngff import open_image, read_scale
from cellweave.formats.tables import read_table
from cellweave.score.contingency import contingency
from cellweave.segment.blocks import Plane
from cellweave.segment.instances import Rule
from cellweave.segment.planes import labelled
from cellweave.segment.processors import PROCESSORS, maps_on

SIDE = 512  # pixels of the image that are looked at, at most
SAME = 0.5  # intersection over union of an object that is found again


def main(
    *,
    image: Path,
    frames_table: Path,
    checkpoint: Path,
    instances: dict,
    tile: int,
    zoom: float,
    flatten: float | None,
    symmetries: int,
    table: Path,
) -> None:
    """Write `table` for the corner of the first frame."""
    frames = read_table(frames_table)
    plane = Plane.of(open_image(image), frames, 0, Background(image, frames, flatten) if flatten else None)
    height, width = plane.shape
    corner = plane.read(Tile(0, min(SIDE, height), 0, min(SIDE, width)))
    rule = Rule.of(in_pixels(instances, read_scale(image).pixel_um, image.parent))
    options = {"tile": tile, "zoom": zoom, "symmetries": symmetries}
    maps = [maps_on(each, checkpoint, corner, **options) for each in progress(PROCESSORS, "processors")]
    rows = [compared(maps[0], other, rule) for other in maps]
    found = pd.DataFrame(rows, index=pd.Index([each.name for each in PROCESSORS], name="processor"))
    with whole(table) as part:
        found.to_csv(part, sep="\t", float_format="%.6g")


def compared(maps: NDArray[np.uint8], other: NDArray[np.uint8], rule: Rule) -> dict[str, float]:
    """Return how much `other` maps ``(channels, Y, X)``, and the labels of them, differ from `maps` and theirs."""
    difference = np.abs(maps.astype(int) - other)
    (here, _), (there, _) = labelled(maps, rule), labelled(other, rule)
    pairs = contingency(here, there)
    same = pairs.pairs[pairs.iou > SAME]
    again = np.full(here.max() + 1, -1, here.dtype)  # what is not found again differs from everything
    again[0] = 0
    again[pairs.truth[same[:, 0]]] = pairs.result[same[:, 1]]
    total = pairs.truth.size + pairs.result.size
    return {
        "map_levels_max": int(difference.max()),
        "map_share": float((difference > 0).mean()),
        "label_share": float((again[here] != there).mean()),
        "objects": pairs.result.size,
        "f1": 2 * len(same) / total if total else float("nan"),
    }


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            frames_table=Path(snakemake.input.frames),
            checkpoint=Path(snakemake.input.checkpoint),
            instances=snakemake.params.instances,
            tile=snakemake.params.tile,
            zoom=snakemake.params.zoom,
            flatten=snakemake.params.flatten,
            symmetries=snakemake.params.symmetries,
            table=Path(snakemake.output.table),
        )
