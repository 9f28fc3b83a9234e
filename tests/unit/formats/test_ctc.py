"""The challenge's files: tables, what makes them valid, and what is missing from folders."""

import logging

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from cellweave.core.errors import InputError
from cellweave.formats import ctc

TABLE = ctc.tracks_table([[1, 0, 2, 0], [2, 3, 5, 1], [3, 3, 4, 1]])
IDS = {0: [1], 1: [1], 2: [1], 3: [2, 3], 4: [2, 3], 5: [2]}


def sequence_folder(tmp_path, *, frames=3, gap=(), tracks="1 0 2 0\n", volume=False):
    """A small sequence with markers."""
    shape = (4, 8, 8) if volume else (8, 8)
    mask = np.zeros(shape, np.uint16)
    mask[..., 2:5, 2:5] = 1
    for folder, stem, pixels in (("01", "t", mask + np.uint16(7)), ("01_GT/TRA", "man_track", mask)):
        for frame in set(range(frames)) - (set(gap) if stem == "t" else set()):
            ctc.write_image(pixels, tmp_path / "data" / folder / f"{stem}{frame:03}.tif")
    if tracks is not None:
        (tmp_path / "data/01_GT/TRA/man_track.txt").write_text(tracks)
    return tmp_path


rows = st.lists(st.tuples(*[st.integers(0, 2**31 - 1)] * 3), unique_by=lambda row: row[0], max_size=8)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_tables_survive_a_round_trip(tmp_path_factory, rows):
    table = ctc.tracks_table([(track, begin, end, 0) for track, begin, end in rows])
    path = tmp_path_factory.mktemp("tracks") / "res_track.txt"
    ctc.write_tracks(table, path)
    assert ctc.read_tracks(path).equals(table)


@pytest.mark.parametrize("line", ["1 0 2", "1 0 two 0", "1 0 2 0 9", "1.0 0 2 0", "1 0 2147483648 0", "1 0 ٣ 0"])
def test_a_line_that_is_no_track_is_named(tmp_path, line):
    path = tmp_path / "man_track.txt"
    path.write_text(f"2 0 1 0\n\n{line}\n")
    with pytest.raises(InputError, match=rf"line 3 is '{line}'.*\n.*man_track"):
        ctc.read_tracks(path)


def test_a_table_that_claims_two_thousand_million_frames_is_refused_at_once():
    table = ctc.tracks_table([[1, 0, 2**31 - 1, 0]])
    with pytest.raises(InputError, match="frame 6: the table lists id 1, the mask does not hold it"):
        ctc.check_tracks(table, {frame: [1] for frame in range(6)})


def test_clipping_counts_from_the_first_frame_and_drops_lost_parents():
    late = ctc.clip_tracks(TABLE, range(3, 5))
    assert late.to_numpy().tolist() == [[2, 0, 1, 0], [3, 0, 1, 0]]
    middle = ctc.clip_tracks(TABLE, range(2, 4))
    assert middle.to_numpy().tolist() == [[1, 0, 0, 0], [2, 1, 1, 1], [3, 1, 1, 1]]
    assert ctc.clip_tracks(TABLE, range(6)).equals(TABLE)


def test_every_other_frame_bridges_parents_that_are_never_seen():
    table = ctc.tracks_table([[1, 0, 2, 0], [2, 3, 3, 1], [3, 4, 7, 2], [4, 4, 8, 2], [5, 5, 5, 0]])
    found = ctc.clip_tracks(table, range(0, 9, 2))
    assert found.to_numpy().tolist() == [[1, 0, 1, 0], [3, 2, 3, 1], [4, 2, 4, 1]]


@given(st.integers(0, 5), st.integers(1, 6))
def test_a_clipped_valid_lineage_is_valid(start, length):
    frames = range(start, min(6, start + length))
    ctc.check_tracks(ctc.clip_tracks(TABLE, frames), {f - start: IDS[f] for f in frames})


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([[1, 0, 1, 0], [1, 2, 3, 0]], "track 1 is listed twice"),
        ([[0, 0, 1, 0]], "track 0 is not a positive number"),
        ([[4, 3, 1, 0]], "track 4 begins in frame 3 and ends in frame 1"),
        ([[4, 0, 1, 9]], "track 4 has the parent 9, which is not listed"),
        ([[1, 0, 3, 0], [2, 3, 4, 1]], "track 2 begins in frame 3, but its parent 1 ends in 3"),
        ([[1, 0, 3, 1]], "track 1 begins in frame 0, but its parent 1 ends in 3"),
    ],
)
def test_invalid_tables_are_refused(rows, problem):
    with pytest.raises(InputError, match=problem):
        ctc.check_tracks(ctc.tracks_table(rows), where="man_track.txt")


