"""From COCO annotations to stores and tables."""

import json
import zipfile

import numpy as np
import pytest
import tifffile

import prepare_coco
from cellweave.core.errors import InputError
from cellweave.formats import ngff
from cellweave.formats.tables import read_table

LIVECELL = "livecell-dataset.s3.eu-central-1.amazonaws.com/LIVECell_dataset_2021"


def prepare(images, annotations, out, **settings):
    paths = {name: out / name for name in ("image", "truth", "frames_table", "tracks", "coco")}
    defaults = {"frames": None, "pixel_size_um": None, "allow_blank": False}
    prepare_coco.main(images=images, annotations=annotations, **(defaults | settings), **paths)
    return paths


@pytest.fixture
def annotated(tmp_path):
    """Two images of 20 x 24 pixels; two overlapping squares in each."""
    squares = [[[2, 2, 8, 2, 8, 8, 2, 8]], [[6, 6, 14, 6, 14, 14, 6, 14]]]
    names = ["b.tif", "a.tif"]
    content = {
        "images": [{"id": n, "file_name": name, "height": 20, "width": 24} for n, name in enumerate(names)],
        "annotations": [{"id": n, "image_id": n // 2, "segmentation": squares[n % 2]} for n in range(4)],
    }
    (tmp_path / "c.json").write_text(json.dumps(content))
    for value, name in enumerate([*names, "unannotated.tif"], start=1):
        tifffile.imwrite(tmp_path / name, np.full((20, 24), value, np.uint8))
    return tmp_path


def test_annotated_images_are_stacked_in_order_of_name(annotated, tmp_path, caplog):
    paths = prepare(annotated, annotated / "c.json", tmp_path / "out")
    assert read_table(paths["frames_table"])["source"].tolist() == ["a.tif", "b.tif"]
    assert ngff.open_image(paths["image"])[:, 0, 0, 0].tolist() == [2, 1]
    labels = ngff.open_labels(paths["truth"], "gold")[0]
    assert np.bincount(labels.ravel()).tolist() == [20 * 24 - 96, 36, 60]
    assert "8 pixels (0.83 %) in 2 of 2 images are claimed by several objects" in caplog.text
    assert len(json.loads(paths["coco"].read_text())["annotations"]) == 4


def test_the_json_for_scoring_is_clipped_too(annotated, tmp_path):
    paths = prepare(annotated, annotated / "c.json", tmp_path / "out", frames=[1, 2])
    content = json.loads(paths["coco"].read_text())
    assert [image["file_name"] for image in content["images"]] == ["b.tif"]
    assert {record["image_id"] for record in content["annotations"]} == {0}


def test_images_that_do_not_exist_are_named(annotated, tmp_path):
    (annotated / "a.tif").unlink()
    with pytest.raises(InputError, match=r"1 of 2 annotated images do not exist: a.tif"):
        prepare(annotated, annotated / "c.json", tmp_path / "out")


def test_an_image_of_another_size_than_annotated_is_refused(annotated, tmp_path):
    tifffile.imwrite(annotated / "a.tif", np.ones((20, 25), np.uint8))
    with pytest.raises(InputError, match="annotated as 20 x 24 pixels, but it has 20 x 25"):
        prepare(annotated, annotated / "c.json", tmp_path / "out")


def test_real_livecell_images(mirror, tmp_path):
    with zipfile.ZipFile(mirror / LIVECELL / "images.zip") as content:
        content.extractall(tmp_path / "raw")
    annotations = mirror / LIVECELL / "annotations/LIVECell"
    objects = 0
    for split, images in (("val", 5), ("test", 9)):
        paths = prepare(tmp_path / "raw", annotations / f"livecell_coco_{split}.json", tmp_path / split)
        labels = ngff.open_labels(paths["truth"], "gold")
        assert labels.shape == (images, 520, 704)
        objects += sum(len(np.unique(labels[frame])) - 1 for frame in range(images))
    assert objects == 3315
