"""Pack the frames of a sequence for the report's viewer.

Inputs: image (OME-Zarr)
Outputs: figure (json)
"""

import json
from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.ngff import levels, open_image, read_scale
from cellweave.report.filmstrip import filmstrip


def main(*, image: Path, budget: int, figure: Path) -> None:
    """Write pictures of the frames of `image`, of at most `budget` bytes before base64, into `figure`."""
    content = filmstrip(
        open_image(image),
        [open_image(image, level) for level in range(1, levels(image))],
        budget,
        read_scale(image).frame_min,
        f"pack {image.parent.parent.name}/{image.parent.name}",
    )
    with whole(figure) as part:
        part.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            budget=int(snakemake.params.budget),
            figure=Path(snakemake.output.figure),
        )
