"""Take annotated masks for detections, so that trackers are judged on perfect ones, or on ones with known errors.

Inputs: truth (store), frames (parquet)
Outputs: labels (store with a pyramid), objects (parquet)
"""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.formats.ngff import open_labels, read_scale, write_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.segment.given import described, disturbed

logger = logging.getLogger(__name__)


def main(
    *,
    truth: Path,
    image: Path,
    frames_table: Path,
    kind: str,
    shares: dict[str, float],
    seed: int,
    store: Path,
    table: Path,
) -> None:
    """Write masks of `kind` (silver, gold, markers; auto: the most complete) as `store` and `table`."""
    frames = read_table(frames_table)
    name = kind if kind != "auto" else next((k for k in ("silver", "gold") if frames[k].all()), "markers")
    if not frames[name].all():
        missing = frames.loc[~frames[name], "frame"].tolist()
        raise InputError(
            f"no {name} truth in frames {missing[:5]}{'…' if len(missing) > 5 else ''}",
            where=truth,
            todo="choose another `truth` for this model, or score frames that have it (views)",
        )
    masks = open_labels(truth, name)
    logger.info("%s truth of %d frames, disturbed by %s", name, len(frames), shares)
    tables = []
    with write_labels(
        store, shape=masks.shape, axes="tzyx" if len(masks.shape) == 4 else "tyx", scale=read_scale(image)
    ) as written:
        for frame in progress(range(len(frames)), f"take {name} truth", unit="frame"):
            labels = masks[frame]
            if any(shares.values()):
                labels = disturbed(labels, shares, np.random.default_rng([seed, frame]))
            written["cells"][frame], objects = described(labels, frame)
            tables.append(objects)
    write_table(pd.concat(tables, ignore_index=True), table)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            truth=Path(snakemake.input.truth),
            image=Path(snakemake.input.image),
            frames_table=Path(snakemake.input.frames),
            kind=snakemake.params.truth,
            shares=dict(snakemake.params.disturb),
            seed=int(snakemake.params.seed),
            store=Path(snakemake.output.labels),
            table=Path(snakemake.output.objects),
        )
