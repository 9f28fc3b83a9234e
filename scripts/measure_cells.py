"""Measure every cell of a sequence, frame by frame and band by band.

Inputs: image (store), labels (store), frames_table (parquet: frame, height, width)
Outputs: cells (parquet, one row per frame and label), frames (parquet: frame, cells, confluence)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.logs import log_to
from cellweave.core.progress import bar
from cellweave.formats.ngff import open_image, open_labels, read_scale
from cellweave.formats.tables import read_table, write_table
from cellweave.measure.sequence import cells_of, measure_frame


def main(*, image: Path, labels: Path, frames_table: Path, cells: Path, frames: Path) -> None:
    """Measure the objects of `labels` on `image` into `cells`, and their number and confluence into `frames`."""
    scale, light, found = read_scale(image), open_image(image), open_labels(labels)
    extents = read_table(frames_table)[["frame", "height", "width"]].astype(int)
    tables, rows = [], []
    title = f"measure {labels.parent.parent.name}/{labels.parent.name}"
    with bar(title, int(extents["height"].sum()), "rows", unit_scale=True) as shown:
        for frame, height, width in extents.itertuples(index=False):
            objects, confluence = measure_frame(found, light, frame, height, width, shown.update)
            tables.append(cells_of(objects, frame, scale.pixel_um, scale.z_um))
            rows.append({"frame": frame, "cells": len(objects), "confluence": float(confluence)})
    write_table(pd.concat(tables, ignore_index=True), cells)
    write_table(pd.DataFrame(rows).astype({"frame": "int32", "cells": "int32"}), frames)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            labels=Path(snakemake.input.labels),
            frames_table=Path(snakemake.input.frames),
            cells=Path(snakemake.output.cells),
            frames=Path(snakemake.output.frames),
        )
