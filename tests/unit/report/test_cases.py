"""Worst cases and doubt: the right frame, the right colours, a sentence where there is nothing."""

import numpy as np
import pandas as pd
import pytest

import collect_quality
from cellweave.formats.tables import read_table, write_table
from cellweave.report.cases import BOTH, MODEL, SURE, TRUTH, UNSURE, Compared, doubtful, worst_cases

IMAGE = np.random.default_rng(0).integers(0, 255, (2, 1, 64, 64)).astype(np.uint8)
CELL = np.zeros((2, 64, 64), np.int32)
CELL[:, 20:40, 20:40] = 1
NONE = np.zeros_like(CELL)


def has(picture, colour):
    return bool((np.asarray(picture.convert("RGB")) == colour).all(axis=-1).any())


@pytest.mark.parametrize(
    ("labels", "truth", "colour", "absent"),
    [(CELL, NONE, MODEL, TRUTH), (NONE, CELL, TRUTH, MODEL), (CELL, CELL, BOTH, MODEL)],
    ids=["invented", "missed", "right"],
)
def test_outlines_say_who_is_wrong(labels, truth, colour, absent):
    picture = worst_cases(
        Compared(IMAGE, labels, truth, labels[:, ::2, ::2], truth[:, ::2, ::2]),
        pd.DataFrame({"frame": [0], "F1": [0.0]}),
    )
    assert has(picture, colour) and not has(picture, absent)


def test_an_empty_image_is_no_failure():
    stores = Compared(IMAGE, NONE, NONE, NONE, NONE)
    assert worst_cases(stores, pd.DataFrame({"frame": [0], "F1": [np.nan]})).height == 64, "a sentence"


@pytest.mark.parametrize(("score", "colour"), [(0.5, UNSURE), (1.0, SURE)])
def test_doubt_is_red(score, colour):
    objects = pd.DataFrame({"frame": [0, 1], "label": 1, "score": [1.0, score]})
    assert has(doubtful(IMAGE, CELL, CELL, objects), colour)


def test_tables_are_named_by_their_folders_and_worst_first(tmp_path):
    files = {}
    for model, worst in (("a", 0.5), ("b", 0.1)):
        folder = tmp_path / model / "d" / "01"
        folder.mkdir(parents=True)
        write_table(pd.DataFrame({"frame": range(30), "F1": np.linspace(worst, 1, 30)}), folder / "images.parquet")
        write_table(pd.DataFrame({"kind": ["split"], "confidence": [worst]}), folder / "suspicions.parquet")
        files.setdefault("images", []).append(folder / "images.parquet")
        files.setdefault("suspicions", []).append(folder / "suspicions.parquet")
    flags = pd.DataFrame({"frame": [0, 1], "jump": [False, True], "flash": False, "bleached": False})
    write_table(flags, tmp_path / "a" / "d" / "01" / "stability.parquet")
    tables = {name: tmp_path / f"{name}.tsv" for name in ("images", "suspicions", "truth", "stability")}
    collect_quality.main(**files, truth=[], stability=[tmp_path / "a/d/01/stability.parquet"], tables=tables)
    images = pd.read_csv(tables["images"], sep="\t", dtype={"sequence": str})
    assert images.iloc[0][["model", "dataset", "sequence", "F1"]].tolist() == ["b", "d", "01", 0.1]
    assert len(images) == 40 and images["F1"].is_monotonic_increasing
    assert pd.read_csv(tables["stability"], sep="\t")["frame"].tolist() == [1]
    assert len(read_table(files["images"][0])) == 30
