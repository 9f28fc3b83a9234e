"""The report: one HTML page that holds everything it shows."""

import base64
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from cellweave.report.metrics import KEYS, MAIN, NO_TRACKER, best_of, format_value, score_tables

TEMPLATE = "report.html.j2"
BUDGET_BYTES = 11_000_000  # of pictures before base64 adds a third: the page stays below 15 MB
QUALITIES = ((88, 2560), (80, 1600), (70, 1024), (60, 640))  # WebP quality and longest side [px], best first
KINDS = ("overlay", "lineage", "measurements", "training")
UNTRACKED = "untracked"  # stands in paths where a tracker would
MANY_SECTIONS = 4
CAPTIONS = {
    "overlay": "Outlines in the colour of their track, as in the lineage; click to enlarge.",
    "lineage": "Time runs to the right. A fork with a dot is a division, dashes are gaps; colours are those of the "
    "outlines.",
    "measurements": "Dotted lines: medians. Histograms end at the 99.5th percentile.",
}


@dataclass(frozen=True)
class Picture:
    """A figure file: what it shows (`kind`), of what (`names`: model, tracker, dataset, sequence), and its bytes."""

    kind: str
    names: tuple[str, ...]
    suffix: str
    content: bytes


@dataclass(frozen=True)
class Section:
    """All figures of one path through the workflow, with its scores."""

    title: str
    scores: list[tuple[str, str]]
    figures: list[tuple[str, Markup]]


def names_of(path: PurePath) -> tuple[str, ...]:
    """Return what a figure is of: the names in its path below ``figures/<kind>``.

    ``results/report/figures/overlay/unet/weave/simulated/02.png`` is of ``("unet", "weave", "simulated", "02")``.
    """
    parts = (*path.parts[:-1], path.stem)
    below = parts.index("figures") + 2 if "figures" in parts else 0
    return tuple(part for part in parts[below:] if part != UNTRACKED)


def render_report(
    *,
    scores: pd.DataFrame,
    definitions: Mapping[str, str],
    checked: pd.DataFrame | None,
    manifest: dict[str, Any],
    pictures: Sequence[Picture],
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
    pictures : sequence of Picture

    Returns
    -------
    str
        HTML without any reference to another file or host.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = list(zip(pictures, embed(pictures), strict=True))
    return environment.get_template(TEMPLATE).render(
        manifest=manifest,
        facts=_facts(manifest),
        config=json.dumps(manifest.get("config", {}), indent=2, ensure_ascii=False, default=str),
        scores=scores,
        trackers=[name for name in scores["tracker"].unique() if name != NO_TRACKER],
        best=best_of(scores),
        tables=score_tables(scores, MAIN),
        all_tables=score_tables(scores),
        definitions=definitions,
        checked=checked,
        training=[(" · ".join(picture.names), figure) for picture, figure in drawn if picture.kind == "training"],
        sections=_sections([pair for pair in drawn if pair[0].kind != "training"], scores),
        captions=CAPTIONS,
        many=MANY_SECTIONS,
        plural=plural,
    )


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: "1 model", "2 models"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def embed(pictures: Sequence[Picture]) -> list[Markup]:
    """Return each picture as HTML: SVG inline, pixels as WebP, reduced together until they fit the budget."""
    vector = [len(picture.content) for picture in pictures if picture.suffix == ".svg"]
    for quality, side in QUALITIES:
        packed = [p.content if p.suffix == ".svg" else _webp(p.content, quality, side) for p in pictures]
        pixels = sum(len(content) for content in packed) - sum(vector)
        if pixels <= BUDGET_BYTES - sum(vector):
            break
    return [
        _inline_svg(content.decode(), f"f{i}-") if picture.suffix == ".svg" else _image(content, picture)
        for i, (picture, content) in enumerate(zip(pictures, packed, strict=True))
    ]


def _webp(content: bytes, quality: int, side: int) -> bytes:
    with Image.open(io.BytesIO(content)) as picture:
        if getattr(picture, "is_animated", False):
            return content
        small = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    small.save(stream, "WEBP", quality=quality, method=4)
    return stream.getvalue()


def _image(content: bytes, picture: Picture) -> Markup:
    kind = Image.MIME[Image.open(io.BytesIO(content)).format]
    data = base64.b64encode(content).decode()
    return Markup('<img src="data:{};base64,{}" alt="{}">').format(kind, data, f"{picture.kind} {picture.names}")


def _inline_svg(svg: str, prefix: str) -> Markup:
    """The <svg> element alone, scaled by the page, with ids that are unique on the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{prefix}", svg)
    return Markup(svg)


def _sections(figures: Iterable[tuple[Picture, Markup]], scores: pd.DataFrame) -> list[Section]:
    by_names: dict[tuple[str, ...], list[tuple[str, Markup]]] = {}
    for picture, figure in figures:
        by_names.setdefault(picture.names, []).append((picture.kind, figure))
    return [
        Section(*_title_and_scores(names, scores), sorted(group, key=lambda pair: KINDS.index(pair[0])))
        for names, group in by_names.items()
    ]


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
        ("command", manifest.get("command")),
        ("commit", code.get("commit")),
        ("made at", manifest.get("created_utc")),
        ("machine", machine.get("platform")),
        ("processor", machine.get("processor")),
        ("cores, memory", f"{machine.get('cores')} cores, {machine.get('memory_gib')} GiB" if machine else None),
        ("Python", machine.get("python")),
    ]
    return [(name, value) for name, value in facts if value]
