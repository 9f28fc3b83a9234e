"""Print what a run made, on one screen: Snakemake calls it when the last job has ended, well or not.

Inputs: results/, logs/ and benchmarks/ in the folder that the workflow runs in
Outputs: logs/warnings.txt, every warning of every job
"""

import sys
import time
from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.summary import duration, grouped, job_lines, messages_in, one_screen, run_lines

REPORT = Path("results/report/report.html")
ON_DEMAND = {name: f"results/{name}" for name in ("napari", "bundle", "movies", "crate")}
KEPT = Path("logs/warnings.txt")


def main(*, since: float, planned: list[str]) -> str:
    """Return the summary of the run that began at `since` [s since 1970]; `planned` are the warnings of its plan."""
    jobs, longest = job_lines(_newer("benchmarks", "*.tsv", since), Path("benchmarks"))
    said = list(messages_in(_newer("logs", "*.log", 0)))
    now = [message for message in said if message.log.stat().st_mtime >= since]
    warnings = [*planned, *grouped(message for message in now if message.level == "WARNING")]
    if kept := [f"{message.log}: {message.text}\n" for message in said if message.level == "WARNING"]:
        with whole(KEPT) as part:
            part.write_text("".join(kept), encoding="utf-8")
    absent = [name for name, path in ON_DEMAND.items() if not Path(path).exists()]
    parts = {
        "time": [f"{jobs} jobs in {duration(time.time() - since)}"],
        "longest": longest,
        "found": run_lines(Path("results/report/tables/runs.tsv"), Path("results/score/scores.tsv")),
        "failed": grouped(message for message in now if message.level == "ERROR"),
        "warnings": warnings and [f"{len(warnings)}, and all of them in {KEPT}", *warnings],
        "made": [str(Path(path).resolve()) for name, path in ON_DEMAND.items() if name not in absent],
        "report": [str(REPORT.resolve())] if REPORT.exists() else [],
        "next": [f"snakemake {' | '.join(absent)}"] if absent and REPORT.exists() else [],
    }
    return one_screen({title: lines for title, lines in parts.items() if lines})


def _newer(folder: str, pattern: str, since: float) -> list[Path]:
    return [file for file in sorted(Path(folder).rglob(pattern)) if file.stat().st_mtime >= since]


if __name__ == "__main__":
    sys.stderr.write(f"\n{main(since=float(sys.argv[1]), planned=sys.argv[2:])}\n\n")
