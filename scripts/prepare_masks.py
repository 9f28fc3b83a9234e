"""Turn still images with one mask file per object (the layout of BBBC038) into stores and tables.

Inputs: a folder of ``<id>/images/<id>.png`` and ``<id>/masks/*.png``.
Outputs: image store, truth store (gold), table of frames, empty lineage table.
"""

from pathlib import Path

from cellweave.core.frames import frame_range
from cellweave.core.logs import log_to
from cellweave.formats import bbbc038
from cellweave.formats.images import open_files
from cellweave.formats.sequences import labels_with_conflicts, write_sequence
from cellweave.formats.series import Truth


def main(
    *,
    folder: Path,
    frames: list[float] | None,
    pixel_size_um: float | None,
    allow_blank: bool,
    image: Path,
    truth: Path,
    frames_table: Path,
    tracks: Path,
) -> None:
    """Prepare `frames` of the images, in order of name."""
    files = bbbc038.find_images(folder)
    files = [files[frame] for frame in frame_range(frames, len(files))]
    with labels_with_conflicts(bbbc038.label_image, files) as gold:
        write_sequence(
            open_files(files, kind="stills").scaled(pixel_size_um),
            Truth(gold=gold),
            kind="stills",
            allow_blank=allow_blank,
            image=image,
            truth_store=truth,
            frames_table=frames_table,
            tracks=tracks,
        )


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            folder=Path(snakemake.input.folder),
            frames=snakemake.params.frames,
            pixel_size_um=snakemake.params.pixel_size_um,
            allow_blank=snakemake.params.allow_blank,
            image=Path(snakemake.output.image),
            truth=Path(snakemake.output.truth),
            frames_table=Path(snakemake.output.frames),
            tracks=Path(snakemake.output.tracks),
        )
