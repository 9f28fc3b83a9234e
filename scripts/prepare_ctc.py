"""Turn a sequence of the Cell Tracking Challenge into stores and tables.

Inputs: an unpacked archive (or any folder in its layout).
Outputs: image store, truth store (gold, silver, markers: those there are), table of frames, lineage table.
"""

from pathlib import Path

from cellweave.core.frames import frame_range
from cellweave.core.logs import log_to
from cellweave.formats.ctc import open_sequence, truth_of
from cellweave.formats.images import open_files
from cellweave.formats.sequences import write_sequence


def main(
    *,
    folder: Path,
    dataset: str,
    sequence: str,
    frames: list[float] | None,
    pixel_size_um: float | None,
    frame_interval_min: float | None,
    allow_blank: bool,
    image: Path,
    truth: Path,
    frames_table: Path,
    tracks: Path,
    reference_frames: int | None = None,
) -> None:
    """Prepare `frames` of one sequence, counted from 0; its lineage is clipped to them."""
    found = open_sequence(folder, dataset, sequence)
    kept = frame_range(frames, len(found.images))
    series = open_files(found.images, kind="movie").scaled(pixel_size_um, frame_interval_min).clipped(kept)
    write_sequence(
        series,
        truth_of(found, kept, series.slices),
        kind="movie",
        allow_blank=allow_blank,
        image=image,
        truth_store=truth,
        frames_table=frames_table,
        tracks=tracks,
        reference_frames=reference_frames,
    )


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            folder=Path(snakemake.input.folder),
            dataset=snakemake.wildcards.dataset,
            sequence=snakemake.params.source_sequence,
            frames=snakemake.params.frames,
            pixel_size_um=snakemake.params.pixel_size_um,
            frame_interval_min=snakemake.params.frame_interval_min,
            allow_blank=snakemake.params.allow_blank,
            image=Path(snakemake.output.image),
            truth=Path(snakemake.output.truth),
            frames_table=Path(snakemake.output.frames),
            tracks=Path(snakemake.output.tracks),
            reference_frames=snakemake.params.reference_frames,
        )
