"""Print what `make scale` measured: the last lines of the target.

Inputs: scale (tsv), comparisons (tsv)
Outputs: none but the terminal
"""

import sys
from pathlib import Path

import pandas as pd

from cellweave.scale.growth import memory_growth

STEP = ["dataset", "sequence", "step", "megapixels", "objects", "seconds_per_megapixel", "cpu_seconds_per_megapixel"]
CUTS = ["split", "merged", "swapped", "astray"]
PEER = ["task", "input", "seconds", "peer", "peer_seconds", "ratio", "note"]


def main(*, scale: Path, comparisons: Path) -> None:
    """Print time and exactness of every step, how its memory grows, and how other programs compare."""
    steps = pd.read_csv(scale, sep="\t", dtype={"sequence": str})
    peers = pd.read_csv(comparisons, sep="\t", dtype={"note": str})
    for table in (steps[[*STEP, "peak_mib", *CUTS]], memory_growth(steps), peers[PEER]):
        sys.stdout.write(f"\n{table.to_string(index=False, float_format=lambda value: f'{value:.3g}', na_rep='')}\n")


if __name__ == "__main__":
    main(scale=Path(sys.argv[1]), comparisons=Path(sys.argv[2]))
