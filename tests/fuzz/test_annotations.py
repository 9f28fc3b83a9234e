"""COCO annotation files that somebody else wrote."""

import json

import numpy as np

from cellweave.formats import coco

SIZE = {"height": 9, "width": 12}
SQUARE = [[1, 1, 5.5, 1, 5, 6, 1, 6]]
COUNTS = {"size": [9, 12], "counts": [10, 3, 95]}
CODE = {"size": [9, 12], "counts": ":360`2"}
DOCUMENT = {
    "images": [{"id": 1, "file_name": "b.tif", **SIZE}, {"id": "x", "file_name": "a.tif", **SIZE}],
    "annotations": [
        {"id": 1, "image_id": 1, "segmentation": SQUARE, "area": 20.5, "bbox": [1, 1, 4, 5], "iscrowd": 0},
        {"id": 2, "image_id": 1, "segmentation": COUNTS},
        {"id": 3, "image_id": "x", "segmentation": CODE},
    ],
}


def test_annotations(fuzz, edited, tmp_path):
    path = tmp_path / "coco.json"

    def read(document: object) -> None:
        path.write_text(json.dumps(document))
        images = coco.read_coco(path)
        coco.check_extents(images, [(SIZE["height"], SIZE["width"])] * len(images))
        for image in images:
            labels, conflicts = coco.label_image(image)
            assert labels.shape == (image.height, image.width)
            assert set(np.unique(labels)) <= set(range(len(image.annotations) + 1))
            assert 0 <= conflicts <= labels.size
        coco.write_coco(images, tmp_path / "out.json")
        json.loads((tmp_path / "out.json").read_text(), parse_constant=int)

    fuzz(edited(DOCUMENT), read)


def test_annotation_files(fuzz, damaged, tmp_path):
    path = tmp_path / "coco.json"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        coco.read_coco(path)

    fuzz(damaged([json.dumps(DOCUMENT).encode()]), read)
