"""Unpack one zip archive, without trusting its names, links and sizes.

Inputs: the archive.
Outputs: a folder with its files.
"""

from pathlib import Path

from cellweave.core.logs import log_to
from cellweave.formats.archives import unpack


def main(*, archive: Path, folder: Path) -> None:
    """Unpack `archive` into `folder`, whole or not at all."""
    unpack(archive, folder)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(archive=Path(snakemake.input[0]), folder=Path(snakemake.output[0]))
