"""Put the scores of all sequences, models and trackers into one table, and where they are lost into another.

Inputs: parts (tsv), attributions, links (parquet)
Outputs: scores, attribution, confidence (tsv; whether trackers are as sure as they are right)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.logs import log_to
from cellweave.formats.scores import read_scores, write_scores
from cellweave.formats.tables import read_table
from cellweave.score.links import CALIBRATION, calibration
from cellweave.score.table import KEYS, collected

KINDS = ["tracker", "model", "view"]


def main(
    *,
    parts: list[Path],
    attributions: list[Path],
    links: list[dict[str, str]],
    scores: Path,
    attribution: Path,
    confidence: Path,
) -> None:
    """Write all rows of `parts` to `scores`, all of `attributions` to `attribution`, sorted, and `confidence`.

    Each of `links` has ``path``, ``model``, ``tracker`` and ``view`` ("" for whole sequences): sequences of one kind
    are judged together, because few divisions tell little.
    """
    write_scores(collected(read_scores(part) for part in parts), scores)
    lost = pd.concat([pd.DataFrame(columns=KEYS), *(read_table(path) for path in attributions)], ignore_index=True)
    write_scores(lost.sort_values(KEYS, ignore_index=True), attribution)
    tables = []
    for kind in sorted({tuple(link[name] for name in KINDS) for link in links}):
        alike = [read_table(link["path"]) for link in links if tuple(link[name] for name in KINDS) == kind]
        tables.append(calibration(alike).assign(**dict(zip(KINDS, kind, strict=True))))
    judged = pd.concat([pd.DataFrame(columns=[*KINDS, *CALIBRATION]), *tables], ignore_index=True)
    write_scores(judged[judged["n"] > 0], confidence)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            parts=[Path(part) for part in snakemake.input.parts],
            attributions=[Path(part) for part in snakemake.input.attributions],
            links=[
                {"path": path, **kind} for path, kind in zip(snakemake.input.links, snakemake.params.kinds, strict=True)
            ],
            scores=Path(snakemake.output.scores),
            attribution=Path(snakemake.output.attribution),
            confidence=Path(snakemake.output.confidence),
        )
