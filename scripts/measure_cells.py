"""Measure every cell of a sequence, frame by frame and band by band.

Inputs: image (store), labels (store), objects (parquet: frame, label, area_px, y_px, x_px),
    frames_table (parquet: frame, height, width)
Outputs: cells (parquet, one row per frame and label), frames (parquet: frame, cells, confluence)
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.logs import log_to
from cellweave.core.progress import bar
from cellweave.formats.ngff import open_image, open_labels, read_scale
from cellweave.formats.tables import read_table, write_table, write_tables
from cellweave.measure.sequence import Cells


def main(*, image: Path, labels: Path, objects: Path, frames_table: Path, cells: Path, frames: Path) -> None:
    """Measure the objects of `labels` on `image` into `cells`, and their number and confluence into `frames`."""
    scale, light, found = read_scale(image), open_image(image), open_labels(labels)
    extents = read_table(frames_table)[["frame", "height", "width"]].astype(int)
    known = read_table(objects)[["frame", "label", "area_px", "y_px", "x_px"]].sort_values(["frame", "label"])
    ends = np.searchsorted(known["frame"], range(len(extents) + 1))
    rows = []

    def tables() -> Iterator[pd.DataFrame]:
        with bar(
            f"measure {labels.parent.parent.name}/{labels.parent.name}", int(extents["height"].sum()), "rows"
        ) as shown:
            for frame, height, width in extents.itertuples(index=False):
                own = known[ends[frame] : ends[frame + 1]]
                measured = Cells(found, light, own, frame, (height, width), scale.pixel_um, scale.z_um)
                yield from measured.tables(shown.update)
                rows.append({"frame": frame, "cells": measured.count, "confluence": measured.confluence})

    write_tables(tables(), cells)
    write_table(pd.DataFrame(rows).astype({"frame": "int32", "cells": "int32"}), frames)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            frames_table=Path(snakemake.input.frames),
            cells=Path(snakemake.output.cells),
            frames=Path(snakemake.output.frames),
        )
