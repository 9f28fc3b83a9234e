"""A user's own images: order, gaps, types, sizes, metadata, and what is refused."""

import sys
from types import ModuleType, SimpleNamespace

import imageio.v3 as imageio
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from cellweave.core.errors import InputError
from cellweave.formats import images, names, ngff
from cellweave.formats.ngff import Scale
from cellweave.formats.series import Series, arranged, exactly, storage_dtype

RNG = np.random.default_rng(0)


def frames_of(series):
    return np.stack([series.frame(frame) for frame in range(len(series))])


def movie(folder, count=3, *, shape=(6, 8), dtype=np.uint16, stem="t", numbers=None):
    folder.mkdir(exist_ok=True)
    pixels = RNG.integers(1, 200, (count, *shape)).astype(dtype)
    for number, frame in zip(numbers or range(count), pixels, strict=True):
        tifffile.imwrite(folder / f"{stem}{number}.tif", frame)
    return folder, pixels


def test_frames_come_in_natural_order(tmp_path):
    folder, pixels = movie(tmp_path / "m", 11)
    series = images.open_series(folder, "movie")
    assert list(series.sources) == [f"t{number}.tif" for number in range(11)]
    np.testing.assert_array_equal(frames_of(series)[:, 0], pixels)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 10**6), unique=True, min_size=1), st.booleans())
def test_natural_order_is_order_of_numbers(numbers, upper):
    stem = "Img_A" if upper else "img_a"
    ordered = sorted((f"{stem}{number}.tif" for number in numbers), key=names.natural_key)
    assert ordered == [f"{stem}{number}.tif" for number in sorted(numbers)]


@pytest.mark.parametrize(
    ("series", "missing"),
    [
        (["t000", "t001", "t003"], ["t002"]),
        (["t8", "t9", "t12"], ["t10", "t11"]),
        (["a_t1_c0", "a_t2_c0", "a_t4_c0"], ["a_t3_c0"]),
        (["t0", "t5", "t10"], []),
        (["A1_00d00h30m", "A1_00d01h00m", "A1_00d01h30m"], []),
        (["dog", "cat"], []),
        (["7"], []),
    ],
)
def test_gaps_in_a_numbered_series(series, missing):
    assert names.missing_numbers(series) == missing


def test_a_missing_number_is_named_in_movies_only(tmp_path):
    folder, _ = movie(tmp_path / "m", 3, numbers=[1, 2, 4])
    with pytest.raises(InputError, match=r"the numbered series lacks t3"):
        images.open_series(folder, "movie")
    assert len(images.open_series(folder, "stills")) == 3


def test_a_frame_of_another_shape_or_type_is_refused(tmp_path):
    folder, _ = movie(tmp_path / "m")
    tifffile.imwrite(folder / "t1.tif", np.ones((6, 9), np.uint16))
    with pytest.raises(InputError, match=r"shape \(1, 6, 9\) in a series of \(1, 6, 8\)\n.*frame 1, t1.tif"):
        frames_of(images.open_series(folder, "movie"))
    tifffile.imwrite(folder / "t1.tif", np.ones((6, 8), np.uint8))
    with pytest.raises(InputError, match=r"type uint8 in a movie of uint16\n.*frame 1.*t1.tif"):
        frames_of(images.open_series(folder, "movie"))


def test_stills_may_differ_in_size_and_type(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.full((6, 9), 3, np.uint16))
    imageio.imwrite(tmp_path / "b.png", np.full((7, 8), 4, np.uint8))
    series = images.open_series(tmp_path, "stills")
    assert (series.shape, series.dtype, series.extents) == ((2, 1, 7, 9), np.uint16, [(6, 9), (7, 8)])
    assert series.frame(1).shape == (1, 7, 8)


