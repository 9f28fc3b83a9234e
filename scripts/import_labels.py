"""Take over the objects of a result that was made elsewhere.

Inputs: folder (maskTTT.tif, or an OME-Zarr store), image (store, for extent and scale), frames (parquet)
Outputs: labels (store), objects (parquet)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.formats.ngff import open_image, read_scale, write_labels
from cellweave.formats.results import open_result
from cellweave.formats.tables import read_table, write_table
from cellweave.segment.given import described, fitted


def main(
    *, folder: Path, image: Path, frames_table: Path, part: list[float] | None, labels: Path, objects: Path
) -> None:
    """Write the objects in `folder`, numbered in each frame, to `labels` and `objects`."""
    frames, light = read_table(frames_table), open_image(image)
    shape, result = light.shape[2:], open_result(folder, len(frames), part)
    tables = []
    size = {"shape": (len(frames), *shape), "axes": "tyx" if len(shape) == 2 else "tzyx"}
    with write_labels(labels, **size, scale=read_scale(image)) as stores:
        for row in progress(list(frames.itertuples()), f"import {folder.name}", unit="frame"):
            given = fitted(result.read(row.frame), row.frame, shape, (row.height, row.width))
            stores["cells"][row.frame], table = described(given, row.frame)
            tables.append(table)
    write_table(pd.concat(tables, ignore_index=True), objects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            folder=Path(snakemake.input.folder),
            image=Path(snakemake.input.image),
            frames_table=Path(snakemake.input.frames),
            part=snakemake.params.frames,
            labels=Path(snakemake.output.labels),
            objects=Path(snakemake.output.objects),
        )
