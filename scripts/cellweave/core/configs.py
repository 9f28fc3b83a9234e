"""Training configurations: hydra's compose, as a plain dictionary."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cellweave.core.errors import InputError

ROOT_CONFIG = "train"


def compose(folder: str | Path, experiment: str, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Return the configuration of an experiment, with single keys changed.

    Parameters
    ----------
    folder : str or Path
        Holds ``train.yaml`` and the groups data, model, trainer and experiment.
    experiment : str
        Name of a file in the group `experiment`.
    overrides : sequence of str
        In hydra's grammar, for example ``["trainer.max_steps=100", "model=plain"]``.

    Raises
    ------
    InputError
        When the experiment, a key or an option does not exist, or an override is malformed.
    """
    folder = Path(folder).resolve()
    known = sorted(file.stem for file in (folder / "experiment").glob("*.yaml"))
    if experiment not in known:
        raise InputError(
            f"unknown experiment {experiment!r}", where=folder / "experiment", todo=f"use one of {', '.join(known)}"
        )
    config: dict[str, Any] = {}
    for count in range(len(overrides) + 1):  # one by one, so that an error names the override behind it
        culprit = f"override {overrides[count - 1]!r}" if count else f"experiment {experiment!r}"
        if count and overrides[count - 1][:1] in "+~":
            raise InputError(f"{culprit} adds or removes a key", where="overrides", todo=_keys(config))
        before, config = config, _composed(folder, [f"experiment={experiment}", *overrides[:count]], culprit, config)
        _check_kinds(before, config, culprit)
    return config


def _composed(folder: Path, overrides: list[str], culprit: str, before: dict[str, Any]) -> dict[str, Any]:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        with initialize_config_dir(str(folder), version_base="1.3"):
            return OmegaConf.to_container(hydra_compose(ROOT_CONFIG, overrides), resolve=True)
    except (HydraException, OmegaConfBaseException) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(f"{culprit}: {reason}", where=folder, todo=_keys(before)) from error


def _check_kinds(before: dict[str, Any], after: dict[str, Any], culprit: str) -> None:
    """Raise an InputError when an override puts a word where a number was, or the like."""
    for key, old in before.items():
        new = after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            _check_kinds(old, new, culprit)
        elif key in after and None not in (old, new) and not _alike(old, new):
            raise InputError(f"{culprit}: {new!r} is no {type(old).__name__}", where="overrides", todo=f"was {old!r}")


def _alike(old: object, new: object) -> bool:
    return type(old) is type(new) or {type(old), type(new)} == {int, float}


def _keys(config: dict[str, Any]) -> str:
    """Return the keys that can be overridden, for an error message."""
    keys = [f"{group}.{key}" for group, values in config.items() if isinstance(values, dict) for key in values]
    return f"override one of {', '.join(keys)}" if keys else "correct the files of this folder"
