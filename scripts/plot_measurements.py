"""Draw what was measured in a sequence.

Inputs: image (for its scale), cells, frames, nodes (only where tracked)
Outputs: figure (svg or png)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.ngff import read_scale
from cellweave.formats.tables import read_table
from cellweave.report.figures import render
from cellweave.report.measurements import measurement_figure


def main(*, image: Path, cells: Path, frames: Path, nodes: Path | None, figure: Path) -> None:
    """Draw counts, confluence, area, intensity, shape and, where there are `nodes`, speed into `figure`."""
    scale = read_scale(image)
    drawn = measurement_figure(
        read_table(cells),
        read_table(frames),
        None if nodes is None else read_table(nodes),
        pixel_um=scale.pixel_um,
        frame_min=scale.frame_min,
    )
    content = render(drawn, figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        tracked = snakemake.input.get("nodes")
        main(
            image=Path(snakemake.input.image),
            cells=Path(snakemake.input.cells),
            frames=Path(snakemake.input.frames),
            nodes=Path(tracked) if tracked else None,
            figure=Path(snakemake.output.figure),
        )