def test_nan_and_blank_frames_are_named(tmp_path, caplog):
    folder, pixels = movie(tmp_path / "m", dtype=np.float32)
    pixels[1, 0, :3] = np.nan, np.inf, -np.inf
    tifffile.imwrite(folder / "t1.tif", pixels[1])
    tifffile.imwrite(folder / "t2.tif", 0 * pixels[0])
    series = images.open_series(folder, "movie")
    with pytest.raises(InputError, match=r"3 pixels are NaN or infinite\n.*frame 1, t1.tif"):
        series.frame(1)
    with pytest.raises(InputError, match=r"every pixel is 0\n.*frame 2, t2.tif\n.*allow_blank"):
        series.frame(2)
    series.frame(2, allow_blank=True)
    assert "frame 2, t2.tif: every pixel is 0" in caplog.text


@pytest.mark.parametrize(
    ("given_type", "stored"),
    [("uint8", "uint8"), (">u2", "uint16"), ("float32", "float32"), ("bool", "uint8"), ("int16", "float32")],
)
def test_types_that_are_stored_without_loss(given_type, stored):
    pixels = np.array([[0, 1], [1, 0]], given_type)
    assert storage_dtype(pixels.dtype) == stored
    np.testing.assert_array_equal(exactly(pixels, np.dtype(stored), "frame 0"), pixels)


@pytest.mark.parametrize("value", [2**24 + 1, np.float64(0.1)])
def test_a_value_that_would_change_is_refused(value):
    pixels = np.array([[1, value]])
    with pytest.raises(InputError, match=r"1 of 2 values of type .* cannot be stored as float32 without loss"):
        exactly(pixels, storage_dtype(pixels.dtype), "frame 0")


def test_colour_becomes_luminance(caplog):
    grey = RNG.integers(0, 255, (5, 6), dtype=np.uint8)
    rgba = np.stack([grey, grey, grey, np.full_like(grey, 255)], axis=-1)
    np.testing.assert_array_equal(arranged(rgba, "YXS", "grey.png")[0], grey)
    assert not caplog.records
    red = np.zeros((1, 1, 3), np.uint8) + np.array([200, 0, 0], np.uint8)
    assert arranged(red, "YXS", "red.png").item() == round(200 * 0.2125)
    assert "red.png: a colour image" in caplog.text


@pytest.mark.parametrize("axes", ["YX", "CYX", "ZYX", "CZYX", "ZCYX", "SYX"])
def test_axes_are_put_in_order(axes):
    sizes = {"C": 2, "Z": 3, "Y": 4, "X": 5, "S": 1}
    pixels = RNG.random([sizes[axis] for axis in axes])
    shape = (sizes["C"] if "C" in axes else 1, *([3] if "Z" in axes else []), 4, 5)
    assert arranged(pixels, axes).shape == shape


def test_ome_tiff_brings_axes_and_scale(tmp_path):
    pixels = RNG.integers(1, 99, (4, 2, 7, 9)).astype(np.uint16)
    tifffile.imwrite(
        tmp_path / "m.ome.tif",
        pixels,
        metadata={
            "axes": "TCYX",
            "PhysicalSizeX": 325.0,
            "PhysicalSizeXUnit": "nm",
            "TimeIncrement": 90.0,
            "TimeIncrementUnit": "s",
        },
    )
    series = images.open_series(tmp_path / "m.ome.tif", "movie")
    assert series.shape == (4, 2, 7, 9)
    assert series.scale == Scale(pixel_um=pytest.approx(0.325), z_um=None, frame_min=1.5)
    np.testing.assert_array_equal(frames_of(series), pixels)
    assert series.scaled(0.5).scale == Scale(0.5, None, 1.5)


