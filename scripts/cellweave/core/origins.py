"""What models and trackers were fitted to: whether that is scored again, and which licences come with it."""

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cellweave.core.errors import InputError
from cellweave.core.files import read_json
from cellweave.core.plan import COPY, TRAINED, Plan, Run, Source
from cellweave.core.registry import Sequence

RESTRICTED = re.compile(r"\bNC\b|non-?commercial|challenge-related use", re.IGNORECASE)
WHOLE = (0.0, 1.0)


@dataclass(frozen=True)
class Origin:
    """A part of a sequence that a model or a tracker was fitted to.

    `part` is the share of the sequence's frames, from and to; `data` names the data whatever the table calls it.
    """

    fitted: str
    dataset: str
    sequence: str
    part: tuple[float, float]
    data: str
    licence: str


IMAGENET = Origin("ImageNet weights", "imagenet", "train", WHOLE, "torchvision", "BSD-3-Clause (torchvision)")


def origins(plan: Plan, trained: str) -> list[Origin]:
    """Return all that a trained model and the models that it was fine-tuned from have seen."""
    own = [_origin(plan, trained, source) for source in plan.sources(trained)]
    parent = plan.model_of(trained)["pretrained"]
    if parent in (None, "imagenet"):
        return own + ([IMAGENET] if parent else [])
    return own + _of_model(plan, parent, trained.partition(COPY)[2])


def licences_of(seen: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the `licences` of what a model has seen, and whether its weights are for `commercial_use`.

    Parameters
    ----------
    seen : iterable of mapping
        Origins as plain values.

    Returns
    -------
    dict
        Weights carry every licence that they were trained under: `commercial_use` is "no" where one of them restricts
        it, and "unknown" where one is not stated.
    """
    licences = sorted({origin["licence"] for origin in seen})
    restricted = any(RESTRICTED.search(licence) for licence in licences)
    return {
        "licences": licences,
        "commercial_use": "no" if restricted else "unknown" if "" in licences or not licences else "yes",
    }


def models_record(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return, by trained or given model of the runs, what it has seen, its licences and its use (`licences_of`)."""
    record = {}
    for run in plan.runs():
        foreign = _foreign(plan, run.model)
        if not foreign and not plan.trains(run.model):
            continue
        seen = [asdict(origin) for origin in _of_model(plan, run.model, run.dataset)]
        name = run.model if foreign else plan.trained(run.model, run.dataset)
        record[name] = {**licences_of(seen), "trained_on": seen}
    return record


def contaminations(plan: Plan) -> list[dict[str, Any]]:
    """Return the runs that are scored on frames that their model, one of its ancestors or their tracker was fitted to.

    A run is listed once per sequence that was seen, as ``{dataset, sequence, model, tracker, fitted, seen}``.
    """
    return [
        {**asdict(run), "fitted": origin.fitted, "seen": f"{origin.dataset}/{origin.sequence}{_shares(origin.part)}"}
        for run in (*plan.runs(), *plan.semantic_runs())
        if plan.row(run.dataset, run.sequence).has_truth
        for origin in _behind(plan, run)
        if _same_frames(plan, run, origin)
    ]


def check_contamination(plan: Plan) -> list[str]:
    """Return notes on contaminated scores where the configuration allows them.

    Raises
    ------
    InputError
        There are some, and ``allow_contaminated`` is false.
    """
    lines = [
        f"{found['dataset']}/{found['sequence']} is scored, and {found['fitted']} was fitted to {found['seen']}"
        for found in contaminations(plan)
    ]
    lines = list(dict.fromkeys(lines))
    if lines and not plan.config["allow_contaminated"]:
        raise InputError(
            "frames to score were trained on, so that their scores would say nothing:\n    " + "\n    ".join(lines),
            where="config key run",
            todo="score other sequences or frames, or set allow_contaminated: true to have the scores marked instead",
        )
    return [f"contaminated: {line}" for line in lines] + _unknown(plan)


def identity(row: Sequence) -> str:
    """Return what names the data of a row: its file, and the part of it that the row is."""
    part = (
        row.sequence if row.format == "ctc" or row.simulated else (row.truth_url or "") if row.format == "coco" else ""
    )
    return f"{row.sha256 or row.url}#{part}"


def _origin(plan: Plan, fitted: str, source: Source) -> Origin:
    row = plan.row(source.dataset, source.sequence)
    part = _composed(plan.frames(source.dataset, source.sequence), source.frames)
    return Origin(fitted, source.dataset, row.sequence, part, identity(row), row.licence)


def _composed(view: Iterable[float] | None, frames: tuple[float, float] | None) -> tuple[float, float]:
    """Return the shares of the sequence that `frames` of a view are; frame numbers may be anywhere in the view."""
    first, last = list(view)[:2] if view else WHOLE
    if frames is None or not any(isinstance(end, float) for end in frames):
        return first, last
    return first + frames[0] * (last - first), first + frames[1] * (last - first)


def _behind(plan: Plan, run: Run) -> Iterator[Origin]:
    yield from _of_model(plan, run.model, run.dataset)
    if run.tracker:
        yield from (_origin(plan, f"tracker {run.tracker}", source) for source in plan.annotated(run.tracker))


def _of_model(plan: Plan, model: str, dataset: str) -> list[Origin]:
    if plan.trains(model):
        return origins(plan, plan.trained(model, dataset))
    return _record(plan, model) or []


def _record(plan: Plan, model: str) -> list[Origin] | None:
    """Return what the manifest beside a given checkpoint says it has seen; None where there is no such record."""
    checkpoint = plan.models[model]["checkpoint"]
    beside, record = (Path(checkpoint).with_name("manifest.json") if checkpoint else None), None
    if checkpoint and Path(checkpoint).suffix == ".zip" and zipfile.is_zipfile(checkpoint):
        with zipfile.ZipFile(checkpoint) as package:
            record = json.loads(package.read("manifest.json")) if "manifest.json" in package.namelist() else None
    elif beside and beside.is_file():
        record = read_json(beside)
    if not isinstance(record, dict) or "trained_on" not in record:
        return None
    try:
        return [Origin(**{**entry, "part": (*map(float, entry["part"]),)}) for entry in record["trained_on"]]
    except (TypeError, KeyError, ValueError) as error:
        raise InputError(
            f"damaged record of what a model was trained on: {error!r}",
            where=beside,
            todo="restore it, or delete it to have the scores marked as of unknown origin",
        ) from error


def _unknown(plan: Plan) -> list[str]:
    """Notes on scored models that come from elsewhere and do not say what they were trained on."""
    scored = {run.model for run in plan.runs() if plan.row(run.dataset, run.sequence).has_truth}
    return [
        f"{plan.models[model]['checkpoint'] or model} has no record of what it was trained on: "
        "its scores may be contaminated"
        for model in sorted(scored)
        if _foreign(plan, model) and _record(plan, model) is None
    ]


def _foreign(plan: Plan, model: str) -> bool:
    """Whether a model was trained, but not here."""
    return plan.models[model]["kind"] in (*TRAINED, "adapter") and not plan.trains(model)


def _same_frames(plan: Plan, run: Run, origin: Origin) -> bool:
    first, last = _composed(plan.frames(run.dataset, run.sequence), None)
    touching = max(first, origin.part[0]) >= min(last, origin.part[1]) - 1e-9
    return identity(plan.row(run.dataset, run.sequence)) == origin.data and not touching


def _shares(part: tuple[float, float]) -> str:
    return "" if part == WHOLE else f", {part[0]:.0%} to {part[1]:.0%} of its frames"
