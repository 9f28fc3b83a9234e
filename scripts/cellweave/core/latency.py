"""How long after its arrival a frame's results are there."""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

COLUMNS = ("frame", "source", "latency_s", "work_s", "events")


class Latency:
    """Times frames; what was timed goes to a table that grows with the movie.

    Parameters
    ----------
    path : Path
        TSV with `COLUMNS`; latency_s is empty for frames that were there before the run began.
    fresh : bool
        Begin a new table.
    """

    def __init__(self, path: Path, fresh: bool) -> None:
        self._path, self._latencies, self._works = path, [], []
        if fresh or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\t".join(COLUMNS) + "\n")

    def add(self, frame: int, source: str, started: float, since: float | None, events: Sequence[object]) -> str:
        """Take note of a frame whose results are there now, and return a line about it.

        Parameters
        ----------
        frame, source : int, str
            Number and file.
        started, since : float, float or None
            Moments (`time.monotonic`) at which work on it began and at which it was first seen.
        events : sequence
            What happened in it.
        """
        now = time.monotonic()
        latency, work = None if since is None else now - since, now - started
        self._works.append(work)
        self._latencies += [] if latency is None else [latency]
        with self._path.open("a") as stream:
            shown = "" if latency is None else f"{latency:.3f}"
            stream.write(f"{frame}\t{source}\t{shown}\t{work:.3f}\t{len(events)}\n")
        after = "was there before" if latency is None else f"done {latency:.2f} s after it was seen"
        return f"frame {frame} ({Path(source).name}): {after}, {work:.2f} s of work, {len(events)} events"

    def summary(self) -> str:
        """Return a line about all frames of this run: median and 95th percentile."""
        if not self._works:
            return "no new frames"
        parts = [f"work {_spread(self._works)}"]
        if self._latencies:
            parts.insert(0, f"latency {_spread(self._latencies)}")
        return f"{len(self._works)} frames: {', '.join(parts)} per frame"


def _spread(values: Sequence[float]) -> str:
    p95 = quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return f"median {median(values):.2f} s, p95 {p95:.2f} s"
