"""Results for other programs: one store with everything, a program for napari, a movie."""

import json
import runpy
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import zarr
from ome_zarr_models import open_ome_zarr
from PIL import Image
from yaozarrs import validate_zarr_store

import bundle_results
import plot_movie
import write_napari
from cellweave.core.errors import InputError
from cellweave.formats.ngff import Scale, open_labels, write_image, write_labels
from cellweave.formats.tables import write_table

SHAPE = (3, 64, 64)


@pytest.fixture
def run(tmp_path):
    """One cell that is label 1 in every frame and track 7."""
    labels = np.zeros(SHAPE, np.int32)
    labels[:, 20:40, 20:40] = 1
    with write_image(
        tmp_path / "image.ome.zarr", shape=(3, 1, 64, 64), dtype=np.uint8, scale=Scale(0.5, None, 10)
    ) as image:
        image[:] = (labels[:, None] * 100).astype(np.uint8)
    with write_labels(tmp_path / "labels.ome.zarr", shape=SHAPE, scale=Scale(0.5, None, 10)) as arrays:
        arrays["cells"][:] = labels
    cells = pd.DataFrame({"frame": [0, 1, 2], "label": 1, "y_px": 29.5, "x_px": 29.5})
    write_table(cells.assign(area_px=400.0), tmp_path / "cells.parquet")
    write_table(cells.assign(track=7, cell=7), tmp_path / "detections.parquet")
    write_table(cells.assign(track=7, confidence=0.9), tmp_path / "nodes.parquet")
    write_table(
        pd.DataFrame({"cell": [7], "founder": 7, "born": False, "divided": False, "censored": True}),
        tmp_path / "lives.parquet",
    )
    write_table(pd.DataFrame({"track": [7], "begin": 0, "end": 2, "parent": 0}), tmp_path / "tracks.parquet")
    return tmp_path


def test_a_bundle_is_one_valid_store(run):
    names = {"dataset": "d", "sequence": "01", "model": "m", "tracker": "t"}
    inputs = {name: run / f"{name}.parquet" for name in ("cells", "detections", "lives")}
    stores = {name: run / f"{name}.ome.zarr" for name in ("image", "labels")}
    bundle, table = run / "b.ome.zarr", run / "b.tsv"
    bundle_results.main(**stores, **inputs, names=names, bundle=bundle, table=table)

    validate_zarr_store(bundle)
    open_ome_zarr(str(bundle))
    open_ome_zarr(str(bundle / "labels" / "tracks"))
    root = zarr.open_group(bundle, mode="r")
    assert list(root["labels"].attrs["ome"]["labels"]) == ["cells", "tracks"]
    assert root["labels/cells"].attrs["ome"]["image-label"]["source"] == {"image": "../../"}
    np.testing.assert_array_equal(
        open_labels(bundle / "labels", name="tracks")[:], 7 * open_labels(run / "labels.ome.zarr")[:]
    )
    assert root["tables/cells/obs/cell"][:].tolist() == [7, 7, 7]
    row = pd.read_csv(table, sep="\t").iloc[2]
    assert (row.label_id, row.timepoint, row.anchor_x, row.track) == (1, 2, 14.75, 7)


def test_napari_gets_every_layer(run, monkeypatch):
    """The written program, with a viewer that notes what it is given (napari itself needs a screen)."""
    found = {name: str(run / f"{name}.parquet") for name in ("nodes", "tracks")}
    found |= {name: str(run / f"{name}.ome.zarr") for name in ("image", "labels")}
    home = run / "with space"
    home.mkdir()
    write_napari.main(found=[{"name": "d/01/m/t", **found}], program=home / "open.py", runs=home / "runs.json")
    assert json.loads((home / "runs.json").read_text())[0]["image"] == "../image.ome.zarr"

    layers = {}

    class Viewer:
        def __init__(self, title):
            self.title = title

        def __getattr__(self, name):
            return lambda data, **options: layers.update({name: (data, options)})

    monkeypatch.setitem(sys.modules, "napari", SimpleNamespace(Viewer=Viewer, run=lambda: None))
    monkeypatch.setattr(sys, "argv", ["open.py"])
    runpy.run_path(str(home / "open.py"), run_name="__main__")
    assert layers["add_image"][0][0].shape == (3, 1, 64, 64)
    assert layers["add_labels"][1]["scale"] == [1, 0.5, 0.5]
    assert layers["add_tracks"][0].tolist() == [[7, frame, 29.5, 29.5] for frame in range(3)]

    monkeypatch.setattr(sys, "argv", ["open.py", "--list"])
    with pytest.raises(SystemExit, match="d/01/m/t"):
        runpy.run_path(str(home / "open.py"), run_name="__main__")


def movie(run, name):
    plot_movie.main(
        image=run / "image.ome.zarr", labels=run / "labels.ome.zarr", nodes=run / "nodes.parquet",
        tracks=run / "tracks.parquet", figure=run / name,
    )  # fmt: skip
    return run / name


@pytest.mark.parametrize("name", ["movie.gif", "movie.webp"])
def test_a_movie_has_every_frame(run, name):
    assert Image.open(movie(run, name)).n_frames == 3


def test_mp4(run):
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="make extra NAME=movies")
    assert ffmpeg.count_frames_and_secs(movie(run, "movie.mp4"))[0] == 3


def test_mp4_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(InputError, match="make extra NAME=movies"):
        movie(run, "movie.mp4")
    assert not (run / "movie.mp4").exists()
