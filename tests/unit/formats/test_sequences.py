"""A prepared sequence: what is stored, flagged and refused."""

import numpy as np
import pandas as pd
import pytest
import tifffile

from cellweave.core.errors import InputError
from cellweave.formats import ngff, sequences
from cellweave.formats.ctc import tracks_table
from cellweave.formats.images import open_series
from cellweave.formats.sequences import labels_with_conflicts, padded, write_sequence
from cellweave.formats.series import Series, Truth
from cellweave.formats.tables import read_table

PIXELS = [np.arange(1, 21, dtype=np.uint8).reshape(1, 4, 5), np.arange(1, 13, dtype=np.uint8).reshape(1, 3, 4)]
LABELS = [np.eye(4, 5, dtype=np.int32) * 3, np.eye(3, 4, dtype=np.int32) * 2**20]


def series_of(pixels=PIXELS):
    return Series(["a", "b"], lambda frame: pixels[frame], [p.shape[-2:] for p in pixels], np.dtype(np.uint8))


def write(folder, series, truth, kind="stills"):
    paths = {name: folder / name for name in ("image", "truth_store", "frames_table", "tracks")}
    write_sequence(series, truth, kind=kind, allow_blank=False, **paths)
    return paths


def test_stills_are_padded_and_their_true_extent_is_kept(tmp_path):
    gold = {frame: lambda frame=frame: LABELS[frame] for frame in range(2)}
    paths = write(tmp_path, series_of(), Truth(gold=gold))
    frames = read_table(paths["frames_table"])
    image, labels = ngff.open_image(paths["image"]), ngff.open_labels(paths["truth_store"], "gold")
    np.testing.assert_array_equal(image[0], PIXELS[0])
    np.testing.assert_array_equal(image[1], np.pad(PIXELS[1], ((0, 0), (0, 1), (0, 1)), mode="reflect"))
    np.testing.assert_array_equal(labels[1], np.pad(LABELS[1], ((0, 1), (0, 1))))
    assert frames[["height", "width"]].to_numpy().tolist() == [[4, 5], [3, 4]]
    assert frames[["gold", "silver", "markers"]].to_numpy().tolist() == [[True, False, False]] * 2
    assert frames["centre"].tolist() == [pixels.mean() for pixels in PIXELS]  # of the true extent, per image
    assert read_table(paths["tracks"]).columns.tolist() == ["track", "begin", "end", "parent"]


def test_a_sequence_without_truth_has_an_empty_truth_store(tmp_path):
    paths = write(tmp_path, series_of(), Truth())
    assert ngff.label_names(paths["truth_store"]) == []
    assert not read_table(paths["frames_table"])[["gold", "silver", "markers"]].to_numpy().any()


def test_ids_that_disagree_with_the_lineage_leave_nothing_behind(tmp_path):
    markers = {frame: lambda frame=frame: LABELS[frame] for frame in range(2)}
    truth = Truth(markers=markers, tracks=tracks_table([[3, 0, 1, 0], [2**20, 1, 1, 0]]))
    with pytest.raises(InputError, match=r"frame 1: the table lists id 3, the mask does not hold it\n.*man_track.txt"):
        write(tmp_path, series_of(), truth)
    assert list(tmp_path.iterdir()) == []


def test_masks_of_another_size_are_refused_and_empty_ones_are_not(tmp_path, caplog):
    with pytest.raises(InputError, match=r"gold mask of shape \(4, 4\) for an image of \(4, 5\)"):
        write(tmp_path, series_of(), Truth(gold={0: lambda: np.zeros((4, 4), np.int32)}))
    write(tmp_path, series_of(), Truth(gold={0: lambda: np.zeros((4, 5), np.int32)}))
    assert "gold masks of frames [0] hold no objects" in caplog.text


def test_conflicts_are_counted_over_all_images(caplog):
    with labels_with_conflicts(lambda claimed: (np.zeros((5, 10), np.int32), claimed), [3, 0, 2]) as masks:
        for read in masks.values():
            read()
    assert "5 pixels (3.33 %) in 2 of 3 images are claimed by several objects" in caplog.text


def test_padding_beyond_the_image_reflects_again():
    assert padded(np.array([[1, 2, 3]]), (1, 8), "reflect").tolist() == [[1, 2, 3, 2, 1, 2, 3, 2]]


@pytest.mark.parametrize("name", ["zarr", "tiled.tif", "page.tif"])
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_large_frames_pass_through_in_parts(tmp_path, monkeypatch, name, dtype):
    """The store and its table are those of the frame read whole; never more than a file of the store is read."""
    pixels = np.random.default_rng(1).normal(900, 90, (1, 2, 300, 410)).astype(dtype)
    if name == "zarr":
        with ngff.write_image(tmp_path / name, shape=pixels.shape, dtype=dtype) as store:
            store[:] = pixels
    else:
        tile = {"tile": (64, 64)} if name.startswith("tiled") else {}
        tifffile.imwrite(tmp_path / name, pixels[0], metadata={"axes": "CYX"}, ome=True, **tile)
    stored = {}
    for large in (1 << 24, 1000):
        monkeypatch.setattr(sequences, "LARGE_PX", large)
        monkeypatch.setattr("cellweave.formats.arrays.CHUNK", 32 if large == 1000 else 512)
        monkeypatch.setattr("cellweave.formats.arrays.SHARD", 128 if large == 1000 else 2048)
        series = open_series(tmp_path / name, "stills")
        if large == 1000:
            monkeypatch.setattr(Series, "frame", None)
        paths = write(tmp_path / str(large), series, Truth())
        stored[large] = ngff.open_image(paths["image"])[:], read_table(paths["frames_table"])
    np.testing.assert_array_equal(stored[1000][0], stored[1 << 24][0])
    np.testing.assert_array_equal(stored[1000][0], pixels)
    tolerance = 1e-2 if dtype == np.float32 else 1e-12  # percentiles of floats, see `Histogram`
    pd.testing.assert_frame_equal(stored[1000][1], stored[1 << 24][1], rtol=tolerance)
    np.testing.assert_allclose(
        stored[1000][1][["centre", "spread"]], stored[1 << 24][1][["centre", "spread"]], rtol=1e-9
    )


def test_a_large_blank_or_broken_frame_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sequences, "LARGE_PX", 10)
    for value, message in ((0, "every pixel is 0"), (np.nan, "pixels are NaN or infinite")):
        plane = np.full((1, 40, 50), value, np.float32)
        series = Series(["a"], None, [(40, 50)], plane.dtype, part=lambda f, y, x, p=plane: p[:, y, x])
        with pytest.raises(InputError, match=message):
            write(tmp_path, series, Truth())
    assert [path.name for path in tmp_path.iterdir()] == ["truth_store"]  # written before, and complete