def test_imagej_hyperstack_brings_scale(tmp_path):
    pixels = RNG.integers(1, 99, (3, 2, 7, 9)).astype(np.uint16)
    metadata = {"axes": "TZYX", "unit": "um", "spacing": 2.0, "finterval": 120.0}
    tifffile.imwrite(tmp_path / "m.tif", pixels, imagej=True, resolution=(4.0, 4.0), metadata=metadata)
    series = images.open_series(tmp_path / "m.tif", "movie")
    assert (series.shape, series.axes) == ((3, 1, 2, 7, 9), "tczyx")
    assert series.scale == Scale(pixel_um=0.25, z_um=2.0, frame_min=2.0)
    np.testing.assert_array_equal(frames_of(series)[:, 0], pixels)


@pytest.mark.parametrize("metadata", [{"axes": "ZYX"}, None])
def test_slices_without_time_are_frames(tmp_path, caplog, metadata):
    pixels = RNG.integers(1, 99, (5, 7, 9)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "m.tif", pixels, metadata=metadata, photometric="minisblack")
    series = images.open_series(tmp_path / "m.tif", "movie")
    assert series.shape == (5, 1, 7, 9)
    assert ("slices are taken for frames" in caplog.text) == (metadata is not None)
    np.testing.assert_array_equal(series.clipped(range(3, 5)).frame(1)[0], pixels[4])


def test_a_truncated_file_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "whole.tif", np.ones((3, 64, 64), np.uint16), photometric="minisblack")
    (tmp_path / "m.tif").write_bytes((tmp_path / "whole.tif").read_bytes()[:9000])
    with pytest.raises(InputError, match=r"not a readable TIFF(.|\n)*m.tif\n.*copy or download it again"):
        frames_of(images.open_series(tmp_path / "m.tif", "movie"))


def test_files_of_several_images_are_refused(tmp_path):
    with tifffile.TiffWriter(tmp_path / "m.tif") as file:
        file.write(np.ones((5, 5), np.uint8))
        file.write(np.ones((6, 5), np.uint8))
    with pytest.raises(InputError, match=r"2 images of different shape or position in one file: \(5, 5\), \(6, 5\)"):
        images.open_series(tmp_path / "m.tif", "movie")


def test_an_own_store_is_read_back(tmp_path):
    pixels = RNG.integers(1, 99, (3, 1, 6, 7)).astype(np.uint8)
    with ngff.write_image(tmp_path / "i.zarr", shape=pixels.shape, dtype=np.uint8, scale=Scale(0.5, None, 2)) as store:
        store[:] = pixels
    series = images.open_series(tmp_path / "i.zarr", "movie")
    assert series.scale == Scale(0.5, None, 2)
    np.testing.assert_array_equal(frames_of(series), pixels)


def test_ome_zarr_of_version_04_is_read(tmp_path):
    import zarr

    pixels = RNG.integers(1, 99, (2, 3, 6, 7)).astype(np.uint16)
    group = zarr.open_group(tmp_path / "i.zarr", mode="w", zarr_format=2)
    group.create_array("0", data=pixels)
    axes = [{"name": "t", "unit": "second"}, {"name": "c"}, *({"name": n, "unit": "nanometer"} for n in "yx")]
    scale = [{"type": "scale", "scale": [30.0, 1.0, 250.0, 250.0]}]
    datasets = [{"path": "0", "coordinateTransformations": scale}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]
    series = images.open_series(tmp_path / "i.zarr", "movie")
    assert series.scale == Scale(pytest.approx(0.25), None, 0.5)
    np.testing.assert_array_equal(frames_of(series), pixels)


def test_a_microscopes_file_needs_its_plugin(tmp_path, monkeypatch):
    (tmp_path / "m.czi").touch()
    monkeypatch.setitem(sys.modules, "bioio", None)
    with pytest.raises(InputError, match=r"cannot open .czi files: .*\n.*m.czi\n.*pip install bioio bioio-czi"):
        images.open_series(tmp_path / "m.czi", "movie")


