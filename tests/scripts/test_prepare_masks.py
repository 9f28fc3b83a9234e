"""From one mask file per object to stores and tables."""

import zipfile

import imageio.v3 as imageio
import numpy as np
import pytest

import prepare_masks
from cellweave.core.errors import InputError
from cellweave.formats import ngff
from cellweave.formats.tables import read_table


def prepare(folder, out, frames=None):
    paths = {name: out / name for name in ("image", "truth", "frames_table", "tracks")}
    prepare_masks.main(folder=folder, frames=frames, pixel_size_um=None, allow_blank=False, **paths)
    return paths


def write_image(folder, name, shape, squares):
    for part in ("images", "masks"):
        (folder / name / part).mkdir(parents=True)
    imageio.imwrite(folder / name / "images" / f"{name}.png", np.full((*shape, 4), 9, np.uint8))
    for number, square in enumerate(squares):
        mask = np.zeros(shape, np.uint8)
        mask[square] = 255
        imageio.imwrite(folder / name / "masks" / f"{number}.png", mask)


def test_masks_become_labels(tmp_path, caplog):
    raw = tmp_path / "stage1_train"
    write_image(raw, "b", (20, 16), [np.s_[0:4, 0:4], np.s_[3:6, 3:6], np.s_[9:12, 9:12]])
    write_image(raw, "a", (12, 24), [np.s_[2:4, 2:4]])
    paths = prepare(tmp_path, tmp_path / "out")
    frames = read_table(paths["frames_table"])
    assert frames[["source", "height", "width"]].to_numpy().tolist() == [["a.png", 12, 24], ["b.png", 20, 16]]
    labels = ngff.open_labels(paths["truth"], "gold")
    assert labels.shape == (2, 20, 24)
    assert np.bincount(labels[1].ravel())[1:].tolist() == [15, 9, 9]
    assert "1 pixels (0.16 %) in 1 of 2 images are claimed by several objects" in caplog.text


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match="no images of the layout"):
        prepare(tmp_path, tmp_path / "out")
    write_image(tmp_path, "a", (8, 8), [])
    with pytest.raises(InputError, match=r"an image without masks\n.*a\n"):
        prepare(tmp_path, tmp_path / "out")


def test_real_nuclei(mirror, tmp_path):
    with zipfile.ZipFile(mirror / "data.broadinstitute.org/bbbc/BBBC038/stage1_train.zip") as content:
        content.extractall(tmp_path / "raw")
    paths = prepare(tmp_path / "raw", tmp_path / "out")
    frames, labels = read_table(paths["frames_table"]), ngff.open_labels(paths["truth"], "gold")
    assert labels.shape == (45, 520, 696)
    assert frames.groupby(["height", "width"]).size().tolist() == [26, 5, 4, 2, 8]
    for frame in range(45):
        height, width = frames.loc[frame, ["height", "width"]]
        masks = list((tmp_path / "raw").rglob(f"{frames['source'][frame].removesuffix('.png')}/masks/*.png"))
        assert len(np.unique(labels[frame])) - 1 == len(masks)
        assert not labels[frame, height:].any() and not labels[frame, :, width:].any()
