"""Turn COCO-annotated still images, such as LIVECell's, into stores and tables.

Inputs: a folder of images, an annotation file: the images it names are taken, in order of file name.
Outputs: image store, truth store (gold: overlaps resolved), table of frames, empty lineage table, and a COCO json of
the stored frames with the objects as they are, for scoring.
"""

import logging
from pathlib import Path

from cellweave.core.frames import frame_range
from cellweave.core.logs import log_to
from cellweave.formats import coco as coco_format
from cellweave.formats.images import open_files
from cellweave.formats.sequences import labels_with_conflicts, write_sequence
from cellweave.formats.series import Truth

logger = logging.getLogger(__name__)


def main(
    *,
    images: Path,
    annotations: Path,
    frames: list[float] | None,
    pixel_size_um: float | None,
    allow_blank: bool,
    image: Path,
    truth: Path,
    frames_table: Path,
    tracks: Path,
    coco: Path,
) -> None:
    """Prepare `frames` of the annotated images."""
    annotated = coco_format.read_coco(annotations)
    kept = frame_range(frames, len(annotated))
    annotated = [annotated[frame] for frame in kept]
    series = open_files(coco_format.find_images(images, annotated), kind="stills").scaled(pixel_size_um)
    coco_format.check_extents(annotated, series.extents)
    with labels_with_conflicts(coco_format.label_image, annotated) as gold:
        write_sequence(
            series,
            Truth(gold=gold),
            kind="stills",
            allow_blank=allow_blank,
            image=image,
            truth_store=truth,
            frames_table=frames_table,
            tracks=tracks,
        )
    coco_format.write_coco(annotated, coco)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            images=Path(snakemake.input.images),
            annotations=Path(snakemake.input.annotations),
            frames=snakemake.params.frames,
            pixel_size_um=snakemake.params.pixel_size_um,
            allow_blank=snakemake.params.allow_blank,
            image=Path(snakemake.output.image),
            truth=Path(snakemake.output.truth),
            frames_table=Path(snakemake.output.frames),
            tracks=Path(snakemake.output.tracks),
            coco=Path(snakemake.output.coco),
        )