def test_a_microscopes_file_is_read_through_bioio(tmp_path, monkeypatch):
    """A stand-in with bioio's interface: its plugins are an optional extra."""
    import dask.array

    (tmp_path / "m.nd2").touch()
    pixels = RNG.integers(1, 99, (2, 1, 1, 6, 7)).astype(np.uint16)
    fake = ModuleType("bioio")
    fake.BioImage = lambda path: SimpleNamespace(
        scenes=("a",),
        dims=SimpleNamespace(T=2, C=1, Z=1, Y=6, X=7),
        dtype=pixels.dtype,
        physical_pixel_sizes=SimpleNamespace(X=0.3, Z=None),
        time_interval=120.0,
        get_image_dask_data=lambda order, T: dask.array.from_array(pixels[T]),
    )
    monkeypatch.setitem(sys.modules, "bioio", fake)
    series = images.open_series(tmp_path / "m.nd2", "movie")
    assert series.scale == Scale(0.3, None, 2.0)
    np.testing.assert_array_equal(frames_of(series), pixels[:, :, 0])


def test_what_is_not_images_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        images.open_series(tmp_path / "nothing", "movie")
    with pytest.raises(InputError, match="no TIFF, PNG or JPEG files"):
        images.open_series(tmp_path, "movie")
    for name, message in (("a.gif", "files of type '.gif' are not read"), ("a.tif", "not a readable TIFF")):
        (tmp_path / name).write_bytes(b"nonsense")
        with pytest.raises(InputError, match=message):
            images.open_series(tmp_path / name, "movie")
    (tmp_path / "a.png").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="not a readable image"):
        images.open_series(tmp_path / "a.png", "stills")


def label_folder(folder, names):
    folder.mkdir()
    for value, name in enumerate(names, start=1):
        tifffile.imwrite(folder / name, np.full((6, 8), value, np.uint16))
    return folder


def test_truth_belongs_to_frames_by_order_or_by_name(tmp_path):
    folder, _ = movie(tmp_path / "m")
    series = images.open_series(folder, "movie")
    every = images.open_truth(label_folder(tmp_path / "all", ["x1.tif", "x2.tif", "x3.tif"]), series, range(1, 3))
    assert [every.gold[frame]().max() for frame in (0, 1)] == [2, 3]
    some = images.open_truth(label_folder(tmp_path / "some", ["t2.tif"]), series, range(3))
    assert list(some.gold) == [2] and not some.markers
    with pytest.raises(InputError, match=r"2 label images for 3 images, and 'x8\.tif' has the name of none"):
        images.open_truth(label_folder(tmp_path / "strange", ["x8.tif", "x9.tif"]), series, range(3))


def test_truth_with_a_lineage_is_markers_too(tmp_path):
    folder, _ = movie(tmp_path / "m")
    labels = label_folder(tmp_path / "l", ["t0.tif", "t1.tif", "t2.tif"])
    (labels / "man_track.txt").write_text("1 0 0 0\n2 1 1 1\n3 2 2 0\n")
    truth = images.open_truth(labels, images.open_series(folder, "movie"), range(1, 3))
    assert truth.markers.keys() == {0, 1}
    assert truth.tracks.to_numpy().tolist() == [[2, 0, 0, 0], [3, 1, 1, 0]]


def test_labels_are_whole_numbers(tmp_path):
    folder, _ = movie(tmp_path / "m", 1)
    (tmp_path / "l").mkdir()
    tifffile.imwrite(tmp_path / "l" / "t0.tif", np.ones((6, 8), np.float32))
    truth = images.open_truth(tmp_path / "l", images.open_series(folder, "movie"), range(1))
    with pytest.raises(InputError, match="a label image of 1 channels and type float32"):
        truth.gold[0]()


def test_a_scale_that_contradicts_the_file_is_warned_of(caplog):
    series = Series(["a"], lambda frame: np.ones((1, 2, 2)), [(2, 2)], np.dtype(np.uint8), scale=Scale(0.5))
    assert series.scaled(0.6).scale.pixel_um == 0.6
    assert "pixel_um: 0.6 is configured and used, the file says 0.5" in caplog.text
