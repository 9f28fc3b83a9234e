"""The one-pass kernel against scikit-image on annotated images: some here, all of the mirror in the long suite."""

import io
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from regionprops import assert_as_skimage
from skimage.io import imread
from skimage.measure import regionprops_table

from cellweave.formats.coco import label_image, read_coco
from cellweave.measure.volume import measure_volume

CTC, LIVECELL = "data.celltrackingchallenge.net/training-datasets", "livecell-dataset.s3.eu-central-1.amazonaws.com"
FLAT = ["DIC-C2DH-HeLa", "PhC-C2DH-U373", "Fluo-N2DH-GOWT1", "Fluo-N2DL-HeLa", "PhC-C2DL-PSC", "Fluo-N2DH-SIM+"]
STILLS = ["LIVECell", "DSB2018"]
SOLID = "Fluo-N3DH-CHO"
MASK = re.compile(r".*/(\d\d)_(?:GT|ST)/(?:SEG/man_seg|TRA/man_track)_?(\d{3})(?:_\d{3})?\.tif")

Pair = tuple[np.ndarray, np.ndarray]


def challenge(mirror: Path, name: str) -> Iterator[Pair]:
    """Yield every annotated image of a set with its picture, both ``([Z,] Y, X)``; single slices have no picture."""
    with zipfile.ZipFile(mirror / CTC / f"{name}.zip") as archive:
        names = set(archive.namelist())

        def read(member: str) -> np.ndarray:
            return tifffile.imread(io.BytesIO(archive.read(member)))

        for member, found in ((each, MASK.fullmatch(each)) for each in sorted(names, reverse=True)):
            if found and (picture := f"{name}/{found[1]}/t{found[2]}.tif") in names:
                labels, image = read(member), read(picture)
                if labels.any():
                    yield labels.astype(np.int32), image if image.shape == labels.shape else labels.astype(np.uint16)


def livecell(mirror: Path) -> Iterator[Pair]:
    """Yield every annotated image, drawn from its polygons; its row numbers take the place of a picture."""
    for file in sorted((mirror / LIVECELL).rglob("livecell_coco_*.json")):
        for labels in (label_image(image)[0] for image in read_coco(file)):
            yield labels, np.indices(labels.shape, np.uint16)[0]


def nuclei(mirror: Path) -> Iterator[Pair]:
    """Yield every image of DSB2018, first channel, with its masks as labels."""
    with zipfile.ZipFile(mirror / "data.broadinstitute.org/bbbc/BBBC038/stage1_train.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".png"))
        for picture in (name for name in names if "/images/" in name):
            folder = picture.split("/images/")[0]
            image = imread(io.BytesIO(archive.read(picture)))
            labels = np.zeros(image.shape[:2], np.int32)
            for label, mask in enumerate((name for name in names if name.startswith(f"{folder}/masks/")), start=1):
                labels[imread(io.BytesIO(archive.read(mask))) > 0] = label
            yield labels, np.ascontiguousarray(image[..., 0] if image.ndim == 3 else image)


def pairs(mirror: Path, name: str) -> Iterator[Pair]:
    return {"LIVECell": livecell, "DSB2018": nuclei}.get(name, lambda mirror: challenge(mirror, name))(mirror)


def compare(found: Iterator[Pair]) -> int:
    count = 0
    for labels, image in found:
        if labels.ndim == 3:
            assert_volume_as_skimage(labels, image)
        else:
            assert_as_skimage(labels, image)
        count += 1
    return count


def assert_volume_as_skimage(labels: np.ndarray, image: np.ndarray) -> None:
    """Sums of integers and their quotients: rounding of 1e-15 of coordinates below 1e4."""
    properties = ("label", "area", "centroid", "bbox", "intensity_mean", "intensity_min", "intensity_max")
    theirs = pd.DataFrame(regionprops_table(labels, image, properties=properties))
    ours = measure_volume(labels, image[None])
    box = [f"box_{axis}{end}" for end in (0, 1) for axis in "zyx"]
    names = ["label", "volume", "z", "y", "x", *box, *(f"{kind}_intensity_c0" for kind in ("mean", "min", "max"))]
    np.testing.assert_allclose(ours[names], theirs, rtol=1e-9)


@pytest.mark.parametrize("name", ["PhC-C2DL-PSC", "Fluo-N2DL-HeLa", SOLID, *STILLS])
def test_equals_skimage_on_a_real_image(mirror, name):
    assert compare(islice(pairs(mirror, name), 1)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", [*FLAT, SOLID, *STILLS])
def test_equals_skimage_on_all_real_images(mirror, name):
    least = {"LIVECell": 14, "DSB2018": 45, SOLID: 18}.get(name, 20)
    assert compare(pairs(mirror, name)) >= least
