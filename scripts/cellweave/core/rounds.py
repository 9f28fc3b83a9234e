"""Rounds of corrections: each makes, of every network, one that goes on from the one before with what was corrected."""

import re
from pathlib import Path
from typing import Any

from cellweave.core.errors import InputError
from cellweave.core.plan import Plan

ROUND = re.compile(r"round-([1-9]\d*)")


def with_rounds(config: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration with a model of each round for every network that is run.

    A model `unet` and two rounds of corrections give `unet-r1`, fine-tuned from `unet` on what was corrected in round
    1, and `unet-r2`, fine-tuned from `unet-r1` on the corrections of both; all three are run.

    Parameters
    ----------
    config : dict
        Checked configuration; ``corrections`` is a folder with ``round-<k>/<dataset>/<sequence>`` or is null.

    Raises
    ------
    InputError
        No such folder, or rounds that are not numbered from 1.
    """
    folder = config["corrections"]
    if folder is None:
        return config
    corrected = corrected_sequences(Path(folder))
    models = dict(config["models"])
    run = {name: None if part is None else dict(part) for name, part in config["run"].items()}
    for dataset, part in run.items():
        for name in [] if part is None else [name for name in part["models"] if models[name]["kind"] == "network"]:
            for number in range(1, len(corrected) + 1):
                if not any(dataset in sequences for sequences in corrected[:number]):
                    continue
                models[round_of(name, number)] = _continued(models[name], name, number, corrected, models)
                part["models"] = [*part["models"], round_of(name, number)]
    return {**config, "models": models, "run": run}


def round_of(model: str, number: int) -> str:
    """Return the name of a model after a round; round 0 is the model itself."""
    return f"{model}-r{number}" if number else model


def corrected_sequences(folder: Path) -> list[dict[str, list[str]]]:
    """Return, for each round from 1, dataset -> names of the sequences that were corrected.

    Raises
    ------
    InputError
        No such folder, or a round is missing.
    """
    if not folder.is_dir():
        raise InputError(f"no folder {folder}", where="config key corrections", todo="make it, or give null")
    found = {int(match[1]): path for path in folder.iterdir() if (match := ROUND.fullmatch(path.name))}
    if sorted(found) != list(range(1, len(found) + 1)):
        names = ", ".join(f"round-{number}" for number in sorted(found))
        raise InputError(f"rounds are numbered from 1 without a gap, not {names}", where=folder, todo="rename them")
    return [
        {part.name: names for part in found[number].iterdir() if (names := _folders(part))} for number in sorted(found)
    ]


def corrected_folders(plan: Plan, dataset: str, sequence: str, rounds: int | None = None) -> list[str]:
    """Return the folders with corrected tiles of a sequence, of the first `rounds` rounds or of all."""
    folder = plan.config["corrections"]
    return [
        f"{folder}/round-{number}/{dataset}/{sequence}"
        for number, found in enumerate(corrected_sequences(Path(folder)) if folder else [], start=1)
        if sequence in found.get(dataset, []) and number <= (rounds or number)
    ]


def suggested_folders(plan: Plan) -> list[str]:
    """Return the folders of tiles to correct next: of each sequence, those of the network of the last round."""
    last = {}
    for run in plan.runs():
        model = plan.models[run.model]
        if model["kind"] == "network":
            last[run.model.removesuffix(f"-r{model['round']}"), run.dataset, run.sequence] = run.model
    return [f"results/correct/suggested/{model}/{dataset}/{sequence}" for (_, dataset, sequence), model in last.items()]


def _folders(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []


def _continued(
    model: dict[str, Any], name: str, number: int, corrected: list[dict[str, list[str]]], models: dict[str, Any]
) -> dict[str, Any]:
    """The model of one round, made from that of the round before."""
    before = next(round_of(name, before) for before in range(number - 1, -1, -1) if round_of(name, before) in models)
    sequences: dict[str, set[str]] = {}
    for each in corrected[:number]:
        for dataset, names in each.items():
            sequences.setdefault(dataset, set()).update(names)
    sources = [
        {"dataset": dataset, "sequences": sorted(names)} for dataset, names in sorted(sequences.items()) if names
    ]
    return {**model, "checkpoint": None, "pretrained": before, "round": number, "corrected": sources}
