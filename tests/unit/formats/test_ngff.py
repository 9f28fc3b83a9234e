"""Stores are valid and whole, pixels come back, and pyramids hold what they should."""

import itertools
import multiprocessing
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
import yaozarrs
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader
from ome_zarr_models.v05.image import Image
from ome_zarr_models.v05.labels import Labels

from cellweave.core.errors import InputError
from cellweave.core.logs import explain
from cellweave.formats import ngff

SCALE = ngff.Scale(pixel_um=0.65, frame_min=10.0)


def assert_valid(path: Path) -> None:
    """Both validators of the specification accept the store."""
    group = zarr.open_group(path, mode="r")
    (Labels if "labels" in group.attrs["ome"] else Image).from_zarr(group)
    yaozarrs.validate_zarr_store(path)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def write(path: Path, frames: np.ndarray, **options) -> Path:
    with ngff.write_image(path, shape=frames.shape, dtype=frames.dtype, **options) as array:
        for index, frame in enumerate(frames):
            array[index] = frame
    return path


@pytest.mark.parametrize(
    ("axes", "shape"), [("tcyx", (2, 1, 300, 530)), ("tcyx", (1, 2, 7, 5)), ("tczyx", (2, 1, 3, 260, 257))]
)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_images_come_back_and_are_valid(tmp_path, rng, axes, shape, dtype):
    frames = rng.integers(0, 255, shape).astype(dtype)
    path = write(tmp_path / "image.ome.zarr", frames, axes=axes, scale=SCALE)
    assert_valid(path)
    np.testing.assert_array_equal(ngff.open_image(path)[:], frames)
    assert ngff.open_image(path).dtype == dtype
    assert (ngff.read_axes(path), ngff.read_scale(path)) == (axes, SCALE)
    assert ngff.levels(path) == (2 if min(shape[-2:]) > ngff.COARSEST else 1)


@pytest.mark.parametrize("names", [("cells",), ("gold", "silver", "markers"), ()])
def test_label_stores_are_valid(tmp_path, rng, names):
    path = tmp_path / "labels.ome.zarr"
    labels = rng.integers(0, 30000, (2, 300, 280))
    with ngff.write_labels(path, names=names, shape=labels.shape) as arrays:
        for name in names:
            arrays[name][:] = labels
    assert_valid(path)
    assert ngff.label_names(path) == list(names)
    assert (ngff.read_axes(path), ngff.read_scale(path), ngff.levels(path)) == ("tyx", ngff.Scale(), 2)
    for name in names:
        assert ngff.open_labels(path, name).dtype == np.int32
        np.testing.assert_array_equal(ngff.open_labels(path, name)[:], labels)
    with pytest.raises(InputError, match="no label image 'nuclei' here"):
        ngff.open_labels(path, "nuclei")


def test_a_viewer_sees_scale_units_pixel_centres_and_channels(tmp_path):
    path = write(tmp_path / "i.zarr", np.full((1, 1, 600, 600), 7, np.uint8), scale=SCALE, channels=["phase"])
    image = Image.from_zarr(zarr.open_group(path, mode="r")).attributes.ome
    multiscale = image.multiscales[0]
    assert [axis.unit for axis in multiscale.axes] == ["minute", None, "micrometer", "micrometer"]
    scale, shift = multiscale.datasets[2].coordinateTransformations
    assert scale.scale == [10.0, 1.0, 2.6, 2.6]
    # The first pixel of level 2 covers pixels 0 to 3, whose centres have a mean of 1.5 pixels.
    np.testing.assert_allclose(shift.translation, [0, 0, 1.5 * 0.65, 1.5 * 0.65], rtol=1e-12)
    assert [channel["label"] for channel in image.omero["channels"]] == ["phase"]


def test_ome_zarr_reads_the_pyramid(tmp_path, rng):
    frames = rng.integers(0, 255, (2, 1, 300, 280)).astype(np.uint8)
    path = write(tmp_path / "i.zarr", frames)
    (node,) = Reader(parse_url(path))()
    assert [level.shape for level in node.data] == [(2, 1, 300, 280), (2, 1, 150, 140)]
    np.testing.assert_array_equal(node.data[0].compute(), frames)


