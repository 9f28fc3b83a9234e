"""What the linker costs per detection in crowds of growing size, and whether a long movie makes it slower or larger.

Inputs: none but the sizes (params)
Outputs: table (tsv: cells_per_frame, frames, detections, us_per_detection, first_tenth_us, last_tenth_us, peak_mib)
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.core.usage import peak_bytes
from cellweave.scale.crowd import crowd
from cellweave.track.candidates import read_detections
from cellweave.track.linker import Linker

REFERENCE = 5  # frames that the movie's units are measured in


def main(*, sizes: list[list[int]], seed: int, table: Path) -> None:
    """Link crowds of (cells per frame, frames), small ones first, into rows of `table`."""
    follow(100, 2 * REFERENCE, seed)  # compiles what is compiled at first use
    rows = [follow(cells, frames, seed) for cells, frames in sizes]
    with whole(table) as part:
        pd.DataFrame(rows).to_csv(part, sep="\t", index=False)


def follow(cells: int, frames: int, seed: int) -> dict[str, float]:
    """Link a crowd as it comes, divisions included; processor time, because a machine may be shared.

    Only the linker's memory of the last frames is kept, so that the peak is that of the process at any length.
    """
    linker, waiting, row = None, [], 0
    shown = crowd(cells, frames, np.random.default_rng(seed))
    spent, counts = np.zeros(frames), np.zeros(frames, int)
    for frame, (table, _) in enumerate(progress(shown, "link", total=frames, unit="frame")):
        started = time.process_time()
        waiting.append(table)
        if linker is None and len(waiting) == min(REFERENCE, frames):
            linker = Linker.of(pd.concat(waiting))
        while linker is not None and waiting:
            found = read_detections(waiting.pop(0), linker.standards)
            linker.link(int(found.frame[0]), found, np.arange(row, row + len(found.frame)), None)
            row += len(found.frame)
        spent[frame], counts[frame] = time.process_time() - started, len(table)
    tenth = max(frames // 10, 1)
    early, late = slice(REFERENCE, REFERENCE + tenth), slice(frames - tenth, None)
    return {
        "cells_per_frame": cells,
        "frames": frames,
        "detections": int(counts.sum()),
        "us_per_detection": 1e6 * spent.sum() / counts.sum(),
        "first_tenth_us": 1e6 * spent[early].sum() / counts[early].sum(),
        "last_tenth_us": 1e6 * spent[late].sum() / counts[late].sum(),
        "peak_mib": peak_bytes() / 2**20,
    }


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            sizes=[list(size) for size in snakemake.params.sizes],
            seed=int(snakemake.params.seed),
            table=Path(snakemake.output.table),
        )
