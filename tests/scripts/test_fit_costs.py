"""Costs that are learned from one movie link another, from the files of one script to those of the next."""

import pandas as pd
import pytest
import yaml

import fit_costs
import link_cells
import prepare_ctc
import simulate_movie
import take_truth
from cellweave.core.errors import InputError
from cellweave.formats.tables import read_table, write_table
from cellweave.track.features import EVIDENCE

SIMULATION = {"frames": 20, "size": 160, "cells": 8, "division_interval_frames": 10}


@pytest.fixture(scope="module")
def movies(tmp_path_factory):
    """Two simulated movies, prepared: folders of stores and tables."""
    folders = {}
    for sequence in ("01", "02"):
        folders[sequence] = out = tmp_path_factory.mktemp(sequence)
        simulate_movie.main(folder=out / "raw", sequence=sequence, simulation=SIMULATION, seed=5)
        prepare_ctc.main(
            **{"folder": out / "raw", "dataset": "simulated", "sequence": sequence, "frames": None},
            **{"pixel_size_um": 0.65, "frame_interval_min": 10.0, "allow_blank": False},
            **{name: out / name for name in ("image", "truth", "frames_table", "tracks")},
        )
    return folders


def fitted(folder, out, evidence, share=None):
    fit_costs.main(
        **{"images": [folder / "image"], "truths": [folder / "truth"], "tracks": [folder / "tracks"]},
        **{"frames_tables": [folder / "frames_table"], "shares": [share], "evidence": evidence, "seed": 1},
        weights=out,
    )
    return out


@pytest.mark.parametrize("evidence", [["geometry", "image"], ["geometry"]])
def test_fitted_costs_link_another_movie(movies, tmp_path, evidence):
    weights = fitted(movies["01"], tmp_path / "weights.yaml", evidence)
    table = yaml.safe_load(weights.read_text())
    left_out = {name for kind, names in EVIDENCE.items() if kind not in evidence for name in names}
    assert not any(table["division"].get(name) for name in left_out)
    new = {name: tmp_path / name for name in ("labels", "objects", "cells", "nodes", "tracks")}
    source = {"image": movies["02"] / "image"}
    take_truth.main(
        **source, truth=movies["02"] / "truth", frames_table=movies["02"] / "frames_table", kind="silver",
        shares={}, seed=1, store=new["labels"], table=new["objects"],
    )  # fmt: skip
    looks = read_table(new["objects"])[["frame", "label"]].assign(mean_intensity_c0=100.0, std_intensity_c0=10.0)
    write_table(looks, new["cells"])
    link_cells.main(**source, **new, weights=weights, tracker={"kind": "weave", "evidence": evidence})
    truth, found = read_table(movies["02"] / "tracks"), read_table(new["tracks"])
    assert len(found[found["parent"] > 0]) >= 0.6 * len(truth[truth["parent"] > 0]) > 3  # looks are held back
    assert len(found) < 1.5 * len(truth)


def test_a_part_without_divisions_teaches_none(movies, tmp_path):
    share = [0.0, first_division(read_table(movies["01"] / "tracks")) / SIMULATION["frames"]]
    with pytest.raises(InputError, match="no division to learn from"):
        fitted(movies["01"], tmp_path / "weights.yaml", ["geometry"], share)
    assert not (tmp_path / "weights.yaml").exists()


def first_division(tracks: pd.DataFrame) -> int:
    return int(tracks.loc[tracks["parent"] > 0, "begin"].min())
