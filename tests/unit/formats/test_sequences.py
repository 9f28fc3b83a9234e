"""A prepared sequence: what is stored, flagged and refused."""

import numpy as np
import pytest

from cellweave.core.errors import InputError
from cellweave.formats import ngff
from cellweave.formats.ctc import tracks_table
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
