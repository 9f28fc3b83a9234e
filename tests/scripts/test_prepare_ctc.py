"""From the challenge's layout to stores and tables."""

import zipfile

import numpy as np
import pytest
import tifffile

import prepare_ctc
import simulate_movie
from cellweave.core.errors import InputError
from cellweave.formats import ctc, ngff
from cellweave.formats.tables import read_table


def prepare(folder, out, *, dataset="simulated", sequence="01", frames=None, **settings):
    paths = {name: out / name for name in ("image", "truth", "frames_table", "tracks")}
    defaults = {"pixel_size_um": 0.65, "frame_interval_min": 10.0, "allow_blank": False}
    prepare_ctc.main(folder=folder, dataset=dataset, sequence=sequence, frames=frames, **(defaults | settings), **paths)
    return paths


@pytest.fixture(scope="module")
def movie(tmp_path_factory):
    folder = tmp_path_factory.mktemp("movie") / "simulated"
    simulation = {"frames": 8, "size": 160, "cells": 8, "division_interval_frames": 10}
    simulate_movie.main(folder=folder, sequence="01", simulation=simulation, seed=3)
    return folder


def test_a_simulated_movie_arrives_unchanged(movie, tmp_path):
    paths = prepare(movie, tmp_path)
    image, markers = ngff.open_image(paths["image"]), ngff.open_labels(paths["truth"], "markers")
    assert image.shape == (8, 1, 160, 160)
    assert ngff.read_scale(paths["truth"]) == ngff.Scale(0.65, None, 10.0)
    assert ngff.label_names(paths["truth"]) == ["gold", "silver", "markers"]
    for frame in (0, 7):
        np.testing.assert_array_equal(image[frame, 0], tifffile.imread(movie / f"01/t{frame:03}.tif"))
        np.testing.assert_array_equal(markers[frame], tifffile.imread(movie / f"01_GT/TRA/man_track{frame:03}.tif"))
    frames = read_table(paths["frames_table"])
    assert frames["source"].tolist() == [f"t{frame:03}.tif" for frame in range(8)]
    assert frames["centre"].nunique() == 1
    assert read_table(paths["tracks"]).equals(ctc.read_tracks(movie / "01_GT/TRA/man_track.txt"))


def test_a_clipped_sequence_starts_at_frame_0(movie, tmp_path):
    paths = prepare(movie, tmp_path, frames=[0.5, 1.0])
    np.testing.assert_array_equal(ngff.open_image(paths["image"])[0, 0], tifffile.imread(movie / "01/t004.tif"))
    tracks, markers = read_table(paths["tracks"]), ngff.open_labels(paths["truth"], "markers")
    ctc.check_tracks(tracks, {frame: ctc.ids_of(markers[frame]) for frame in range(4)})
    assert tracks["end"].max() == 3


def copied(movie, tmp_path, change):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(movie, folder)
    change(folder)
    return folder


def test_masks_that_disagree_with_the_table_are_refused(movie, tmp_path):
    def change(folder):
        table = folder / "01_GT/TRA/man_track.txt"
        table.write_text(table.read_text() + "99 2 3 0\n")

    with pytest.raises(InputError, match=r"frame 2: the table lists id 99(.|\n)*01_GT/TRA/man_track.txt"):
        prepare(copied(movie, tmp_path, change), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((160, 160), np.uint16), r"every pixel is 0\n.*frame 5, t005.tif"),
        (np.ones((160, 159), np.uint16), r"shape \(1, 160, 159\) in a series of \(1, 160, 160\)"),
        (np.ones((160, 160), np.uint8), "type uint8 in a movie of uint16"),
    ],
)
def test_a_bad_frame_is_refused_and_nothing_is_left(movie, tmp_path, pixels, message):
    folder = copied(movie, tmp_path, lambda folder: tifffile.imwrite(folder / "01/t005.tif", pixels))
    with pytest.raises(InputError, match=message):
        prepare(folder, tmp_path / "out")
    assert not (tmp_path / "out/image").exists()


def test_a_blank_frame_may_be_allowed(movie, tmp_path, caplog):
    blank = np.zeros((160, 160), np.uint16)
    folder = copied(movie, tmp_path, lambda folder: tifffile.imwrite(folder / "01/t005.tif", blank))
    paths = prepare(folder, tmp_path / "out", allow_blank=True)
    assert read_table(paths["frames_table"])["maximum"][5] == 0
    assert "frame 5, t005.tif: every pixel is 0" in caplog.text


REAL = [
    # dataset, sequence, frames, gold frames, silver frames, tracks, divisions: as the mirror's README counts them
    ("DIC-C2DH-HeLa", "01", 84, 9, 84, 38, 8),
    ("PhC-C2DH-U373", "02", 115, 19, 115, 12, 0),
    ("Fluo-N2DH-SIM+", "01", 20, 20, 0, 0, 0),
    ("Fluo-N3DH-CHO", "01", 18, 4, 0, 11, 0),
]


@pytest.mark.parametrize("case", REAL, ids=lambda case: case[0])
def test_real_sequences_hold_what_is_known_of_them(mirror, tmp_path, case):
    dataset, sequence, count, gold, silver, known_tracks, known_divisions = case
    archive = mirror / "data.celltrackingchallenge.net/training-datasets" / f"{dataset}.zip"
    with zipfile.ZipFile(archive) as content:
        content.extractall(tmp_path / "raw")
    paths = prepare(tmp_path / "raw", tmp_path / "out", dataset=dataset, sequence=sequence)
    frames, tracks = read_table(paths["frames_table"]), read_table(paths["tracks"])
    assert (len(frames), frames["gold"].sum(), frames["silver"].sum(), len(tracks)) == (
        count,
        gold,
        silver,
        known_tracks,
    )
    children = tracks[tracks["parent"] > 0].groupby("parent").size()
    assert (children > 1).sum() == known_divisions
    image, labels = ngff.open_image(paths["image"]), ngff.open_labels(paths["truth"], "gold")
    assert image.shape[0] == labels.shape[0] == count
    assert all(labels[frame].any() == flag for frame, flag in enumerate(frames["gold"]))
    if dataset == "Fluo-N3DH-CHO":
        assert ngff.read_axes(paths["image"]) == "tczyx"
        assert frames["gold_z"][[4, 8, 0]].tolist() == [0, 1, -1]
        assert not labels[8][[0, 2, 3, 4]].any()
