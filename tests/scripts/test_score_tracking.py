"""A result folder against truth, as the challenge would score it."""

import logging

import pandas as pd
import pytest

import score_tracking
from cellweave.core.errors import InputError
from cellweave.formats.ctc import numbered_files, read_mask, read_tracks
from cellweave.formats.ngff import write_labels
from cellweave.formats.scores import read_scores
from cellweave.formats.tables import read_table, write_table
from cellweave.score.definitions import METRICS

KEYS = {"dataset": "ctc", "sequence": "03", "model": "given", "tracker": "given"}


def score(folder, oracle, kinds=("markers",), gold=()) -> dict[str, float]:
    """Score the oracle's result against its markers, stored under each of `kinds`."""
    files = numbered_files(oracle / "03_GT" / "TRA", "man_track")
    masks = [read_mask(files[frame]) for frame in sorted(files)]
    shape = (len(masks), *masks[0].shape)
    with write_labels(folder / "truth.zarr", names=kinds, shape=shape, axes="tzyx"[4 - len(shape) :]) as stores:
        for store in stores.values():
            for frame, mask in enumerate(masks):
                store[frame] = mask
    frames = pd.DataFrame({"frame": range(len(masks)), "height": shape[-2], "width": shape[-1], "gold_z": -1})
    frames = frames.assign(gold=frames["frame"].isin(gold), silver=False, markers="markers" in kinds)
    write_table(frames, folder / "frames.parquet")
    write_table(read_tracks(oracle / "03_GT" / "TRA" / "man_track.txt"), folder / "tracks.parquet")
    write_table(pd.DataFrame({"frame": [], "label": [], "track": []}), folder / "nodes.parquet")
    score_tracking.main(
        folder=oracle / "03_RES",
        truth=folder / "truth.zarr",
        truth_tracks=folder / "tracks.parquet",
        frames_table=folder / "frames.parquet",
        nodes=folder / "nodes.parquet",
        border_px=0,
        keys=KEYS,
        seed=1,
        scores=folder / "scores.tsv",
        lost=folder / "attribution.parquet",
        links=folder / "links.parquet",
    )
    table = read_scores(folder / "scores.tsv")
    assert set(table["metric"]) <= set(METRICS), "every metric is explained"
    assert (table["tracker"] == "given").all()
    return dict(zip(table["metric"], table["value"], strict=True))


def test_official_scores_come_out_of_the_script(oracles, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        scores = score(tmp_path, oracles / "ctc-testing-dataset", ("gold", "markers"), gold=[1])
    assert f"{scores['DET']:.6f} {scores['TRA']:.6f} {scores['AOGM']:g}" == "0.688000 0.622980 105"
    assert {"SEG", "LNK", "CT", "TF", "BC3", "BIO", "OP_CSB", "OP_CTB", "OP_CLB", "CHOTA", "IDF1"} <= set(scores)
    assert "undefined here, given as nan: CCA" in caplog.text
    lost = read_table(tmp_path / "attribution.parquet").iloc[0]
    assert (lost["sequence"], lost["TRA"], lost["LNK"]) == ("03", scores["TRA"], scores["LNK"])
    verdicts = read_table(tmp_path / "links.parquet")["verdict"].value_counts()
    for name, term in {"missed": "EA", "false": "ED", "wrong_kind": "EC"}.items():
        assert verdicts.get(name, 0) == scores[f"AOGM_{term}"]


def test_without_markers_tracking_has_no_rows(oracles, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        scores = score(tmp_path, oracles / "ctc-testing-dataset", ("gold",), gold=[0, 2])
    assert set(scores) == {"SEG"}
    assert "no markers in every frame" in caplog.text


def test_missing_mask_is_refused(oracles, tmp_path):
    oracle = tmp_path / "oracle"
    oracle.mkdir()
    (oracle / "03_GT").symlink_to(oracles / "ctc-testing-dataset" / "03_GT")
    (oracle / "03_RES").mkdir()
    for file in (oracles / "ctc-testing-dataset" / "03_RES").iterdir():
        if file.name != "mask004.tif":
            (oracle / "03_RES" / file.name).symlink_to(file)
    with pytest.raises(InputError, match=r"frames missing: mask004\.tif"):
        score(tmp_path, oracle)
    assert not (tmp_path / "scores.tsv").exists()
