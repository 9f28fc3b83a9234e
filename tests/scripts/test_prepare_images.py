"""From a user's own files to stores and tables."""

import imageio.v3 as imageio
import numpy as np
import pytest
import tifffile

import prepare_images
from cellweave.core.errors import InputError
from cellweave.formats import ngff
from cellweave.formats.tables import read_table

RNG = np.random.default_rng(0)


def prepare(source, out, *, truth_source=None, kind="movie", **settings):
    paths = {name: out / name for name in ("image", "truth", "frames_table", "tracks")}
    defaults = {"frames": None, "pixel_size_um": None, "frame_interval_min": None, "allow_blank": False}
    prepare_images.main(source=source, truth_source=truth_source, kind=kind, **(defaults | settings), **paths)
    return paths


def test_a_multi_page_movie_with_truth(tmp_path):
    pixels = RNG.random((4, 30, 40), np.float32)
    labels = np.zeros((4, 30, 40), np.uint16)
    labels[:, 5:9, 5:9] = 7
    tifffile.imwrite(tmp_path / "movie.tif", pixels, photometric="minisblack")
    tifffile.imwrite(tmp_path / "labels.tif", labels, photometric="minisblack")
    paths = prepare(tmp_path / "movie.tif", tmp_path, truth_source=tmp_path / "labels.tif", frames=[1, 3])
    np.testing.assert_array_equal(ngff.open_image(paths["image"])[:, 0], pixels[1:3])
    np.testing.assert_array_equal(ngff.open_labels(paths["truth"], "gold")[:], labels[1:3])
    frames = read_table(paths["frames_table"])
    assert frames["source"].tolist() == ["movie.tif#1", "movie.tif#2"]
    assert frames["gold"].all() and not frames["markers"].any()
    assert read_table(paths["tracks"]).empty


def test_stills_of_several_sizes_without_truth(tmp_path):
    (tmp_path / "s").mkdir()
    for name, size in (("b.png", (20, 30)), ("a.jpg", (25, 16))):
        imageio.imwrite(tmp_path / "s" / name, RNG.integers(0, 255, size, dtype=np.uint8))
    paths = prepare(tmp_path / "s", tmp_path, kind="stills", pixel_size_um=0.3)
    assert ngff.open_image(paths["image"]).shape == (2, 1, 25, 30)
    assert ngff.read_scale(paths["image"]) == ngff.Scale(0.3)
    assert ngff.label_names(paths["truth"]) == []


def test_a_gap_is_named(tmp_path):
    (tmp_path / "m").mkdir()
    for name in ("t1", "t2", "t4"):
        tifffile.imwrite(tmp_path / "m" / f"{name}.tif", np.ones((8, 8), np.uint8))
    with pytest.raises(InputError, match="the numbered series lacks t3"):
        prepare(tmp_path / "m", tmp_path)


def test_an_image_smaller_than_a_tile_or_a_pyramid_is_fine(tmp_path):
    tifffile.imwrite(tmp_path / "small.tif", np.array([[1, 2], [3, 4]], np.uint8))
    paths = prepare(tmp_path / "small.tif", tmp_path)
    assert ngff.levels(paths["image"]) == 1
    assert ngff.open_image(paths["image"])[0, 0].tolist() == [[1, 2], [3, 4]]


def test_nan_pixels_are_refused_and_nothing_is_left(tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", np.full((2, 8, 8), np.nan, np.float32), photometric="minisblack")
    with pytest.raises(InputError, match=r"64 pixels are NaN or infinite\n.*frame 0, m.tif#0"):
        prepare(tmp_path / "m.tif", tmp_path)
    assert not (tmp_path / "image").exists()
