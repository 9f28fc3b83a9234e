"""Write the report: one HTML file that holds everything it shows.

Inputs: scores (tsv), checked (tsv), manifest (json), exhibits (figures and tables)
Outputs: report (html)
"""

import json
from pathlib import Path

import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.scores import read_scores
from cellweave.report.exhibits import read_exhibit
from cellweave.report.html import render_report
from cellweave.score.definitions import METRICS


def main(*, scores: Path, checked: Path | None, manifest: Path, exhibits: list[Path], report: Path) -> None:
    """Write `report`; what an exhibit is, and of what, is told by its path (see `cellweave.report.exhibits`)."""
    try:
        record = json.loads(manifest.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error}", where=manifest, todo="delete it and run again") from error
    page = render_report(
        scores=read_scores(scores),
        definitions=METRICS,
        checked=None if checked is None else pd.read_csv(checked, sep="\t", dtype={"sequence": str}),
        manifest=record,
        exhibits=[read_exhibit(path) for path in exhibits],
    )
    with whole(report) as part:
        part.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        checked = snakemake.input.get("checked")
        main(
            scores=Path(snakemake.input.scores),
            checked=Path(checked) if checked else None,
            manifest=Path(snakemake.input.manifest),
            exhibits=[Path(path) for path in snakemake.input.get("exhibits", [])],
            report=Path(snakemake.output.report),
        )
