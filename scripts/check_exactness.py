"""Label parts of a sequence again, cut in another way, and compare: nothing may be split, merged or renamed.

Inputs: image store (for its scale), maps of all blocks, table of frames, label store
Outputs: agreement (tsv: pixels, objects, split, merged, swapped, astray)
"""

from dataclasses import asdict
from pathlib import Path

import pandas as pd

from cellweave.core.files import whole
from cellweave.core.grid import share
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.core.units import in_pixels
from cellweave.formats.ngff import open_array, open_labels, read_scale
from cellweave.formats.tables import read_table
from cellweave.scale.exactness import Agreement
from cellweave.segment.bands import Bands
from cellweave.segment.instances import Rule, label_rows

TILE, MARGIN = 333, 3
"""Cuts that share no multiple with those of the workflow, and a first look that is too narrow for many cells."""
BANDS, ROWS = 8, 200
"""Parts of a sequence that are labelled again, and rows of each."""


def main(*, image: Path, maps: list[Path], frames_table: Path, labels: Path, instances: dict, agreement: Path) -> None:
    """Compare bands that lie evenly over frames and rows, the last one first."""
    rule = Rule.of(in_pixels(instances, read_scale(image).pixel_um, image.parent))
    frames, found = read_table(frames_table), open_labels(labels)
    bands, seen = Bands([open_array(path) for path in maps], len(frames)), Agreement()
    for index in progress(list(reversed(range(BANDS))), f"label {image.parent.name} again", unit="band"):
        frame = index * len(frames) // BANDS
        shape = int(frames["height"].iloc[frame]), int(frames["width"].iloc[frame])
        top, bottom = share(index, BANDS, shape[0])
        parts = label_rows(
            lambda tile, t=frame: bands.read(t, tile),
            top,
            min(bottom, top + ROWS),
            shape,
            rule,
            tile=TILE,
            margin=MARGIN,
        )
        for part, names, _ in parts:
            seen.add(names, found[frame, part.y0 : part.y1, part.x0 : part.x1])
    with whole(agreement) as part:
        pd.DataFrame([asdict(seen)]).to_csv(part, sep="\t", index=False)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            maps=[Path(path) for path in snakemake.input.maps],
            frames_table=Path(snakemake.input.frames),
            labels=Path(snakemake.input.labels),
            instances=snakemake.params.instances,
            agreement=Path(snakemake.output.agreement),
        )
