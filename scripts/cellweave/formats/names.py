"""Names of image files: their natural order, gaps in their numbers, and patterns that say what parts of them mean."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from cellweave.core.errors import InputError

SHOWN = 10
FIELDS = {"sequence": "[^/]+?", "t": r"\d+", "channel": "[^/]+?"}
PLACEHOLDER = re.compile(r"\{(\w*)\}|\*")


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key by which t2 comes before t10."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in re.split(r"(\d+)", name) if part
    ]


def is_series(names: Sequence[str]) -> bool:
    """Whether names differ in one number only, as those of a movie's frames do."""
    return len(names) > 1 and _around_number(names) is not None


def missing_numbers(names: Sequence[str]) -> list[str]:
    """Return the first names that a numbered series lacks, up to one more than `SHOWN`.

    Names are one series when they differ in one number only; its step is the smallest there is, so that t0, t5, t10
    is complete. Names that differ in more (times such as 01d08h00m) say nothing about completeness.
    """
    if not is_series(names):
        return []
    before, after = _around_number(names)
    texts = [name[len(before) : len(name) - len(after)] for name in names]
    width = min(map(len, texts))
    numbers = sorted(set(map(int, texts)))
    step = min((b - a for a, b in pairwise(numbers)), default=1)
    lacking = (number for a, b in pairwise(numbers) for number in range(a + step, b, step))
    return [f"{before}{number:0{width}}{after}" for number in islice(lacking, SHOWN + 1)]


def until_gap(names: Sequence[str], *, sure: bool = True) -> int:
    """Return how many names, in natural order, come before the first one that a numbered series lacks.

    Parameters
    ----------
    names : sequence of str
    sure : bool
        Whether two names that are more than 1 apart are a series with that step; else a third one has to tell.
    """
    if not is_series(names):
        return len(names)
    before, after = _around_number(names)
    numbers = [int(name[len(before) : len(name) - len(after)]) for name in names]
    steps = [b - a for a, b in pairwise(numbers)]
    step = min(steps) if sure or len(names) > 2 else 1
    return next((at for at, now in enumerate(steps, start=1) if now != step), len(names))


def listed(names: Sequence[str]) -> str:
    """Return the first `SHOWN` of some names for an error message."""
    return f"{', '.join(names[:SHOWN])}{' ...' if len(names) > SHOWN else ''}"


@dataclass(frozen=True)
class Pattern:
    """A path with ``{sequence}``, ``{t}``, ``{channel}`` and ``*`` in it.

    ``{t}`` stands for a number, the others for anything within one folder's or file's name. What occurs twice has the
    same value in both places.

    Attributes
    ----------
    text : str
        The path.

    Raises
    ------
    InputError
        Another name in braces.
    """

    text: str

    def __post_init__(self) -> None:
        if unknown := {name for name in self.fields if name not in FIELDS}:
            raise InputError(
                f"{{{sorted(unknown)[0]}}} means nothing in a pattern",
                where=self.text,
                todo=f"use {', '.join(f'{{{name}}}' for name in FIELDS)} and * for what does not matter",
            )

    @property
    def fields(self) -> set[str]:
        """Names in braces."""
        return {found[1] for found in PLACEHOLDER.finditer(self.text) if found[0] != "*"}

    @property
    def root(self) -> Path:
        """The folder above the first placeholder."""
        fixed = []
        for part in Path(self.text).parts[:-1]:
            if PLACEHOLDER.search(part):
                break
            fixed.append(part)
        return Path(*fixed)

    def with_sequence(self, value: str) -> "Pattern":
        """Return the pattern of one sequence."""
        return Pattern(self.text.replace("{sequence}", value))

    def matches(self) -> list[tuple[Path, dict[str, str]]]:
        """Return the files that fit, with what the names in braces stand for, in natural order of the paths.

        Raises
        ------
        InputError
            None does; the message shows what is there instead.
        """
        levels = Path(self.text).parts[len(self.root.parts) :]
        seen: list[str] = []
        found = list(_walk(self.root, "", [_regex(levels[: depth + 1]) for depth in range(len(levels))], seen))
        if not found:
            raise InputError(
                f"no file fits the pattern {self.text}",
                where=self.root,
                todo=f"compare it with what is there: {listed(sorted(seen, key=natural_key)) or 'nothing'}",
            )
        return sorted(found, key=lambda pair: natural_key(pair[0].as_posix()))


def is_pattern(path: str) -> bool:
    """Whether a path has names in braces, and no file or folder bears it as it is."""
    return "{" in path and not Path(path).exists()


def _walk(
    folder: Path, below: str, regexes: list[re.Pattern[str]], seen: list[str]
) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield what fits below a folder, level by level; folders that fit no level are not entered."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{below}{entry.name}"
            seen.append(name)
            fits = regexes[0].fullmatch(name)
            if fits and len(regexes) == 1:
                yield folder / entry.name, fits.groupdict()
            elif fits and entry.is_dir():
                yield from _walk(folder / entry.name, f"{name}/", regexes[1:], seen)


def _regex(levels: Sequence[str]) -> re.Pattern[str]:
    """Return the regular expression of the first levels of a pattern."""
    text, end, pieces, known = "/".join(levels), 0, [], set()
    for found in PLACEHOLDER.finditer(text):
        pieces.append(re.escape(text[end : found.start()]))
        name = found[1]
        if name is None:
            pieces.append("[^/]*")
        else:
            pieces.append(f"(?P={name})" if name in known else f"(?P<{name}>{FIELDS[name]})")
            known.add(name)
        end = found.end()
    return re.compile("".join([*pieces, re.escape(text[end:])]))


def _around_number(names: Sequence[str]) -> tuple[str, str] | None:
    """What stands before and after the only number in which the names differ; None if they differ in more."""
    before = _common_start(names).rstrip("0123456789")
    after = _common_start([name[::-1] for name in names])[::-1].lstrip("0123456789")
    alike = all(name[len(before) : len(name) - len(after)].isdecimal() for name in names)
    return (before, after) if alike else None


def _common_start(names: Sequence[str]) -> str:
    """What all names begin with: as much as the first and the last of them in order share."""
    first, last = min(names), max(names)
    length = next(
        (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )
    return first[:length]
