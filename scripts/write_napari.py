"""Write a program that opens every run in napari.

Inputs: images, labels (stores), nodes, tracks (parquet; only where tracked)
Outputs: program (py), runs (json: name and paths of each run, relative to the program)
"""

import json
import os
from pathlib import Path

import cellweave.report
from cellweave.core.files import whole
from cellweave.core.logs import log_to

PROGRAM = Path(cellweave.report.__file__).parent / "open_in_napari.py"
FILES = ("image", "labels", "nodes", "tracks")


def main(*, found: list[dict[str, str | None]], program: Path, runs: Path) -> None:
    """Write `program`, and `runs` with the paths in `found` (name, image, labels, nodes, tracks)."""
    home = program.parent
    listed = [
        {key: os.path.relpath(value, home) if key in FILES and value else value for key, value in run.items()}
        for run in found
    ]
    with whole(runs) as part:
        part.write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")
    with whole(program) as part:
        part.write_text(PROGRAM.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            found=snakemake.params.runs,
            program=Path(snakemake.output.program),
            runs=Path(snakemake.output.runs),
        )
