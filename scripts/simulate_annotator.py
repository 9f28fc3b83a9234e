"""Let a simulated annotator correct tiles that different rules ask for, and see how fast a pixel forest learns.

Inputs: image, truth and table of frames of a sequence to annotate and of one to score.
Outputs: table (tsv): dataset, seed, rule, round, tiles, cells (drawn so far), score (F1 at IoU 0.5).
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.core.progress import bar
from cellweave.correct.annotator import RULES, Annotator, choose
from cellweave.correct.tiles import Patch, tile_means
from cellweave.formats.ngff import open_image, open_labels
from cellweave.formats.tables import read_table
from cellweave.learn.features import pixel_features
from cellweave.learn.forest import Forest
from cellweave.learn.forest_training import grow_members
from cellweave.learn.representations import DISTANCES
from cellweave.learn.sources import resample_image, resample_labels
from cellweave.learn.targets import Borders, training_targets
from cellweave.score.contingency import contingency
from cellweave.score.matched import true_positives
from cellweave.segment.instances import Rule
from cellweave.segment.planes import labelled

Scene = list[tuple[NDArray[np.float32], NDArray[np.int32]]]
"""Features ``(F, Y, X)`` and complete labels ``(Y, X)`` of some frames."""
BORDERS = Borders(boundary_px=2.0)
STEP = 2
"""Doubt is smooth: every second pixel of every second row tells the mean of a tile."""
COLUMNS = ["dataset", "seed", "rule", "round", "tiles", "cells", "score"]


def main(
    *, image: list[Path], truth: list[Path], frames_table: list[Path], dataset: str, zoom: float, instances: dict,
    setting: dict, table: Path,
) -> None:  # fmt: skip
    """Write `table` for the rules of the annotation loop; the first of each input is annotated, the second scored."""
    side, rule = setting["tile_px"], Rule.of(instances)
    pool, test = (
        read_scene(*paths, zoom=zoom, count=count, size=setting["window_px"], side=side)
        for *paths, count in zip(
            image, truth, frames_table, (setting["pool_frames"], setting["test_frames"]), strict=True
        )
    )
    looks = [np.stack([tile_means(plane, side) for plane in features]) for features, _ in pool]
    rows = []
    with bar(f"annotate {dataset}", setting["seeds"] * len(RULES), "run") as shown:
        for seed in range(setting["seeds"]):
            for name in RULES:
                for number, found in enumerate(learn(name, pool, test, looks, rule, seed, setting)):
                    rows.append((dataset, seed, name, number, *found))
                shown.update()
    with whole(table) as part:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(part, sep="\t", index=False)


def learn(
    name: str, pool: Scene, test: Scene, looks: list[NDArray], rule: Rule, seed: int, setting: dict
) -> list[tuple[int, int, float]]:
    """Return tiles, cells and score after each round; all rules begin with the same tiles of a seed."""
    rng, annotator = np.random.default_rng(seed), Annotator([labels for _, labels in pool], setting["tile_px"])
    wanted, samples, found = annotator.first(setting["first"], rng), [], []
    for number in range(setting["rounds"] + 1):
        samples += [lesson(pool[patch.frame][0], patch, annotator.draw(patch)) for patch in wanted]
        members = grow_members(samples, setting, seed=1000 * seed + number)
        found.append((len(annotator.asked), annotator.cells, score(members, test, rule)))
        if number < setting["rounds"]:
            asking = pool if name != "random" else []
            answers = [answered(members, features[:, ::STEP, ::STEP]) for features, _ in asking]
            wanted = choose(name, annotator, answers, looks, setting["per_round"], rng)
    return found


def read_scene(image: Path, truth: Path, frames_table: Path, *, zoom: float, count: int, size: int, side: int) -> Scene:
    """Return middles of frames with truth, spread evenly over a sequence: whole tiles, at most `size` model pixels."""
    table = read_table(frames_table)
    kind = next(kind for kind in ("silver", "gold") if table[kind].any())
    numbers = table["frame"][table[kind]].to_numpy()
    pixels, labels, scene = open_image(image), open_labels(truth, kind), []
    for frame in numbers[np.unique(np.linspace(0, len(numbers) - 1, count).round().astype(int))]:
        row = table.iloc[frame]
        region = tuple(_middle(int(length), zoom, size, side) for length in (row.height, row.width))
        plane = (pixels[int(frame), 0, *region].astype(np.float32) - np.float32(row.centre)) / np.float32(row.spread)
        scene.append((pixel_features(resample_image(plane, zoom)), resample_labels(labels[int(frame), *region], zoom)))
    return scene


def _middle(length: int, zoom: float, size: int, side: int) -> slice:
    """Return the native pixels whose resampling is the largest number of whole tiles up to `size`."""
    native = round(min(size, int(length * zoom) // side * side) / zoom)
    return slice((length - native) // 2, (length - native) // 2 + native)


def lesson(features: NDArray, patch: Patch, labels: NDArray[np.int32]) -> tuple[NDArray, NDArray]:
    """Return features ``(N, F)`` and classes ``(N,)`` of the pixels of a tile that are known."""
    classes = training_targets(labels, BORDERS, DISTANCES)[0].ravel()
    own = features[:, *patch.region(features.shape[1:])].reshape(len(features), -1)
    return own[:, classes >= 0].T, classes[classes >= 0].astype(np.int8)


def answered(members: list[Forest], features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the maps ``(V, 2, Y, X)`` of a frame by each part of the forest."""
    shares = np.stack([member.probabilities(features.reshape(len(features), -1)) for member in members])
    return np.stack([1 - shares[:, 0], shares[:, 1]], axis=1).reshape(len(members), 2, *features.shape[1:])


def score(members: list[Forest], test: Scene, rule: Rule) -> float:
    """Return F1 at an intersection over union of 0.5 over all frames of `test`."""
    hits = objects = 0
    for features, truth in test:
        maps = np.rint(255 * answered(members, features).mean(axis=0)).astype(np.uint8)
        found = contingency(truth, labelled(maps, rule)[0])
        hits, objects = hits + true_positives(found, 0.5), objects + found.truth.size + found.result.size
    return 2 * hits / max(objects, 1)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=[Path(path) for path in snakemake.input.image],
            truth=[Path(path) for path in snakemake.input.truth],
            frames_table=[Path(path) for path in snakemake.input.frames],
            dataset=snakemake.wildcards.dataset,
            zoom=snakemake.params.zoom,
            instances=snakemake.params.instances,
            setting=dict(snakemake.params.setting),
            table=Path(snakemake.output.table),
        )
