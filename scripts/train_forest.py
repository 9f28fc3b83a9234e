"""Train a pixel forest on labelled frames of one or more sequences.

Inputs: image and truth store and table of frames of each source.
Outputs: forest, resolved configuration, history (CSV, one line per ten trees), manifest.
"""

import time
from pathlib import Path

import numpy as np

from cellweave.core.logs import log_to
from cellweave.core.origins import licences_of
from cellweave.learn.datasets import training_and_validation
from cellweave.learn.features import HALO
from cellweave.learn.forest import save_forest
from cellweave.learn.forest_training import draw_pixels, grow
from cellweave.learn.records import summary, versions, write_records
from cellweave.learn.sources import open_source


def main(
    *,
    config: dict,
    sources: list[dict],
    trained_on: list[dict],
    images: list[Path],
    truths: list[Path],
    frames_tables: list[Path],
    threads: int,
    seed: int,
    code: str,
    checkpoint: Path,
    resolved: Path,
    history: Path,
    manifest: Path,
) -> None:
    """Train the forest that `config` describes and write it with its records."""
    started = time.monotonic()
    config = {**config, "seed": seed, "sources": sources}
    data = config["data"]
    opened = [open_source(*paths) for paths in zip(sources, images, truths, frames_tables, strict=True)]
    training, validation = training_and_validation(opened, data)

    rng = np.random.default_rng(seed)
    drawn = draw_pixels(training, data["side_px"], data["crops"], data["pixels"], rng, "features")
    share = data["pixels"] * data["validation_crops"] // data["crops"]
    held_out = draw_pixels(validation, data["side_px"], data["validation_crops"], share, rng, "validation features")
    forest, rows = grow(drawn, held_out, config["model"], seed=seed, threads=threads)

    save_forest(forest, checkpoint)
    facts = {
        **summary(rows),
        "parameters": len(forest.feature),
        "receptive_field_px": 2 * HALO + 1,
        "seed": seed,
        "code": code,
        "training_frames": len(training),
        "validation_frames": len(validation),
        "training_pixels": len(drawn[1]),
        "pretrained": None,
        "seconds": round(time.monotonic() - started, 1),
        "device": "cpu",
        "threads": threads,
        "versions": versions("scikit-learn", "numpy", "numba"),
        "sources": sources,
        "trained_on": trained_on,
        **licences_of(trained_on),
    }
    write_records(config, rows, facts, resolved=resolved, history=history, manifest=manifest)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            config=snakemake.params.config,
            sources=snakemake.params.sources,
            trained_on=snakemake.params.trained_on,
            images=[Path(path) for path in snakemake.input.images],
            truths=[Path(path) for path in snakemake.input.truths],
            frames_tables=[Path(path) for path in snakemake.input.frames_tables],
            threads=snakemake.threads,
            seed=snakemake.params.seed,
            code=snakemake.params.code,
            checkpoint=Path(snakemake.output.checkpoint),
            resolved=Path(snakemake.output.resolved),
            history=Path(snakemake.output.history),
            manifest=Path(snakemake.output.manifest),
        )
