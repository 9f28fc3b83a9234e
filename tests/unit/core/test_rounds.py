"""Rounds of corrections as models: who learns from what, and goes on from whom."""

from pathlib import Path

import pytest
import yaml

from cellweave.core.errors import InputError
from cellweave.core.plan import Plan, Source
from cellweave.core.registry import read_registry
from cellweave.core.rounds import with_rounds
from cellweave.core.schema import checked

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = yaml.safe_load((ROOT / "config/schema/config.schema.yaml").read_text())
REGISTRY = read_registry(ROOT / "config/datasets.tsv")


def plan(folder, **model):
    run = {"DSB2018": {"train": [], "test": ["stage1_train"], "models": ["unet", "plain"]}}
    models = {"unet": {"kind": "network", **model}, "plain": {"kind": "classical"}}
    config = {"run": run, "models": models, "trackers": {}, "corrections": str(folder)}
    return Plan(checked(with_rounds(checked(config, SCHEMA)), SCHEMA), REGISTRY)


def test_each_round_goes_on_from_the_one_before(tmp_path):
    for number in (1, 2):
        (tmp_path / f"round-{number}" / "DSB2018" / "stage1_train").mkdir(parents=True)
    found = plan(tmp_path, checkpoint="mine.ckpt")
    assert [run.model for run in found.runs()] == ["unet", "plain", "unet-r1", "unet-r2"]
    assert found.sources("unet-r2@DSB2018") == [Source("DSB2018", "stage1_train", None, 1, "gold", 2)]
    assert found.start("unet-r1@DSB2018") == "mine.ckpt"
    assert found.start("unet-r2@DSB2018") == "results/train/unet-r1@DSB2018/model.ckpt"


def test_what_was_known_before_is_learned_from_again(tmp_path):
    (tmp_path / "round-1" / "DSB2018" / "stage1_train").mkdir(parents=True)
    source = {"dataset": "LIVECell", "sequences": ["val"], "frames": [0, 3]}
    found = plan(tmp_path, train_on=[source])
    assert found.sources("unet-r1") == [
        Source("LIVECell", "val", (0, 3), 1, "auto"),
        Source("DSB2018", "stage1_train", None, 1, "gold", 1),
    ]


def test_rounds_without_a_number_in_between_are_refused(tmp_path):
    (tmp_path / "round-2").mkdir()
    with pytest.raises(InputError, match=r"numbered from 1 without a gap, not round-2"):
        plan(tmp_path, checkpoint="mine.ckpt")
    with pytest.raises(InputError, match=r"no folder .*absent"):
        plan(tmp_path / "absent", checkpoint="mine.ckpt")
