"""The report: one HTML page that holds everything it shows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cellweave.report.embedding import embed
from cellweave.report.exhibits import DATA, KINDS, PICTURES, TABLES, Exhibit
from cellweave.report.methods import describe_methods
from cellweave.report.metrics import (
    KEYS,
    MAIN,
    NO_TRACKER,
    PlainTable,
    best_of,
    format_value,
    plain_table,
    score_tables,
)

PAGE = Path(__file__).parent / "page"
STYLES = ("page.css", "viewer.css")
PROGRAM = ("page.js", "charts.js", "tree.js", "viewer.js")
MANY_SECTIONS = 4
OF_TRUTH = (
    "images",
    "suspicions",
    "truth",
    "attribution",
    "confidence",
)  # empty where there was no truth: not shown there


@dataclass(frozen=True)
class Shown:
    """One exhibit as the page shows it: a picture or a table, with its title and caption."""

    kind: str
    title: str
    caption: str
    names: tuple[str, ...]
    picture: Markup | None = None
    table: PlainTable | None = None


@dataclass(frozen=True)
class Section:
    """All exhibits of one path through the workflow, with its scores."""

    title: str
    scores: list[tuple[str, str]]
    figures: list[Shown]


@dataclass(frozen=True)
class FrameViewer:
    """Frames of one sequence, and the runs that can be laid over them, as JSON."""

    title: str
    note: str
    film: Markup
    runs: list[tuple[str, Markup]]


def render_report(
    *,
    scores: pd.DataFrame,
    definitions: Mapping[str, str],
    checked: pd.DataFrame | None,
    manifest: dict[str, Any],
    exhibits: Sequence[Exhibit],
) -> str:
    """Return the page.

    Parameters
    ----------
    scores : DataFrame
        `dataset sequence model tracker metric value n`; may be empty.
    definitions : mapping
        Metric -> what it means.
    checked : DataFrame or None
        The comparison with expected scores; empty or None where nothing was expected.
    manifest : dict
        As ``write_manifest.py`` makes it; keys may be missing.
    exhibits : sequence of Exhibit

    Returns
    -------
    str
        HTML without any reference to another file or host.
    """
    environment = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    shown = show([exhibit for exhibit in exhibits if len(scores) or exhibit.kind not in OF_TRUTH])
    return environment.get_template("page.html.j2").render(
        styles=_files(STYLES),
        program=_files(PROGRAM),
        manifest=manifest,
        facts=_facts(manifest),
        methods=describe_methods(manifest),
        config=json.dumps(manifest.get("config", {}), indent=2, ensure_ascii=False, default=str),
        viewers=_viewers(exhibits, scores),
        scores=scores,
        trackers=[name for name in scores["tracker"].unique() if name != NO_TRACKER],
        best=best_of(scores),
        tables=score_tables(scores, MAIN),
        all_tables=score_tables(scores),
        definitions=definitions,
        checked=checked,
        found=shown.get("summary", []),
        training=shown.get("training", []),
        quality=[(title, list(group)) for title, group in groupby(shown.get("quality", []), lambda item: item.title)],
        sections=_sections(shown.get("sequences", []), scores),
        many=MANY_SECTIONS,
        plural=plural,
    )


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: "1 model", "2 models"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def show(exhibits: Sequence[Exhibit]) -> dict[str, list[Shown]]:
    """Return the pictures and tables by the part of the page where they stand, in the order of their kinds."""
    order = list(KINDS)
    pictures = [exhibit for exhibit in exhibits if exhibit.suffix in PICTURES]
    drawn = {id(exhibit): markup for exhibit, markup in zip(pictures, embed(pictures), strict=True)}
    parts: dict[str, list[Shown]] = {}
    for exhibit in sorted((e for e in exhibits if e.suffix not in DATA), key=lambda exhibit: order.index(exhibit.kind)):
        kind = KINDS[exhibit.kind]
        table = plain_table(exhibit.table()) if exhibit.suffix in TABLES else None
        parts.setdefault(kind.part, []).append(
            Shown(exhibit.kind, kind.title, kind.caption, exhibit.names, drawn.get(id(exhibit)), table)
        )
    return parts


def _viewers(exhibits: Sequence[Exhibit], scores: pd.DataFrame) -> list[FrameViewer]:
    """One viewer per sequence that has frames and at least one run; the run with the best score comes first."""
    found = []
    for film in (exhibit for exhibit in exhibits if exhibit.kind == "frames"):
        runs = [exhibit for exhibit in exhibits if exhibit.kind == "cells" and exhibit.names[-2:] == film.names]
        if runs:
            named = [(" + ".join(run.names[:-2]), _json(run)) for run in sorted(runs, key=lambda r: _rank(r, scores))]
            found.append(FrameViewer(" / ".join(film.names), _left_out(film), _json(film), named))
    return found


def _rank(run: Exhibit, scores: pd.DataFrame) -> float:
    """Minus the first main score that a run has, tracking before segmentation; infinity where it has none."""
    *made, dataset, sequence = run.names
    here = scores[(scores["dataset"] == dataset) & (scores["sequence"] == sequence) & (scores["model"] == made[0])]
    here = here[here["tracker"].isin([*made[1:], NO_TRACKER])]
    values = dict(zip(here["metric"], here["value"], strict=True))
    return -next((values[name] for name in ("TRA", *MAIN) if pd.notna(values.get(name))), -np.inf)


def _json(exhibit: Exhibit) -> Markup:
    """JSON that a script element can hold."""
    return Markup(exhibit.content.decode().replace("<", "\\u003c"))


def _left_out(film: Exhibit) -> str:
    """What a reader has to know when the page has not all of the frames."""
    content = json.loads(film.content)
    shown, total = len(content["frames"]), content["total"]
    return "" if shown == total else f"{shown} of {total} frames, evenly spread: `snakemake napari` shows all."


def _files(names: Iterable[str]) -> Markup:
    return Markup("\n".join((PAGE / name).read_text(encoding="utf-8") for name in names))


def _sections(figures: Iterable[Shown], scores: pd.DataFrame) -> list[Section]:
    by_names: dict[tuple[str, ...], list[Shown]] = {}
    for figure in figures:
        by_names.setdefault(figure.names, []).append(figure)
    return [Section(*_title_and_scores(names, scores), group) for names, group in by_names.items()]


def _title_and_scores(names: tuple[str, ...], scores: pd.DataFrame) -> tuple[str, list[tuple[str, str]]]:
    """Heading of a section, and the main scores of the run it shows."""
    known = {*names, NO_TRACKER}
    here = scores[scores[list(KEYS)].isin(known).all(axis=1)]
    values = {row.metric: format_value(row.value) for row in here.itertuples()}
    chips = [(name, values[name]) for name in MAIN if name in values]
    if here.empty:
        return " · ".join(names), chips
    dataset, sequence, model = here.iloc[0][list(KEYS[:3])]
    rest = [name for name in names if name not in (dataset, sequence, model)]
    return " · ".join([f"{dataset} / {sequence}", " + ".join([model, *rest])]), chips


def _facts(manifest: dict[str, Any]) -> list[tuple[str, Any]]:
    """The lines of the provenance table."""
    code, machine = manifest.get("code", {}), manifest.get("machine", {})
    facts = [
        *(("input", note) for note in manifest.get("notes", [])),
        ("command", manifest.get("command")),
        ("commit", code.get("commit")),
        ("made at", manifest.get("created_utc")),
        ("machine", machine.get("platform")),
        ("processor", machine.get("processor")),
        ("cores, memory", f"{machine.get('cores')} cores, {machine.get('memory_gib')} GiB" if machine else None),
        ("Python", machine.get("python")),
    ]
    return [(name, value) for name, value in facts if value]
