"""Bring the table of published scores, and find out whether the challenge's own spreadsheets can be had.

Inputs: source (path or URL of a table), spreadsheets (URLs)
Outputs: table (tsv: dataset part method metric value source), notes (tsv: name note; what is not there, and why)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.core.registry import is_remote
from cellweave.formats.archives import fetch, reachable
from cellweave.formats.scores import PUBLISHED, read_published, write_scores

CHALLENGE = "Cell Tracking Challenge"


def main(*, source: str, spreadsheets: list[str], mirror: str | None, table: Path, notes: Path) -> None:
    """Write what `source` holds to `table`; what cannot be reached is a note, no failure."""
    found: list[tuple[str, str]] = []
    with whole(table) as part:
        try:
            fetch(source, part, mirror=mirror)
            values = read_published(part)
        except InputError as error:
            if not is_remote(source) or part.exists():
                raise
            values = pd.DataFrame(columns=PUBLISHED)
            found.append((source, f"not reachable, so that nothing is ranked against it: {error.what}"))
        write_scores(values, part)
    if spreadsheets:
        found.append((CHALLENGE, _described([url for url in spreadsheets if reachable(url, mirror)], spreadsheets)))
    write_scores(pd.DataFrame(found, columns=["name", "note"]), notes)


def _described(had: list[str], wanted: list[str]) -> str:
    if not had:
        return f"its spreadsheets are not reachable, ranks are among other published values: {', '.join(wanted)}"
    return (
        f"its spreadsheets are reachable, but not read, because their layout is not documented: {', '.join(had)}; "
        "ranks are among the values of config key published"
    )


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            source=snakemake.input.get("given") or snakemake.params.url,
            spreadsheets=list(snakemake.params.spreadsheets),
            mirror=snakemake.params.mirror,
            table=Path(snakemake.output.table),
            notes=Path(snakemake.output.notes),
        )
