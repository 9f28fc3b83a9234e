"""Train a network on labelled frames of one or more sequences.

Inputs: image and truth store and table of frames of each source; ImageNet weights or a checkpoint to start from.
Outputs: checkpoint, resolved configuration, history of the training (CSV), manifest.
An unfinished run leaves its state in ``.resume-<key>`` beside the checkpoint and goes on from there.
"""

import time
from pathlib import Path

import torch

from cellweave.core.devices import own_device
from cellweave.core.files import remove
from cellweave.core.logs import log_to
from cellweave.core.origins import licences_of
from cellweave.learn.datasets import training_and_validation
from cellweave.learn.fitting import CropModule, fit, new_network
from cellweave.learn.networks import bf16_is_fast, cost_of, device_of, save_network
from cellweave.learn.records import key_of, summary, versions, write_records
from cellweave.learn.sources import open_source


def main(
    *,
    config: dict,
    sources: list[dict],
    trained_on: list[dict],
    images: list[Path],
    truths: list[Path],
    frames_tables: list[Path],
    weights: Path | None,
    pretrained: Path | None,
    device: str,
    threads: int,
    seed: int,
    code: str,
    checkpoint: Path,
    resolved: Path,
    history: Path,
    manifest: Path,
) -> None:
    """Train the network that `config` describes and write it with its records."""
    started = time.monotonic()
    torch.set_num_threads(threads)
    place = device_of(device)
    config = {**config, "seed": seed, "sources": sources}
    opened = [open_source(*paths) for paths in zip(sources, images, truths, frames_tables, strict=True)]
    network = new_network(config["model"], seed, weights, pretrained)
    training, validation = training_and_validation(opened, config["data"], network.representation)
    cost = cost_of(network)
    unfinished = checkpoint.parent / f".resume-{key_of(config, code, weights, pretrained)}"
    workers = threads - 1 if place.type == "cuda" else 0
    crops = CropModule(training, validation, config["data"], config["trainer"], seed, workers)
    logs = checkpoint.parent / "tensorboard"
    rows = fit(network, crops, config["trainer"], device=place, folder=unfinished, logs=logs)
    facts = {
        **summary(rows),
        **cost,
        "seed": seed,
        "code": code,
        "training_frames": len(training),
        "validation_frames": len(validation),
        "pretrained": pretrained.parent.name if pretrained else weights and weights.name,
        "device": str(place),
        "precision": "bf16" if bf16_is_fast(place) else "float32",
        "threads": threads,
        "versions": versions("torch", "pytorch_lightning", "numpy"),
        "sources": sources,
        "trained_on": trained_on,
        **licences_of(trained_on),
    }
    save_network(network, checkpoint, facts)  # without the time taken: the same training gives the same bytes
    facts["seconds"] = round(time.monotonic() - started, 1)
    write_records(config, rows, facts, resolved=resolved, history=history, manifest=manifest)
    remove(unfinished)


if __name__ == "__main__":
    with log_to(snakemake.log[0]), own_device(snakemake.params.device):
        main(
            config=snakemake.params.config,
            sources=snakemake.params.sources,
            trained_on=snakemake.params.trained_on,
            images=[Path(path) for path in snakemake.input.images],
            truths=[Path(path) for path in snakemake.input.truths],
            frames_tables=[Path(path) for path in snakemake.input.frames_tables],
            weights=Path(snakemake.input.weights[0]) if snakemake.input.get("weights") else None,
            pretrained=Path(snakemake.input.pretrained[0]) if snakemake.input.get("pretrained") else None,
            device=snakemake.params.device,
            threads=snakemake.threads,
            seed=snakemake.params.seed,
            code=snakemake.params.code,
            checkpoint=Path(snakemake.output.checkpoint),
            resolved=Path(snakemake.output.resolved),
            history=Path(snakemake.output.history),
            manifest=Path(snakemake.output.manifest),
        )
