"""Draw time and memory over the size of the image, and how much longer other programs take.

Inputs: scale (tsv), comparisons (tsv)
Outputs: figure (svg or png)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.report.figures import render
from cellweave.report.growth import growth_figure


def main(*, scale: Path, comparisons: Path, figure: Path) -> None:
    """Draw `scale` and `comparisons` into `figure`."""
    tables = (pd.read_csv(path, sep="\t", dtype={"sequence": str}) for path in (scale, comparisons))
    content = render(growth_figure(*tables), figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            scale=Path(snakemake.input.scale),
            comparisons=Path(snakemake.input.comparisons),
            figure=Path(snakemake.output.figure),
        )
