from pathlib import Path

import pytest

from cellweave.core.configs import compose
from cellweave.core.errors import InputError

HYDRA = Path(__file__).resolve().parents[3] / "config" / "hydra"
EXPERIMENTS = sorted(file.stem for file in (HYDRA / "experiment").glob("*.yaml"))


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_composes_to_plain_values(experiment: str) -> None:
    config = compose(HYDRA, experiment)
    assert {"data", "model", "seed"} <= set(config)
    leaves = [value for group in config.values() if isinstance(group, dict) for value in group.values()]
    assert all(value is None or type(value) in (bool, int, float, str, list, dict) for value in leaves)
    assert not any(isinstance(value, str) and "/" in value for value in leaves), "paths are the workflow's business"


def test_overrides_change_keys_and_groups() -> None:
    config = compose(HYDRA, "default", ["trainer.max_steps=7", "model=plain"])
    assert config["trainer"]["max_steps"] == 7
    assert config["model"]["encoder"] == "plain"
    assert compose(HYDRA, "default")["trainer"]["max_steps"] != 7


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("trainer.max_step=3", r"override 'trainer.max_step=3'[\s\S]*trainer.max_steps"),
        ("model=resnet", "override 'model=resnet'.*model/resnet"),
        ("trainer.max_steps", "override 'trainer.max_steps'.*parsing"),
        ("+trainer.extra=1", "adds or removes a key"),
        ("trainer.max_steps=many", "'many' is no int"),
    ],
)
def test_a_wrong_override_is_named(override: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compose(HYDRA, "default", ["seed=3", override])


def test_an_unknown_experiment_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"unknown experiment 'defualt'[\s\S]*default, demo"):
        compose(HYDRA, "defualt")


def test_nothing_global_remains() -> None:
    from hydra.core.global_hydra import GlobalHydra

    compose(HYDRA, "default")
    assert not GlobalHydra.instance().is_initialized()
