"""Other programs that score trackings, each imported where it is called (`make extra NAME=scorers`)."""

from contextlib import suppress
from importlib import import_module
from pathlib import Path


def load_peers() -> None:
    """Import those that are installed, so that importing them takes no time while the clock runs."""
    for name in ("ctc_metrics.scripts.evaluate", "traccuracy.metrics"):
        with suppress(ImportError):
            import_module(name)


def ctcmetrics(truth: Path, result: Path) -> None:
    """Compute all measures of py-ctcmetrics for ``01_GT`` and ``01_RES``."""
    from ctc_metrics.scripts.evaluate import evaluate_sequence

    evaluate_sequence(str(result), str(truth), threads=1)


def traccuracy(truth: Path, result: Path) -> None:
    """Compute all measures of traccuracy that rest on the challenge's matches."""
    from traccuracy import run_metrics
    from traccuracy.loaders import load_ctc_data
    from traccuracy.matchers import CTCMatcher
    from traccuracy.metrics import (
        CellCycleAccuracy,
        CHOTAMetric,
        CompleteTracks,
        CTCMetrics,
        DivisionMetrics,
        TrackOverlapMetrics,
    )

    graphs = (
        load_ctc_data(str(truth / "TRA"), str(truth / "TRA" / "man_track.txt"), name="truth"),
        load_ctc_data(str(result), str(result / "res_track.txt"), name="result"),
    )
    metrics = [CTCMetrics(), DivisionMetrics(), TrackOverlapMetrics(), CHOTAMetric(), CompleteTracks()]
    run_metrics(*graphs, CTCMatcher(), [*metrics, CellCycleAccuracy()])
