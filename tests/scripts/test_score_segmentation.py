"""Labels of a movie, of stills and of one slice of a volume against their truth, from stores to the table."""

import json
import logging
import math

import numpy as np
import pandas as pd
import pytest

import score_segmentation
from cellweave.core.errors import InputError
from cellweave.formats.ngff import write_labels
from cellweave.formats.scores import read_scores
from cellweave.formats.tables import write_table
from cellweave.score.coco import detections_of
from cellweave.score.definitions import METRICS

KEYS = {"dataset": "set", "sequence": "01", "model": "unet"}


def cells(frames: int) -> np.ndarray:
    image = np.zeros((frames, 40, 60), np.int32)
    image[:, 10:20, 10:20], image[:, 10:20, 30:45], image[:, 25:35, 10:30] = 1, 2, 3
    return image


def score(folder, *, labels, truths, frames, coco=None, border_px=0, axes="tyx") -> dict[str, float]:
    """Write the inputs, run the script, return its values."""
    for name, images in {"labels": {"cells": labels}, "truth": truths}.items():
        with write_labels(folder / f"{name}.zarr", names=list(images), shape=labels.shape, axes=axes) as stores:
            for kind, image in images.items():
                for frame in range(len(image)):
                    stores[kind][frame] = image[frame]
    found = [(frame, label) for frame in range(len(labels)) for label in np.unique(labels[frame]) if label]
    objects = pd.DataFrame(found, columns=["frame", "label"]).assign(score=0.5)
    write_table(objects, folder / "objects.parquet")
    write_table(frames, folder / "frames.parquet")
    if coco is not None:
        (folder / "coco.json").write_text(json.dumps(coco))
    score_segmentation.main(
        labels=folder / "labels.zarr",
        objects=folder / "objects.parquet",
        truth=folder / "truth.zarr",
        frames_table=folder / "frames.parquet",
        coco=folder / "coco.json" if coco is not None else None,
        border_px=border_px,
        keys=KEYS,
        scores=folder / "scores.tsv",
    )
    table = read_scores(folder / "scores.tsv")
    assert set(table["metric"]) <= set(METRICS), "every metric is explained"
    assert (table[["dataset", "sequence", "model", "tracker"]] == ["set", "01", "unet", "-"]).all().all()
    return dict(zip(table["metric"], table["value"], strict=True))


def frames_table(count: int, **columns) -> pd.DataFrame:
    default = {"height": 40, "width": 60, "gold": False, "silver": False, "markers": False, "gold_z": -1}
    return pd.DataFrame({"frame": range(count)} | default | columns)


def test_movie_with_sparse_gold_silver_and_markers(tmp_path):
    truth, labels = cells(3), cells(3)
    gold = np.where(truth == 1, 1, 0)
    labels[:, 25:35, 10:30] = 0  # the third cell is missed
    labels[:, :2, :] = 9  # false, outside the field of 4 px
    scores = score(
        tmp_path,
        labels=labels,
        truths={"gold": gold, "silver": truth, "markers": truth},
        frames=frames_table(3, gold=[False, True, False], silver=[True, True, False], markers=True),
        border_px=4,
    )
    assert scores["SEG"] == 1, "only annotated cells of annotated frames count"
    assert scores["SEG_ST"] == pytest.approx(2 / 3)
    assert (scores["DET"], scores["AOGM_FN"], scores["AOGM_FP"]) == (pytest.approx(2 / 3), 3, 0)
    assert scores["OP_CSB"] == pytest.approx((1 + 2 / 3) / 2)
    assert scores["AP50_matched"] == pytest.approx(2 / 3), "without the frame that has no silver truth"


def test_movie_with_sparse_gold_alone_has_no_matched_scores(tmp_path):
    frames = frames_table(2, gold=[True, False], markers=True)
    scores = score(tmp_path, labels=cells(2), truths={"gold": cells(2), "markers": cells(2)}, frames=frames)
    assert scores["SEG"] == scores["DET"] == 1
    assert "F1" not in scores


def test_padded_stills_with_overlapping_objects(tmp_path):
    truth = cells(2)
    labels = truth.copy()
    labels[1, 36:] = 7  # in the padding
    coco = {
        "images": [{"id": 0, "height": 40, "width": 60}, {"id": 1, "height": 36, "width": 60}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [
            {"id": 10 * frame + number, "image_id": frame, "category_id": 1, "iscrowd": 0, "area": 200}
            | {"segmentation": {**found["segmentation"], "counts": found["segmentation"]["counts"].decode()}}
            | {"bbox": [0, 0, 1, 1]}
            for frame, height in ((0, 40), (1, 36))
            for number, found in enumerate(detections_of(truth[frame, :height], frame), start=1)
        ],
    }
    frames = frames_table(2, height=[40, 36], gold=True)
    scores = score(tmp_path, labels=labels, truths={"gold": truth}, frames=frames, coco=coco)
    ones = ["SEG", "AP50_matched", "mAP_matched", "F1", "PQ", "AP", "AP50", "AP75", "AP_small", "AR2000"]
    assert {name: scores[name] for name in [*ones, "AP_constant", "AP_ceiling"]} == pytest.approx(
        dict.fromkeys([*ones, "AP_constant", "AP_ceiling"], 1.0)
    )
    assert math.isnan(scores["AP_large"])
    assert "DET" not in scores


def test_gold_slice_of_a_volume(tmp_path):
    volume = np.repeat(cells(1)[:, None], 3, axis=1)
    volume[0, 0] = 0
    gold = np.zeros_like(volume)
    gold[0, 2] = volume[0, 2]
    frames = frames_table(1, gold=True, gold_z=2)
    assert score(tmp_path, labels=volume, truths={"gold": gold}, frames=frames, axes="tzyx")["SEG"] == 1


def test_sequence_without_truth_has_an_empty_table(tmp_path):
    assert score(tmp_path, labels=cells(1), truths={}, frames=frames_table(1)) == {}


def test_no_objects_at_all_score_zero_and_undefined_scores_are_warned_of(tmp_path, caplog):
    nothing = np.zeros((2, 40, 60), np.int32)
    frames = frames_table(2, gold=True, markers=True)
    scores = score(tmp_path, labels=nothing, truths={"gold": cells(2), "markers": cells(2)}, frames=frames)
    assert scores["SEG"] == scores["DET"] == 0
    with caplog.at_level(logging.WARNING):
        (tmp_path / "b").mkdir()
        scores = score(tmp_path / "b", labels=nothing, truths={"gold": nothing, "markers": nothing}, frames=frames)
    assert math.isnan(scores["SEG"]) and math.isnan(scores["DET"])
    assert "undefined here, given as nan: SEG, DET, OP_CSB" in caplog.text


def test_labels_of_another_size_are_refused(tmp_path):
    with write_labels(tmp_path / "labels.zarr", shape=(1, 30, 30)) as stores:
        stores["cells"][0] = 1
    with write_labels(tmp_path / "truth.zarr", names=["gold"], shape=(1, 40, 60)) as stores:
        stores["gold"][0] = cells(1)[0]
    write_table(frames_table(1, gold=True), tmp_path / "frames.parquet")
    with pytest.raises(InputError, match=r"result of shape \(30, 30\) against gold truth of shape \(40, 60\)"):
        score_segmentation.main(
            labels=tmp_path / "labels.zarr",
            objects=tmp_path / "none",
            truth=tmp_path / "truth.zarr",
            frames_table=tmp_path / "frames.parquet",
            coco=None,
            border_px=0,
            keys=KEYS,
            scores=tmp_path / "scores.tsv",
        )
    assert not (tmp_path / "scores.tsv").exists()
