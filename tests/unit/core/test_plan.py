"""From configuration to runs: defaults, splits, views, copies per dataset, and what is refused."""

import copy
from pathlib import Path

import pytest
import yaml

from cellweave.core.errors import InputError
from cellweave.core.plan import Plan, Source
from cellweave.core.registry import read_registry
from cellweave.core.schema import checked

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = yaml.safe_load((ROOT / "config/schema/config.schema.yaml").read_text())
REGISTRY = read_registry(ROOT / "config/datasets.tsv")
CONFIG = {
    "run": {
        "DIC-C2DH-HeLa": {
            "train": {"official": ["01"], "reduced": ["01-early"]},
            "test": {"official": ["02"], "reduced": ["01-late"]},
            "models": ["unet", "classical"],
            "trackers": ["weave"],
        },
        "LIVECell": {"test": ["test"], "models": ["general"], "trackers": ["weave"]},
    },
    "views": {"early": [0.0, 0.7], "late": [0.7, 1.0]},
    "zoom": {"LIVECell": 2},
    "models": {
        "unet": {"kind": "network", "pretrained": "general"},
        "general": {
            "kind": "network",
            "pretrained": "imagenet",
            "train_on": [{"dataset": "LIVECell", "sequences": ["val"], "frames": [0, 3]}],
        },
        "classical": {"kind": "classical"},
    },
    "trackers": {"weave": {"kind": "weave"}},
}


def plan(**changes) -> Plan:
    config = copy.deepcopy(CONFIG)
    for path, value in changes.items():
        *parents, key = path.split("__")
        target = config
        for parent in parents:
            target = target[parent.replace("DIC", "DIC-C2DH-HeLa")]
        target[key] = value
    return Plan(checked(config, SCHEMA), REGISTRY)


def test_runs_follow_the_split_and_stills_are_never_tracked():
    assert [(run.dataset, run.sequence, run.model, run.tracker) for run in plan(split="reduced").runs()] == [
        ("DIC-C2DH-HeLa", "01-late", "unet", "weave"),
        ("DIC-C2DH-HeLa", "01-late", "classical", "weave"),
        ("LIVECell", "test", "general", None),
    ]


def test_a_view_is_a_part_of_its_sequence():
    some = plan(split="reduced")
    assert some.frames("DIC-C2DH-HeLa", "01-late") == [0.7, 1.0]
    assert some.row("DIC-C2DH-HeLa", "01-late").sequence == "01"
    assert some.frames("DIC-C2DH-HeLa", "01") is None


def test_one_copy_per_dataset_or_one_model_for_all():
    some = plan()
    assert some.trained("unet", "DIC-C2DH-HeLa") == "unet@DIC-C2DH-HeLa"
    assert some.trained("general", "LIVECell") == "general"
    assert some.pretrained("unet@DIC-C2DH-HeLa") == "general"
    assert some.pretrained("general") is None
    assert some.sources("general") == [Source("LIVECell", "val", (0, 3), 2, "auto")]


def test_both_kinds_of_truth_are_two_sources_and_semantic_models_have_runs_of_their_own():
    both = plan(models__unet__truth="both").sources("unet@DIC-C2DH-HeLa")
    assert [source.truth for source in both] == ["gold", "silver"]
    some = plan(models__unet__task="semantic", models__unet__classes=["cell", "debris"])
    assert "unet" not in {run.model for run in some.runs()}
    assert {run.model for run in some.semantic_runs()} == {"unet"} and some.semantic_runs()[0].tracker is None
    assert some.representation("unet") == ["model.representation=semantic", "model.classes=2"]
    assert plan().semantic_runs() == [] and plan().representation("unet") == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runn": {}}, "unknown key 'runn'"),
        (
            {"models__unet__pretraned": "x"},
            "unknown key 'pretraned'\n  where: config, key models.unet\n  to do: did you",
        ),
        ({"device": "tpu"}, "'tpu' is not one of"),
        ({"run__DIC__models": ["unett"]}, "unknown model 'unett'"),
        ({"run__DIC__trackers": ["weaver"]}, "unknown tracker 'weaver'"),
        ({"run__DIC__test": ["03"]}, "unknown sequence '03' of DIC-C2DH-HeLa"),
        ({"run__DICC": {"test": ["01"], "models": ["classical"]}}, "unknown dataset 'DIC"),
        ({"models__unet__pretrained": "generall"}, "unknown model 'generall' to fine-tune from"),
        ({"models__general__pretrained": "general"}, "fine-tune from each other in a circle"),
        ({"split": "other"}, "no split 'other'"),
        ({"views": {1: [0.0, 0.5]}}, "key 1 is no text\n  where: config, views\n  to do: put it in quotes"),
        ({"views__../late": [0.0, 0.5]}, "views '../late' cannot be a folder's name"),
        ({"models__unet\n": {"kind": "network"}}, "cannot be a folder's name"),
        ({"models__general__train_on": "dataset"}, "names no sequences to train on"),
        ({"tile": 100}, "100 is not a multiple of 64"),
    ],
)
def test_mistakes_are_named_with_a_hint(changes, message):
    with pytest.raises(InputError) as error:
        plan(**changes)
    assert message in str(error.value)


@pytest.mark.parametrize("file", sorted((ROOT / "config").glob("benchmark/*.yaml")), ids=lambda file: file.name)
@pytest.mark.parametrize("split", ["official", "reduced"])
def test_every_shipped_benchmark_is_valid(file, split):
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    for key, value in yaml.safe_load(file.read_text()).items():
        config[key] = {**config[key], **value} if isinstance(value, dict) and key in config else value
    assert Plan(checked({**config, "split": split}, SCHEMA), REGISTRY).runs()


def test_a_source_without_frames_is_all_of_it():
    some = plan(models__general__train_on=[{"dataset": "LIVECell", "sequences": ["val"]}])
    assert some.sources("general") == [Source("LIVECell", "val", None, 2, "auto")]
