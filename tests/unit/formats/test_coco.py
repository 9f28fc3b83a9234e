"""COCO annotations: masks, overlaps, files that are wrong."""

import json

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster
from faster_coco_eval.core import mask as coco_mask
from hypothesis import given, settings
from hypothesis import strategies as st

from cellweave.core.errors import InputError
from cellweave.formats import coco

HEIGHT, WIDTH = 23, 31


def rectangle(top, left, bottom, right):
    """A polygon that covers rows top..bottom-1 and columns left..right-1."""
    return [[left, top, right, top, right, bottom, left, bottom]]


def image_of(*segmentations, **fields):
    annotations = tuple({"image_id": 5, "segmentation": segmentation, **fields} for segmentation in segmentations)
    return coco.CocoImage("a.tif", HEIGHT, WIDTH, annotations)


def write_json(path, *, images=("a.tif", "b.tif"), image_ids=(1, 2)):
    content = {
        "images": [{"id": 1 + n, "file_name": name, "height": HEIGHT, "width": WIDTH} for n, name in enumerate(images)],
        "annotations": [
            {"id": 9 + n, "image_id": image, "segmentation": rectangle(2, 3, 6, 9), "area": 24.5, "iscrowd": 0}
            for n, image in enumerate(image_ids)
        ],
    }
    path.write_text(json.dumps(content))
    return path


coordinate = st.integers(-20, 330).map(lambda tenths: tenths / 10)
polygons = st.lists(
    st.lists(coordinate, min_size=6, max_size=12).filter(lambda c: len(c) % 2 == 0), min_size=1, max_size=2
)


@settings(max_examples=60, deadline=None)
@given(polygons)
def test_masks_are_those_of_the_coco_code(segmentation):
    code = coco_mask.merge(coco_mask.frPyObjects(segmentation, HEIGHT, WIDTH))
    for form in (segmentation, code, {**code, "counts": code["counts"].decode()}):
        ((rows, columns, mask),) = coco.object_masks(image_of(form))
        plane = np.zeros((HEIGHT, WIDTH), bool)
        plane[rows, columns] = mask
        np.testing.assert_array_equal(plane, coco_mask.decode(code).astype(bool))


def test_uncompressed_run_lengths_are_understood():
    runs = {"size": [HEIGHT, WIDTH], "counts": [2 * HEIGHT + 1, 3, HEIGHT * (WIDTH - 2) - 4]}
    ((rows, columns, mask),) = coco.object_masks(image_of(runs))
    assert (rows, columns) == (slice(1, 4), slice(2, 3))
    assert mask.all()


def test_the_object_that_would_lose_most_lies_on_top():
    large, small = rectangle(0, 0, 10, 10), rectangle(8, 8, 12, 12)
    for order, on_top in (((large, small), 2), ((small, large), 1)):
        labels, conflicts = coco.label_image(image_of(*order))
        assert conflicts == 4
        assert (labels[8:12, 8:12] == on_top).all()
        assert np.count_nonzero(labels) == 100 + 16 - 4


def test_no_objects_give_an_empty_label_image():
    labels, conflicts = coco.label_image(image_of())
    assert labels.shape == (HEIGHT, WIDTH)
    assert not labels.any() and conflicts == 0


def test_images_come_in_order_of_name(tmp_path):
    images = coco.read_coco(write_json(tmp_path / "c.json", images=("b.tif", "a.tif")))
    assert [image.file_name for image in images] == ["a.tif", "b.tif"]
    assert [image.annotations[0]["id"] for image in images] == [10, 9]


def test_a_cut_off_file_is_refused(tmp_path):
    path = write_json(tmp_path / "c.json")
    path.write_text(path.read_text()[:-30])
    with pytest.raises(InputError, match=r"cut off, or no json: .*\n.*c\.json\n.*download it again"):
        coco.read_coco(path)


def test_other_json_is_refused(tmp_path):
    (tmp_path / "c.json").write_text('{"images": []}')
    with pytest.raises(InputError, match="not a COCO annotation file: 'annotations' is missing"):
        coco.read_coco(tmp_path / "c.json")


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        ({"segmentation": [[0, 0, 1e9, 0, 5, 5]]}, "its outline is not a list of polygons near the image"),
        ({"segmentation": [[0, 0, float("nan"), 0, 5, 5]]}, "its outline is not"),
        ({"segmentation": []}, "its outline is not"),
        ({}, "its outline is not"),
        (
            {"segmentation": {"size": [HEIGHT, WIDTH], "counts": [3, 2]}},
            "its run lengths are not those of 23 x 31 pixels",
        ),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": "P" * 99}}, "its run lengths are not"),
        ({"segmentation": rectangle(0, 0, 2, 2), "area": None}, "area or bbox are not one and four numbers"),
    ],
)
def test_an_annotation_that_is_no_outline_is_named(tmp_path, annotation, reason):
    with pytest.raises(InputError, match=rf"annotation 7: {reason}.*\n  where: a\.tif"):
        coco.write_coco([coco.CocoImage("a.tif", HEIGHT, WIDTH, ({"id": 7, **annotation},))], tmp_path / "c.json")


def test_annotations_of_unknown_images_are_named(tmp_path):
    with pytest.raises(InputError, match=r"annotations of images \[77\], which it does not list"):
        coco.read_coco(write_json(tmp_path / "c.json", image_ids=(1, 77)))


def test_images_that_do_not_exist_are_named(tmp_path):
    images = coco.read_coco(write_json(tmp_path / "c.json"))
    (tmp_path / "images" / "A172").mkdir(parents=True)
    (tmp_path / "images" / "A172" / "a.tif").touch()
    with pytest.raises(InputError, match=r"1 of 2 annotated images do not exist: b\.tif"):
        coco.find_images(tmp_path / "images", images)
    (tmp_path / "images" / "b.tif").touch()
    assert [file.name for file in coco.find_images(tmp_path / "images", images)] == ["a.tif", "b.tif"]


def test_the_json_for_scoring_keeps_the_objects(tmp_path):
    images = coco.read_coco(write_json(tmp_path / "c.json"))
    coco.write_coco(images[1:], tmp_path / "out.json")
    content = json.loads((tmp_path / "out.json").read_text())
    (record,) = content["annotations"]
    assert content["images"][0]["id"] == record["image_id"] == 0
    assert record["area"] == 24.5
    assert coco_mask.area(record["segmentation"]) == 24
    assert COCO(str(tmp_path / "out.json")).getAnnIds() == [1]


def test_truth_as_labels_scores_high_against_itself(mirror, tmp_path):
    """The overlap costs 2 % of AP; filling the polygons on whole pixels would cost 24 %."""
    folder = mirror / "livecell-dataset.s3.eu-central-1.amazonaws.com/LIVECell_dataset_2021/annotations/LIVECell"
    images = coco.read_coco(folder / "livecell_coco_val.json")
    coco.write_coco(images, tmp_path / "truth.json")
    found = []
    for frame, image in enumerate(images):
        labels, _ = coco.label_image(image)
        for label in range(1, len(image.annotations) + 1):
            code = coco_mask.encode(np.asfortranarray(labels == label, np.uint8))
            found.append({"image_id": frame, "category_id": 1, "segmentation": code, "score": 1.0})
    truth = COCO(str(tmp_path / "truth.json"))
    evaluation = COCOeval_faster(truth, truth.loadRes(found), "segm")
    evaluation.params.maxDets = [100, 500, 2000]
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][..., 0, 0, -1]
    assert precision[precision > -1].mean() == pytest.approx(0.981, abs=0.002)
