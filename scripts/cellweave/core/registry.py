"""The table of data sets: what there is, where it comes from, what is known about it."""

import csv
import difflib
import re
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from cellweave.core.errors import InputError
from cellweave.core.files import read_text

KINDS = ("movie", "stills")
FORMATS = ("ctc", "coco", "bbbc038", "images")
SIMULATED = "simulate:"
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
SAFE_SEGMENT = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%-]{1,200}")  # RFC 3986, 3.3, at a length that disks take


@dataclass(frozen=True)
class Sequence:
    """One row: a movie or a set of stills.

    `url` is ``http(s)://…`` for data to download, ``simulate:`` for a simulated movie, otherwise a
    local file or folder that is used in place. `pixel_size_um` [µm] and `frame_interval_min` [min]
    are None when unknown; `border_px` is the width of the border outside the field of interest.
    """

    dataset: str
    kind: str
    format: str
    sequence: str
    split: str
    url: str
    sha256: str | None
    truth_url: str | None
    truth_sha256: str | None
    pixel_size_um: float | None
    frame_interval_min: float | None
    border_px: int
    licence: str
    citation: str

    @property
    def simulated(self) -> bool:
        """Whether the movie is made here."""
        return self.url == SIMULATED

    @property
    def has_truth(self) -> bool:
        """Whether there is anything to score or train against."""
        return self.format != "images" or self.truth_url is not None


COLUMNS = tuple(field.name for field in fields(Sequence))


def read_registry(path: str | Path) -> dict[tuple[str, str], Sequence]:
    """Read ``datasets.tsv``.

    Returns
    -------
    dict
        (dataset, sequence) -> row, in the order of the file.

    Raises
    ------
    InputError
        Missing file or column, unknown kind or format, a name that is not safe as a folder's name, a URL whose place
        on disk is not, or the same sequence twice.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"no table of data sets at {path}", where="config key datasets_table")
    lines = [line for line in read_text(path).split("\n") if line.strip() and not line.startswith("#")]
    try:
        header, *rows = list(csv.reader(lines, delimiter="\t")) or [[]]
    except csv.Error as error:
        raise InputError(f"not a table of tab-separated text: {error}", where=path) from error
    if missing := set(COLUMNS) - set(header):
        raise InputError(
            f"columns missing: {', '.join(sorted(missing))}", where=path, todo=f"columns are {', '.join(COLUMNS)}"
        )
    table: dict[tuple[str, str], Sequence] = {}
    for number, cells in enumerate(rows, start=2):
        row = _row(dict(zip(header, cells, strict=False)), where=f"{path}, line {number}")
        if (row.dataset, row.sequence) in table:
            raise InputError(f"{row.dataset}/{row.sequence} is listed twice", where=f"{path}, line {number}")
        table[row.dataset, row.sequence] = row
    return table


def is_remote(url: str) -> bool:
    """Whether `url` has to be downloaded."""
    return url.lower().startswith(("http:", "https:"))


def path_of(url: str, where: str | None = None) -> str:
    """Return ``<host>/<path>`` of a URL: its place below a mirror and below ``resources/downloads``.

    Raises
    ------
    InputError
        The URL has no host or path, or one that is not safe as a path on disk.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that hold no address
        parts = urlsplit("")
    segments = [parts.netloc, *parts.path.strip("/").split("/")]
    if not all(SAFE_SEGMENT.fullmatch(segment) and segment not in (".", "..") for segment in segments):
        raise InputError(
            f"URL {url!r} does not name a file",
            where=where or url,
            todo="give scheme, host and path without '..', spaces and other characters that a URL percent-encodes",
        )
    return "/".join(segments)


def check_name(name: object, kind: str, where: str) -> None:
    """Raise an InputError when the `name` of something of a `kind` is not safe as a folder's name."""
    if not isinstance(name, str) or not SAFE_NAME.fullmatch(name):
        raise InputError(
            f"{kind} {name!r} cannot be a folder's name",
            where=where,
            todo="use up to 100 letters, digits and . _ + - (a letter or digit first)",
        )


def closest(name: object, names: list[str]) -> str:
    """Return a hint: the nearest of `names`, and all of them."""
    near = difflib.get_close_matches(str(name), names, n=1)
    listed = ", ".join(names) or "none"
    return f"did you mean {near[0]!r}? known: {listed}" if near else f"known: {listed}"


def _row(cells: dict[str, str], where: str) -> Sequence:
    text = {name: cells.get(name, "").strip() for name in COLUMNS}
    for column in ("dataset", "sequence"):
        check_name(text[column], column, where)
    for column, allowed in (("kind", KINDS), ("format", FORMATS)):
        if text[column] not in allowed:
            raise InputError(f"{column} {text[column]!r} is unknown", where=where, todo=f"use {' or '.join(allowed)}")
    if not text["url"]:
        raise InputError("url is empty", where=where, todo="give a URL, a local path, or simulate:")
    for column in ("url", "truth_url"):
        if is_remote(text[column]):
            path_of(text[column], where)
        elif text[column].endswith(".zip") or not text[column].isprintable():
            todo = "unpack it and name the folder" if text[column].isprintable() else "rename it"
            raise InputError(f"{column} {text[column]!r} cannot be used in place", where=where, todo=todo)
    numbers = {name: _number(text[name], name, where) for name in ("pixel_size_um", "frame_interval_min", "border_px")}
    optional = {name: text[name] or None for name in ("sha256", "truth_url", "truth_sha256")}
    return Sequence(**{**text, **optional, **numbers, "border_px": int(numbers["border_px"] or 0)})


def _number(text: str, column: str, where: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise InputError(f"{column} {text!r} is not a number >= 0", where=where, todo="leave it empty when unknown")
    return value
