"""Write the report: one HTML file that holds everything it shows.

Inputs: scores (tsv), checked (tsv), manifest (json), figures
Outputs: report (html)
"""

import json
from pathlib import Path

import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.scores import read_scores
from cellweave.report.html import Picture, names_of, render_report
from cellweave.score.definitions import METRICS


def main(
    *,
    scores: Path,
    checked: Path | None,
    manifest: Path,
    training: list[Path],
    overlays: list[Path],
    lineages: list[Path],
    measurements: list[Path],
    report: Path,
) -> None:
    """Write `report`; what a figure is of is told by the folders below ``figures`` in its path."""
    kinds = {"training": training, "overlay": overlays, "lineage": lineages, "measurements": measurements}
    try:
        record = json.loads(manifest.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error}", where=manifest, todo="delete it and run again") from error
    page = render_report(
        scores=read_scores(scores),
        definitions=METRICS,
        checked=None if checked is None else pd.read_csv(checked, sep="\t", dtype={"sequence": str}),
        manifest=record,
        pictures=[
            Picture(kind, names_of(path), path.suffix, path.read_bytes())
            for kind, paths in kinds.items()
            for path in paths
        ],
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
            training=[Path(path) for path in snakemake.input.get("training", [])],
            overlays=[Path(path) for path in snakemake.input.get("overlays", [])],
            lineages=[Path(path) for path in snakemake.input.get("lineages", [])],
            measurements=[Path(path) for path in snakemake.input.get("measurements", [])],
            report=Path(snakemake.output.report),
        )
