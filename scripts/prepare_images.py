"""Turn a user's own images into stores and tables.

Inputs: a folder or a file of images, or the folder above those that fit a pattern; optionally the like with a label
image for each of them, or for some.
Outputs: image store, truth store (gold, and markers where the labels come with a man_track.txt), table of frames,
lineage table.
"""

from pathlib import Path

from cellweave.core.frames import frame_range
from cellweave.core.logs import log_to
from cellweave.formats.images import open_series, open_truth
from cellweave.formats.sequences import write_sequence
from cellweave.formats.series import Truth


def main(
    *,
    source: Path | str,
    truth_source: Path | None,
    kind: str,
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
    """Prepare `frames` of the images in `source`, with the truth in `truth_source`."""
    series = open_series(source, kind).scaled(pixel_size_um, frame_interval_min)
    kept = frame_range(frames, len(series))
    write_sequence(
        series.clipped(kept),
        open_truth(truth_source, series, kept) if truth_source else Truth(),
        kind=kind,
        allow_blank=allow_blank,
        image=image,
        truth_store=truth,
        frames_table=frames_table,
        tracks=tracks,
        reference_frames=reference_frames,
    )


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        truth_source = snakemake.input.truth_source
        main(
            source=snakemake.params.pattern or Path(snakemake.input.source),
            truth_source=Path(truth_source) if truth_source else None,
            kind=snakemake.params.kind,
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
