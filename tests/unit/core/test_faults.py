"""Everything that writes, under every fault: a full disk, a forbidden folder, a clock that goes backwards."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from cellweave.core.code import code_hash
from cellweave.core.files import sha256_of, whole
from cellweave.core.logs import explain, log_to
from cellweave.formats import archives, coco, ctc, geff, ngff, scores, tables
from cellweave.learn import encoders, forest

NOISE = np.random.default_rng(0).integers(1, 60000, (4, 512, 512), dtype=np.uint16)  # 2 MB that no codec makes smaller
SMALL = NOISE[:2, :40, :40]
TRACKS = ctc.tracks_table([[1, 0, 1, 0]])


def table(path, pixels):
    tables.write_table(pd.DataFrame({"value": pixels.ravel()}), path)


def score_table(path, pixels):
    scores.write_scores(pd.DataFrame({"value": pixels.ravel()}), path)


def lineage(path, pixels):
    ctc.write_tracks(ctc.tracks_table([[1 + track, 0, 1, 0] for track in range(pixels.size)]), path)


def result_folder(path, pixels):
    with whole(path) as part:
        part.mkdir()
        for frame, mask in enumerate(pixels):
            ctc.write_mask(mask, part / f"mask{frame:03}.tif")
        ctc.write_tracks(TRACKS, part / "res_track.txt")


def annotations(path, pixels):
    square = {"segmentation": [[0, 0, 4, 0, 4, 4]], "area": 8.0, "bbox": [0, 0, 4, 4]}
    coco.write_coco([coco.CocoImage("a.tif", 9, 9, (square,) * (pixels.size // 100))], path)


def text(path, pixels):
    with whole(path) as part:
        part.write_text(json.dumps(pixels.tolist()))


def image(path, pixels):
    with ngff.write_image(path, shape=(len(pixels), 1, *pixels.shape[1:]), dtype=np.uint16) as store:
        store[:] = pixels[:, None]


def labels(path, pixels):
    with ngff.write_labels(path, shape=pixels.shape) as stores:
        stores["cells"][:] = pixels


def block(path, pixels):
    with ngff.write_array(path, shape=pixels.shape, dtype=np.uint16) as array:
        array[:] = pixels


def graph(path, pixels):
    values = pixels.ravel()
    nodes = pd.DataFrame({"frame": 0, "label": values, "track": 1, "y_px": np.sin(values), "x_px": np.cos(values)})
    geff.write_lineage(path, nodes, TRACKS, np.empty((0, 2), int))


def network(path, pixels):
    encoders.save_plain({"weights": torch.from_numpy(pixels.astype(np.float32))}, path)


def trees(path, pixels):
    values = pixels.ravel().astype(np.float32)
    forest.save_forest(forest.Forest(*[values] * len(fields(forest.Forest))), path)


def copied_file(path, pixels):
    with tempfile.NamedTemporaryFile() as source:
        source.write(pixels.tobytes())
        source.flush()
        archives.fetch(source.name, path)


WRITERS = [table, score_table, lineage, result_folder, annotations, text, image, labels, block, graph]
WRITERS += [network, trees, copied_file]
each_writer = pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)


@each_writer
def test_a_full_disk_is_explained_and_leaves_nothing(tiny_disk, write):
    with pytest.raises(OSError) as caught:
        write(tiny_disk / "out", NOISE)
    assert explain(caught.value).startswith(f"disk full: no space left while writing {tiny_disk}")
    assert list(tiny_disk.iterdir()) == []


@pytest.fixture
def forbidden() -> Iterator[Path]:
    """A folder that an ordinary user, which root becomes for this test, may read only."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    shutil.rmtree(folder)


@each_writer
def test_a_forbidden_folder_is_explained(forbidden, write):
    with pytest.raises(PermissionError) as caught:
        write(forbidden / "out", SMALL)
    assert explain(caught.value).startswith(f"permission denied: {forbidden}")
    assert list(forbidden.iterdir()) == []


@each_writer
def test_the_clock_and_old_files_have_no_effect_on_what_is_written(tmp_path, monkeypatch, write):
    write(tmp_path / "out", SMALL)
    before, now = sha256_of(tmp_path / "out"), time.time()
    monkeypatch.setattr(time, "time", lambda: now - 1e9)
    for path in (tmp_path / "out", *(tmp_path / "out").rglob("*")):
        os.utime(path, (1, 1))
    assert sha256_of(tmp_path / "out") == before
    write(tmp_path / "out", SMALL)
    assert sha256_of(tmp_path / "out") == before


def test_the_hash_of_the_code_does_not_depend_on_its_age(tmp_path):
    (tmp_path / "cellweave").mkdir()
    (tmp_path / "cellweave" / "__init__.py").touch()
    (tmp_path / "job.py").write_text("import cellweave\n")
    before = code_hash(tmp_path / "job.py")
    os.utime(tmp_path / "job.py", (1, 1))
    assert code_hash(tmp_path / "job.py") == before


@pytest.mark.parametrize("removed", ["part", "parent"])
def test_a_folder_that_is_removed_while_in_use_never_gets_its_final_name(tmp_path, removed):
    out = tmp_path / "results" / "out"
    with (
        pytest.raises(OSError) as caught,
        ngff.write_array(out, shape=SMALL.shape, dtype=np.uint16, chunks=(1, 40, 40)) as array,
    ):
        array[0] = SMALL[0]
        shutil.rmtree(array.path if removed == "part" else out.parent)
        array[1] = SMALL[1]  # makes its folder anew
    assert explain(caught.value).startswith(f"not there, or removed while in use: {out}")
    assert not out.exists()


def test_a_file_that_is_removed_while_in_use_never_gets_its_final_name(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(FileNotFoundError), whole(tmp_path / "out") as part:
        part.touch()
        part.unlink()
    assert [path.name for path in tmp_path.iterdir()] == ["out"], "what was there before stays"


def test_a_log_on_a_full_disk_hides_no_message(tiny_disk, capfd):
    with pytest.raises(SystemExit) as stop, log_to(tiny_disk / "job.log"):
        table(tiny_disk / "ballast", NOISE[:1])
        with (tiny_disk / "rest").open("wb") as rest:
            while True:
                rest.write(bytes(4096))
                rest.flush()
    assert stop.value.code == 1
    assert capfd.readouterr().err.startswith("ERROR: disk full: no space left")
