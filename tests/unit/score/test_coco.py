"""LIVECell's protocol on its own truth, and the pieces by hand."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from faster_coco_eval.core import mask as run_lengths

from cellweave.core.errors import InputError
from cellweave.formats.coco import label_image, read_coco, write_coco
from cellweave.score.coco import average_precision, by_cell_type, coco_scores, detections_of

ANNOTATIONS = "livecell-dataset.s3.eu-central-1.amazonaws.com/LIVECell_dataset_2021/annotations/LIVECell"


def squares(count: int) -> np.ndarray:
    """Squares of 10 x 10 px, numbered from 1, with room between them."""
    image = np.zeros((20, 20 * count), np.int32)
    for index in range(count):
        image[5:15, 20 * index + 5 : 20 * index + 15] = index + 1
    return image


def document(labels: np.ndarray) -> dict:
    """Return a COCO document of one image, number 0, with the objects of `labels`."""
    objects = [
        {"id": index, "image_id": 0, "category_id": 1, "iscrowd": 0, "area": 100, "segmentation": found["segmentation"]}
        | {"bbox": [0, 0, 1, 1]}
        for index, found in enumerate(detections_of(labels, 0), start=1)
    ]
    images = [{"id": 0, "file_name": "a.tif", "height": labels.shape[0], "width": labels.shape[1]}]
    return {"images": images, "annotations": objects, "categories": [{"id": 1, "name": "cell"}]}


def values(scores) -> dict[str, float]:
    return {score.metric: score.value for score in scores}


def test_masks_decode_to_the_objects_they_came_from():
    labels = np.random.default_rng(1).choice([0, 3, 70_000], (9, 7))
    found = detections_of(labels, image=4)
    assert [run_lengths.decode(one["segmentation"]).tolist() for one in found] == [
        (labels == label).tolist() for label in (3, 70_000)
    ]
    assert not detections_of(np.zeros((4, 4), int), image=4)


def test_ranking_decides_what_a_false_object_costs():
    truth = document(squares(4) * (squares(4) < 4))
    false_last = values(average_precision(truth, detections_of(squares(4), 0, {1: 0.9, 2: 0.8, 3: 0.7, 4: 0.1})))
    false_first = values(average_precision(truth, detections_of(squares(4), 0, {1: 0.8, 2: 0.7, 3: 0.6, 4: 0.9})))
    assert (false_last["AP"], false_first["AP"]) == (1, pytest.approx(0.75)), "precision 3/4 at every recall"
    assert false_first["AR2000"] == 1 and false_first["AFNR"] == 0
    half = values(average_precision(truth, detections_of(squares(4) * (squares(4) == 2), 0)))
    assert half["AFNR"] == pytest.approx(2 / 3), "two cells of three are missed at every overlap"


def test_each_cell_type_is_scored_on_its_own_images():
    whole, half = squares(2), squares(2) * (squares(2) == 1)
    truth = document(whole)
    truth["images"] = [
        truth["images"][0] | {"id": at, "file_name": f"{name}_Phase_C7_1_00d_1.tif"} for at, name in enumerate("AB")
    ]
    truth["annotations"] += [one | {"id": one["id"] + 2, "image_id": 1} for one in truth["annotations"]]
    found = by_cell_type(truth, detections_of(whole, 0) + detections_of(half, 1))
    assert [score.metric for score in found] == ["AP_A", "AP_B"] and [score.n for score in found] == [2, 2]
    assert found[0].value == 1 and found[1].value == pytest.approx(51 / 101), "half of 101 recall levels are reached"
    assert not by_cell_type(document(whole), []), "names that tell no type"


def test_sizes_that_the_truth_lacks_are_undefined_and_no_detections_score_zero():
    scores = values(average_precision(document(squares(3)), []))
    assert scores["AP"] == scores["AP_small"] == scores["AR100"] == 0
    assert math.isnan(scores["AP_medium"]) and math.isnan(scores["AP_large"])


def test_object_without_a_score_is_refused():
    with pytest.raises(InputError, match=r"no score for the objects \[2\] of image 0"):
        detections_of(squares(2), 0, {1: 0.5})


@pytest.mark.parametrize(("split", "objects"), [("test", 2072), ("val", 1243)])
def test_livecell_truth_against_itself(mirror, tmp_path, split, objects):
    images = read_coco(mirror / ANNOTATIONS / f"livecell_coco_{split}.json")
    write_coco(images, tmp_path / "objects.json")
    truth = json.loads((tmp_path / "objects.json").read_text())
    drawn = [label_image(image)[0] for image in images]
    own = [{**one, "score": 1.0} for one in truth["annotations"]]
    assert values(average_precision(truth, own))["AP"] == pytest.approx(1, abs=1e-12), "overlaps are allowed"
    frames = pd.DataFrame([(n, *x.shape) for n, x in enumerate(drawn)], columns=["frame", "height", "width"])
    found = pd.DataFrame(
        [(n, label, 0.5) for n, x in enumerate(drawn) for label in np.unique(x[x > 0])],
        columns=["frame", "label", "score"],
    )
    scores = coco_scores(truth, frames, drawn.__getitem__, drawn.__getitem__, found)
    assert {score.metric: score.n for score in scores}["AP"] == objects
    table = values(scores)
    assert table["AP"] == table["AP_ceiling"] == table["AP_constant"]
    # what overlap costs: .976 with the smaller object on top, a little less with the rule that draws the truth
    assert 0.976 < table["AP_ceiling"] < 0.984
