"""One look for every progress bar."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def progress(items: Iterable[Item], title: str, total: int | None = None, unit: str = "it") -> Iterator[Item]:
    """Iterate with a bar on stderr: rate, time left; one line at most every two seconds.

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
    return iter(tqdm(items, desc=title, total=total, unit=unit, mininterval=2.0, dynamic_ncols=True))


def bar(title: str, total: int | None, unit: str, initial: int = 0, unit_scale: bool = False) -> tqdm:
    """Return a bar that the caller updates (bytes of a download, batches of a training)."""
    return tqdm(
        desc=title, total=total, unit=unit, initial=initial, unit_scale=unit_scale, mininterval=2.0, dynamic_ncols=True
    )
