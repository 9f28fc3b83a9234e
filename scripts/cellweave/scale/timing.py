"""Two programs on the same input, one after the other in one process."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import pandas as pd

MISSING = "not installed: make extra NAME=peers"


@dataclass(frozen=True)
class Comparison:
    """How long a task took here, and how long a peer took.

    Attributes
    ----------
    task : str
        What was done.
    input : str
        What it was done on.
    seconds : float
        Here, the fastest of some repetitions.
    peer : str
        The other program.
    peer_seconds : float
        There; NaN when it did not run.
    note : str
        Why it did not run.
    """

    task: str
    input: str
    seconds: float
    peer: str
    peer_seconds: float
    note: str = ""


def fastest(function: Callable[[], object], repeats: int) -> float:
    """Return the least wall time [s] of `repeats` calls."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


def compare(
    task: str,
    described: str,
    own: Callable[[], object],
    peers: dict[str, Callable[[], object]],
    *,
    repeats: int = 3,
    peer_repeats: int = 1,
) -> list[Comparison]:
    """Time a task and its peers.

    Parameters
    ----------
    task, described : str
        What is done, and on what.
    own : callable
        Does it here; called once beforehand, so that nothing is compiled or loaded while the clock runs.
    peers : dict of callable
        Name of a program to what calls it. A program that is not installed raises ImportError, one that gives up
        anything else; both are written down, and the others go on.
    repeats, peer_repeats : int
        How often each is called.
    """
    own()
    seconds = fastest(own, repeats)
    rows = []
    for name, peer in peers.items():
        try:
            rows.append(Comparison(task, described, seconds, name, fastest(peer, peer_repeats)))
        except ImportError:
            rows.append(Comparison(task, described, seconds, name, float("nan"), MISSING))
        except Exception as error:  # what a foreign program raises is its own affair
            reason = f"failed: {type(error).__name__}: {error}"[:200]
            rows.append(Comparison(task, described, seconds, name, float("nan"), reason))
    return rows


def as_table(comparisons: list[Comparison]) -> pd.DataFrame:
    """Return one row per comparison, with `ratio`: how many times as long the peer took."""
    table = pd.DataFrame([asdict(comparison) for comparison in comparisons])
    return table.assign(ratio=table["peer_seconds"] / table["seconds"])
