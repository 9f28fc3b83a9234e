"""One look for every progress bar: a bar that moves in a terminal, a line now and then in a file."""

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")

EVERY_S = 2.0  # a bar is drawn anew
LINE_EVERY_S = 30.0  # a line is added, where what is written stays
LINE = "{desc}: {percentage:.0f} % {r_bar}"

logger = logging.getLogger(__name__)


class Bar(tqdm):
    """A bar with rate and time left.

    In a terminal it is redrawn in place. Anywhere else (a file, a pipe, the output of a cluster's job) it would be one
    endless line, so that it is a line every half a minute instead; these lines go to the job's log file as well.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._in_place = sys.stderr.isatty()
        pace = {"dynamic_ncols": True, "mininterval": EVERY_S} if self._in_place else {"mininterval": LINE_EVERY_S}
        super().__init__(*arguments, **{**pace, **options, "miniters": 1})

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Draw the bar, or write its line unless nothing was done yet."""
        if self._in_place:
            return bool(super().display(msg, pos))
        if msg is None and self.n > self.initial:
            shown = {**self.format_dict, "ncols": None, "bar_format": LINE if self.total else None}
            line = self.format_meter(**shown)
            sys.stderr.write(f"{line}\n")
            logger.info("%s", line)
        return False

    def close(self) -> None:
        """Leave the bar as it stands; what took no longer than a bar needs to appear leaves no line."""
        if not self._in_place and not self.disable:
            self.leave = False
            if self.format_dict["elapsed"] > EVERY_S:
                self.display()
        super().close()


def progress(items: Iterable[Item], title: str, total: int | None = None, unit: str = "it") -> Iterator[Item]:
    """Iterate with a bar on stderr: rate, time left; see `Bar`.

    Parameters
    ----------
    items : iterable
        What to iterate over.
    title : str
        What is going on, for example ``"label U373/01"``.
    total : int, optional
        Number of items, when `items` has no length.
    unit : str
        Name of one item.
    """
    return iter(Bar(items, desc=title, total=total, unit=unit))


def bar(title: str, total: int | None, unit: str, initial: int = 0, unit_scale: bool = False) -> Bar:
    """Return a bar that the caller updates (bytes of a download, batches of a training)."""
    return Bar(desc=title, total=total, unit=unit, initial=initial, unit_scale=unit_scale)
