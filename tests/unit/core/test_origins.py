"""Frames that something was fitted to are not scored unnoticed, and licences travel with what was fitted to them."""

import copy
import json
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from cellweave.core.errors import InputError
from cellweave.core.origins import check_contamination, contaminations, licences_of, models_record, origins
from cellweave.core.plan import Plan
from cellweave.core.registry import read_registry
from cellweave.core.schema import checked

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = yaml.safe_load((ROOT / "config/schema/config.schema.yaml").read_text())
REGISTRY = read_registry(ROOT / "config/datasets.tsv")
HELA = "DIC-C2DH-HeLa"
CONFIG = {
    "run": {HELA: {"train": ["01-early"], "test": ["02"], "models": ["unet"], "trackers": ["weave"]}},
    "views": {"early": [0.0, 0.6], "middle": [0.5, 0.8], "late": [0.6, 1.0]},
    "models": {
        "general": {"kind": "network", "train_on": [{"dataset": "LIVECell", "sequences": ["val"]}]},
        "unet": {"kind": "network", "pretrained": "general"},
        "given": {"kind": "network", "checkpoint": "given/model.ckpt"},
    },
    "trackers": {"weave": {"kind": "weave"}},
}


def plan(run: dict | None = None, dataset: str = HELA, **changes) -> Plan:
    config = {**copy.deepcopy(CONFIG), **changes}
    config["run"][dataset] = {**CONFIG["run"][HELA], **(run or {})}
    return Plan(checked(config, SCHEMA), REGISTRY)


@pytest.mark.parametrize("test", ["02", "01-late", "02-early"])
def test_other_sequences_and_other_frames_are_clean(test):
    assert check_contamination(plan({"test": [test]})) == []


@pytest.mark.parametrize("test", ["01", "01-early", "01-middle"])
def test_training_frames_and_views_that_overlap_them_fail(test):
    with pytest.raises(
        InputError, match=rf"{HELA}/{test} is scored, and unet@{HELA} was fitted to {HELA}/01, 0% to 60%"
    ):
        check_contamination(plan({"test": [test]}))


def test_frames_of_a_view_are_shares_of_it_and_frame_numbers_may_be_anywhere():
    def seen(frames: list) -> list:
        source = {"dataset": HELA, "sequences": ["01-late"], "frames": frames}
        some = plan({"test": ["01-middle"]}, models={"unet": {"kind": "network", "train_on": [source]}})
        return [found["seen"] for found in contaminations(some)]

    assert seen([0.0, 0.5]) == [f"{HELA}/01, 60% to 80% of its frames"]
    assert seen([0.5, 1.0]) == []
    assert seen([4, 9]) == [f"{HELA}/01, 60% to 100% of its frames"]


def test_what_an_ancestor_has_seen_counts():
    with pytest.raises(InputError, match=r"LIVECell/val is scored, and general was fitted to LIVECell/val"):
        check_contamination(plan({"train": ["train"], "test": ["val"], "trackers": []}, dataset="LIVECell"))


def test_another_name_for_the_same_file_does_not_hide_it():
    row = REGISTRY[HELA, "01"]
    renamed = {**REGISTRY, ("mine", "01"): type(row)(**{**vars(row), "dataset": "mine"})}
    config = copy.deepcopy(CONFIG)
    config["models"]["unet"] = {"kind": "network", "train_on": [{"dataset": HELA, "sequences": ["01"]}]}
    config["run"] = {"mine": {"test": ["01"], "models": ["unet"]}}
    assert contaminations(Plan(checked(config, SCHEMA), renamed))[0]["seen"] == f"{HELA}/01"


def test_costs_that_a_tracker_was_fitted_to_count():
    fitted = {"weave": {"kind": "weave", "fit_on": [{"dataset": HELA, "sequences": ["02"], "frames": [0.0, 0.5]}]}}
    with pytest.raises(InputError, match=f"tracker weave was fitted to {HELA}/02, 0% to 50%"):
        check_contamination(plan(trackers=fitted))


def test_a_mark_takes_the_place_of_the_failure_when_it_is_asked_for():
    assert check_contamination(plan({"test": ["01"]}, allow_contaminated=True)) == [
        f"contaminated: {HELA}/01 is scored, and unet@{HELA} was fitted to {HELA}/01, 0% to 60% of its frames"
    ]


def test_a_given_checkpoint_brings_its_record(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    some = plan({"models": ["given"]})
    assert "given/model.ckpt has no record of what it was trained on" in check_contamination(some)[0]
    (tmp_path / "given").mkdir()
    record = tmp_path / "given" / "manifest.json"
    seen = origins(plan({"train": ["02"]}), f"unet@{HELA}")
    record.write_text(json.dumps({"trained_on": [asdict(origin) for origin in seen]}))
    with pytest.raises(InputError, match=f"unet@{HELA} was fitted to {HELA}/02"):
        check_contamination(some)
    assert models_record(some)["given"]["commercial_use"] == "no"
    record.write_text('{"trained_on": [{"part": 3}]}')
    with pytest.raises(InputError, match=r"damaged record(.|\n)*manifest\.json"):
        check_contamination(some)


@pytest.mark.parametrize(
    ("licences", "use"),
    [
        (["CC0-1.0", "BSD-3-Clause"], "yes"),
        (["CC0-1.0", "CC BY-NC 4.0"], "no"),
        (["Cell Tracking Challenge terms: cite, challenge-related use, no re-hosting"], "no"),
        (["CC0-1.0", ""], "unknown"),
        ([], "unknown"),
    ],
)
def test_weights_carry_the_licences_that_they_were_trained_under(licences, use):
    found = licences_of([{"licence": licence} for licence in licences])
    assert found == {"licences": sorted(licences), "commercial_use": use}


def test_licences_of_ancestors_and_of_imagenet_travel():
    models = {**CONFIG["models"], "general": {**CONFIG["models"]["general"], "pretrained": "imagenet"}}
    record = models_record(plan(models=models))[f"unet@{HELA}"]
    assert [licence[:12] for licence in record["licences"]] == ["BSD-3-Clause", "CC BY-NC 4.0", "Cell Trackin"]
