"""What a run says when it ends, on one screen: what was found, scores, warnings, where things lie, how long it took."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_LINES = 8  # of each part, so that all fits on one screen
WIDTH = 150  # of a message, in characters
MAIN = ("SEG", "SEG_ST", "DET", "TRA", "AP50", "F1")
NO_TRACKER = "-"
INDENT = " " * 10
RECORD = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ ([A-Z]+) (\S+): ", re.M)
PYTHON_WARNING = re.compile(r".*?:\d+: (\w*Warning: .*)")


@dataclass(frozen=True)
class Message:
    """What one job said: the level, the text, and the log that it stands in."""

    level: str
    text: str
    log: Path


def messages_in(logs: Iterable[Path], levels: Iterable[str] = ("WARNING", "ERROR")) -> Iterator[Message]:
    """Yield the messages of some levels that jobs wrote to their logs (`core.logs.log_to`), without tracebacks."""
    for log in logs:
        for level, name, text in _records(log.read_text(encoding="utf-8", errors="replace")):
            if level in levels:
                yield Message(level, _plain(text) if name == "py.warnings" else text, log)


def grouped(messages: Iterable[Message]) -> list[str]:
    """Return an entry per different message (numbers and paths aside), most frequent first, with one log of each."""
    alike: dict[str, list[Message]] = {}
    for message in messages:
        alike.setdefault(re.sub(r"\S*/\S*|\d+", "#", message.text), []).append(message)
    groups = sorted(alike.values(), key=len, reverse=True)
    return [
        f"{f'{len(group)} x ' if len(group) > 1 else ''}{_cut(group[0].text)}\n{INDENT}  {group[0].log}"
        for group in groups
    ]


def run_lines(runs: Path, scores: Path) -> list[str]:
    """Return one line per run: cells, tracks and divisions that were found, and its main scores.

    Parameters
    ----------
    runs : Path
        ``dataset sequence model tracker frames cells ... tracks divisions`` (tsv).
    scores : Path
        ``dataset sequence model tracker metric value n`` (tsv); may be absent.
    """
    keys = ("dataset", "sequence", "model", "tracker")
    values: dict[tuple[str, ...], dict[str, str]] = {}
    for row in _rows(scores):
        if row["metric"] in MAIN and row["value"] not in ("", "nan"):
            key = tuple(row[name] for name in keys)
            values.setdefault(key, {})[row["metric"]] = f"{float(row['value']):.3f}"
    lines = []
    for row in _rows(runs):
        key = tuple(row[name] for name in keys)
        known = values.get((*key[:3], NO_TRACKER), {}) | values.get(key, {})
        lines.append([_name(row), _found(row), "  ".join(f"{name} {known[name]}" for name in MAIN if name in known)])
    widths = [max((len(line[column]) for line in lines), default=0) for column in (0, 1)]
    return [f"{name:{widths[0]}}   {found:{widths[1]}}   {scored}".rstrip() for name, found, scored in lines]


def job_lines(benchmarks: Iterable[Path], folder: Path) -> tuple[int, list[str]]:
    """Return how many jobs ran, and the three that took longest.

    Parameters
    ----------
    benchmarks : iterable of Path
        Files that Snakemake wrote: ``folder/<stage>/<rule>[/<of what>].tsv``.
    folder : Path
    """
    seconds = []
    for file in benchmarks:
        rule = " ".join(file.relative_to(folder).with_suffix("").as_posix().split("/", 2)[1:])
        seconds += [(float(row["s"]), rule) for row in _rows(file) if row.get("s")]
    return len(seconds), [f"{duration(s)}  {rule}" for s, rule in sorted(seconds, reverse=True)[:3] if s >= 1]


def one_screen(parts: dict[str, list[str]]) -> str:
    """Return titled lists one below the other; of each at most `MOST_LINES` entries, and how many were left out."""
    text = []
    for title, lines in parts.items():
        shown = lines[:MOST_LINES] + ([f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else [])
        text += [f"{title if index == 0 else '':<{len(INDENT)}}{line}" for index, line in enumerate(shown)]
    return "\n".join(text)


def duration(seconds: float) -> str:
    """Return a time as people say it: ``42 s``, ``3 min 5 s``, ``2 h 7 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def _rows(table: Path) -> list[dict[str, str]]:
    if not table.exists():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _name(row: dict[str, str]) -> str:
    tracker = "" if row["tracker"] == NO_TRACKER else f" + {row['tracker']}"
    return f"{row['dataset']}/{row['sequence']}  {row['model']}{tracker}"


def _found(row: dict[str, str]) -> str:
    tracks = f", {row['tracks']} tracks, {row['divisions']} divisions" if row.get("tracks") else ""
    return f"{int(row['cells']):,} cells in {row['frames']} frames{tracks}"


def _records(text: str) -> Iterator[tuple[str, str, str]]:
    """Split a log into (level, logger, message of one or more lines)."""
    parts = RECORD.split(text)[1:]
    for level, name, message in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        yield level, name, message.split("\nTraceback ")[0].strip()


def _plain(text: str) -> str:
    """A warning of Python's own machinery, without the file and the line of code that it comes from."""
    found = PYTHON_WARNING.match(text)
    return found[1] if found else text


def _cut(text: str) -> str:
    """The first line, and what is to do about it."""
    first, *rest = text.split("\n")
    todo = next((f" ({line.strip()})" for line in rest if line.strip().startswith("to do:")), "")
    said = f"{first}{todo}"
    return said if len(said) <= WIDTH else f"{said[: WIDTH - 1]}…"
