"""Check that downloads and results are still what the manifest of their run says (`make verify`).

Inputs: manifest (json), and the files that it lists
Outputs: none but the terminal
"""

import sys
from pathlib import Path

from cellweave.core.errors import InputError
from cellweave.core.verify import verify


def main(*, manifest: Path, folder: Path) -> None:
    """Print how many files below `folder` are as `manifest` says, or end with a list of those that are not."""
    try:
        sys.stdout.write(f"{verify(manifest, folder)} files are what they were\n")
    except InputError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(manifest=Path(sys.argv[1]), folder=Path.cwd())
