"""Measure how hard a sequence is, by the challenge's data-quality measures.

Inputs: image (store), truth (store), frames_table (parquet)
Outputs: quality (parquet: measure, value, n)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.formats.ngff import label_names, open_image, open_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.measure.quality import NO_OBJECTS, object_quality, sequence_quality


def main(*, image: Path, truth: Path, frames_table: Path, kind: str, quality: Path) -> None:
    """Measure the frames with complete truth: silver masks, or gold ones of a sequence without markers."""
    frames, light, names = read_table(frames_table), open_image(image), label_names(truth)
    complete = "silver" if "silver" in names else "gold" if "markers" not in names else None
    shown = frames[frames[complete]] if complete in names and light.ndim == 4 else frames[:0]
    tables, before = [], None
    for row in progress(list(shown.itertuples()), f"describe {image.parent.parent.name}/{image.parent.name}"):
        extent = slice(row.height), slice(row.width)
        labels = open_labels(truth, complete)[row.frame][extent]
        objects = object_quality(labels, light[row.frame, 0][extent], before)
        tables.append(objects.assign(frame=row.frame))
        before = labels if kind == "movie" else None
    write_table(sequence_quality(pd.concat(tables, ignore_index=True) if tables else NO_OBJECTS, kind), quality)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            truth=Path(snakemake.input.truth),
            frames_table=Path(snakemake.input.frames),
            kind=snakemake.params.kind,
            quality=Path(snakemake.output.quality),
        )
