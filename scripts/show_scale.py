"""Print what `make scale` measured: the last lines of the target.

Inputs: scale (tsv), comparisons (tsv)
Outputs: none but the terminal
"""

import sys
from pathlib import Path

import pandas as pd

STEP = ["dataset", "sequence", "step", "megapixels", "objects", "seconds_per_megapixel", "cpu_seconds_per_megapixel"]
CUTS = ["split", "merged", "swapped", "astray"]
PEER = ["task", "input", "seconds", "peer", "peer_seconds", "ratio", "note"]


def main(*, scale: Path, comparisons: Path) -> None:
    """Print both tables."""
    steps = pd.read_csv(scale, sep="\t", dtype={"sequence": str})
    peers = pd.read_csv(comparisons, sep="\t").fillna({"note": ""})
    for table in (steps[[*STEP, "peak_mib", *CUTS]], peers[PEER]):
        sys.stdout.write(f"\n{table.to_string(index=False, float_format=lambda value: f'{value:.3g}', na_rep='')}\n")


if __name__ == "__main__":
    main(scale=Path(sys.argv[1]), comparisons=Path(sys.argv[2]))
