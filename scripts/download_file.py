"""Fetch one file, from the mirror where it has it, and verify it.

Inputs: a url with its sha256, and the folder of a mirror (both optional).
Outputs: the file, verified.
"""

from pathlib import Path

from cellweave.core.logs import log_to
from cellweave.formats.archives import fetch


def main(*, url: str, sha256: str | None, mirror: str | None, target: Path) -> None:
    """Bring `url` to `target`; what breaks off is resumed by the next run."""
    fetch(url, target, sha256=sha256 or None, mirror=mirror or None)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            url=snakemake.params.url,
            sha256=snakemake.params.sha256,
            mirror=snakemake.params.mirror,
            target=Path(snakemake.output[0]),
        )