@given(seed=st.integers(0, 99), height=st.integers(1, 9), width=st.integers(1, 9), ids=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_majority_is_a_mode_and_mean_is_a_mean(seed, height, width, ids):
    plane = np.random.default_rng(seed).integers(0, ids, (height, width)).astype(np.int32)
    padded = ngff._even(plane)
    majority, mean = ngff._majority(padded), ngff._mean(padded)
    assert set(majority.flat) <= set(plane.flat)
    for y, x in np.ndindex(majority.shape):
        four = padded[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].ravel()
        most = np.bincount(four).max()
        assert majority[y, x] == next(value for value in four if (four == value).sum() == most)
        assert mean[y, x] == int(np.floor(four.mean() + 0.5))


def test_mean_does_not_overflow():
    for dtype in ("uint8", "uint16", "uint32", "int32", "float16"):
        top = np.finfo(dtype).max if dtype.startswith("f") else np.iinfo(dtype).max
        assert ngff._mean(np.full((2, 2), top, dtype)) == top


def test_every_level_is_made_of_the_level_below_across_files(tmp_path, rng, monkeypatch):
    monkeypatch.setattr("cellweave.formats.arrays.CHUNK", 32)
    monkeypatch.setattr("cellweave.formats.arrays.SHARD", 64)
    monkeypatch.setattr(ngff, "COARSEST", 40)
    labels = np.repeat(rng.integers(0, 40, (2, 60, 71)), 5, axis=2)[:, :, :333].repeat(5, axis=1)[:, :287]
    path = tmp_path / "labels.zarr"
    with ngff.write_labels(path, shape=labels.shape) as arrays:
        arrays["cells"][:] = labels
    levels = [ngff.open_labels(path, level=level)[:] for level in range(ngff.levels(path))]
    assert [level.shape[1:] for level in levels] == [(287, 333), (144, 167), (72, 84), (36, 42)]
    for fine, coarse in itertools.pairwise(levels):
        for t in range(2):
            np.testing.assert_array_equal(coarse[t], ngff._majority(ngff._even(fine[t])))


def test_regions_are_those_of_numpy_and_writers_own_whole_files(tmp_path, rng):
    whole = rng.integers(0, 255, (2, 2, 2100, 40)).astype(np.uint8)
    with ngff.write_image(tmp_path / "i.zarr", shape=whole.shape, dtype=np.uint8) as array:
        assert list(array.bands()) == [(0, 2048), (2048, 2100)]
        array[0, 0] = whole[0, 0]
        for top, bottom in array.bands():
            array[0, 1, top:bottom] = whole[0, 1, top:bottom]
        array[-1] = whole[-1]
        with pytest.raises(ValueError, match="100:2100 of 2100 cuts through a file of 2048"):
            array[0, 0, 100:] = 0
    array = ngff.open_image(tmp_path / "i.zarr")
    for key in [np.s_[1], np.s_[-1, 0], np.s_[..., 3:5], np.s_[:, 1, 1000:9000, ::2], np.s_[0, ..., 7], np.s_[5:2]]:
        np.testing.assert_array_equal(array[key], whole[key])
    assert len(array) == 2
    with pytest.raises(IndexError, match="index 2 is out of range for 2"):
        array[2]


def test_values_that_do_not_fit_are_refused(tmp_path):
    with ngff.write_array(tmp_path / "a", shape=(4, 4), dtype=np.uint8) as array:
        array[1:3, 1:3] = np.full((2, 2), 255, np.int64)
        for wrong in (np.full((4, 4), 256), np.full((4, 4), -1), np.full((4, 4), 0.5)):
            with pytest.raises(ValueError, match="values do not fit into uint8"):
                array[:] = wrong
    assert ngff.open_array(tmp_path / "a")[:].sum() == 4 * 255


def test_a_failure_leaves_nothing_and_an_older_store_alone(tmp_path):
    write(tmp_path / "i.zarr", np.ones((1, 1, 4, 4), np.uint8))
    with pytest.raises(RuntimeError), ngff.write_image(tmp_path / "i.zarr", shape=(9, 1, 4, 4), dtype=np.uint8):
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["i.zarr"]
    assert ngff.open_image(tmp_path / "i.zarr").shape == (1, 1, 4, 4)


def test_a_full_disk_is_explained_and_leaves_nothing(tiny_disk, rng):
    noise = rng.integers(0, 65535, (9, 1, 512, 512)).astype(np.uint16)
    with pytest.raises(OSError) as caught:
        write(tiny_disk / "i.zarr", noise)
    assert explain(caught.value).startswith("disk full: no space left while writing")
    assert "i.zarr" in explain(caught.value)
    assert list(tiny_disk.iterdir()) == []


def test_what_is_no_store_is_named(tmp_path):
    for opening in (ngff.open_image, ngff.label_names, ngff.read_scale, ngff.levels):
        with pytest.raises(InputError, match=r"no OME-Zarr store here\n  where: .*absent"):
            opening(tmp_path / "absent")
    with pytest.raises(InputError, match="no zarr array here"):
        ngff.open_array(tmp_path / "absent")
    path = write(tmp_path / "i.zarr", np.ones((1, 1, 4, 4), np.uint8))
    with pytest.raises(InputError, match="no level 3 among 1"):
        ngff.open_image(path, level=3)


def test_a_foreign_file_in_the_store_disturbs_nobody(tmp_path):
    path = write(tmp_path / "i.zarr", np.ones((1, 1, 4, 4), np.uint8))
    (path / ".snakemake_timestamp").touch()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ngff.open_image(path)[0].sum() == 16
        assert ngff.read_scale(path) == ngff.Scale()


def _total(array: ngff.Array, queue: multiprocessing.Queue) -> None:
    queue.put(int(array[:].sum()))


def test_data_loaders_may_fork_or_pickle(tmp_path):
    array = ngff.open_image(write(tmp_path / "i.zarr", np.ones((1, 1, 4, 4), np.uint8)))
    assert pickle.loads(pickle.dumps(array))[:].sum() == array[:].sum() == 16
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    worker = context.Process(target=_total, args=(array, queue))
    worker.start()
    assert queue.get(timeout=20) == 16
    worker.join()