def test_masks_that_disagree_with_the_table_are_named():
    ctc.check_tracks(TABLE, IDS)
    with pytest.raises(InputError, match="frame 4: the mask holds id 7, 8, the table does not list it there"):
        ctc.check_tracks(TABLE, IDS | {4: [2, 3, 7, 8]})
    with pytest.raises(InputError, match="frame 1: the table lists id 1, the mask does not hold it"):
        ctc.check_tracks(TABLE, IDS | {1: []})
    with pytest.raises(InputError, match="frame 5: the table lists id 2"):
        ctc.check_tracks(TABLE, {frame: IDS[frame] for frame in range(5)})


def test_unusual_lineages_are_warned_of(caplog):
    table = ctc.tracks_table([[1, 0, 1, 0], [2, 2, 3, 1], [3, 4, 5, 1], [4, 2, 3, 1]])
    ctc.check_tracks(table)
    assert "track 1 has 3 children" in caplog.text
    assert "track 1 divides in frame 1, a child begins in 4" in caplog.text


def test_a_result_is_checked_like_the_truth(tmp_path, caplog):
    ctc.write_tracks(ctc.tracks_table([[1, 0, 1, 0]]), tmp_path / "res_track.txt")
    mask = np.zeros((5, 5), np.int32)
    ctc.write_mask(mask, tmp_path / "mask002.tif")
    with pytest.raises(InputError, match=r"2 of 3 frames missing: mask000.tif, mask001.tif"):
        ctc.check_result(tmp_path, 3)
    mask[1, 1] = 1
    ctc.write_mask(mask, tmp_path / "mask000.tif")
    ctc.write_mask(mask, tmp_path / "mask001.tif")
    with caplog.at_level(logging.WARNING):
        ctc.check_result(tmp_path, 3)
    assert "no cells in frames [2]" in caplog.text
    ctc.write_mask(mask, tmp_path / "mask002.tif")
    with pytest.raises(InputError, match="frame 2: the mask holds id 1"):
        ctc.check_result(tmp_path, 3)


def test_an_id_that_does_not_fit_16_bits_is_refused(tmp_path):
    with pytest.raises(InputError, match="id 65536 does not fit"):
        ctc.write_mask(np.array([[65536]]), tmp_path / "mask000.tif")


def test_a_missing_frame_is_named(tmp_path):
    folder = sequence_folder(tmp_path, gap=[1])
    with pytest.raises(InputError, match=r"1 of 3 frames missing: t001.tif"):
        ctc.open_sequence(folder, "data", "01")


def test_what_else_a_sequence_may_lack(tmp_path):
    with pytest.raises(InputError, match="no sequence '02' of 'data'"):
        ctc.open_sequence(sequence_folder(tmp_path), "data", "02")
    (tmp_path / "data/01_GT/TRA/man_track.txt").unlink()
    with pytest.raises(InputError, match=r"markers without their man_track.txt"):
        ctc.open_sequence(tmp_path, "data", "01")
    ctc.write_image(np.zeros((8, 8), np.uint16), tmp_path / "data/01_GT/SEG/man_seg009.tif")
    (tmp_path / "data/01_GT/TRA/man_track.txt").write_text("1 0 2 0")
    with pytest.raises(InputError, match=r"masks of frames \[9\], but the images end at 2"):
        ctc.open_sequence(tmp_path, "data", "01")


def test_a_gold_slice_becomes_a_plane_of_a_volume(tmp_path):
    folder = sequence_folder(tmp_path, volume=True)
    plane = np.arange(64, dtype=np.uint16).reshape(8, 8)
    ctc.write_image(plane, folder / "data/01_GT/SEG/man_seg_001_002.tif")
    sequence = ctc.open_sequence(folder / "data", "data", "01")
    truth = ctc.truth_of(sequence, range(1, 3), slices=4)
    volume = truth.gold[0]()
    assert truth.gold_z == {0: 2}
    assert volume.shape == (4, 8, 8)
    np.testing.assert_array_equal(volume[2], plane)
    assert not volume[[0, 1, 3]].any()
    with pytest.raises(InputError, match="a mask of slice 2 for images of 2 slices"):
        ctc.truth_of(sequence, range(3), slices=2).gold[1]()


def test_masks_are_whole_numbers(tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", np.ones((4, 4), np.float32))
    with pytest.raises(InputError, match="a mask of float32"):
        ctc.read_mask(tmp_path / "m.tif")
    (tmp_path / "cut.tif").write_bytes((tmp_path / "m.tif").read_bytes()[:50])
    with pytest.raises(InputError, match="not a readable TIFF"):
        ctc.read_mask(tmp_path / "cut.tif")


def test_an_official_truth_passes_the_check(oracles):
    folder = oracles / "hela01-traccuracy-sample" / "01_GT" / "TRA"
    masks = ctc.numbered_files(folder, "man_track")
    ids = {frame: ctc.ids_of(ctc.read_mask(masks[frame])) for frame in range(12)}
    table = ctc.read_tracks(folder / "man_track.txt")
    ctc.check_tracks(table)
    ctc.check_tracks(ctc.clip_tracks(table, range(12)), ids)
