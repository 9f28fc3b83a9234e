"""Put what was found about the quality of data and results into one table each, for the report.

Inputs: images, suspicions (parquet, per model and sequence), truth, stability (parquet, per sequence)
Outputs: images, suspicions, truth, stability (tsv)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.tables import read_table

MOST_OF_EACH = 20  # rows of one model and sequence: who looks at a report looks at the worst
FLAGS = ["jump", "flash", "bleached"]


def main(
    *, images: list[Path], suspicions: list[Path], truth: list[Path], stability: list[Path], tables: dict[str, Path]
) -> None:
    """Write the four tables; of `stability` only the frames that are flagged."""
    audited = ["model", "dataset", "sequence"]
    found = {
        "images": _together(images, audited, ["F1"]).sort_values("F1", kind="stable", na_position="last"),
        "suspicions": _together(suspicions, audited, ["confidence"]).sort_values(
            "confidence", ascending=False, kind="stable"
        ),
        "truth": _together(truth, audited[1:], ["measure"], most=None),
        "stability": _together(stability, audited[1:], FLAGS, most=None),
    }
    found["stability"] = found["stability"].loc[found["stability"][FLAGS].any(axis=1)]
    for name, table in found.items():
        with whole(tables[name]) as part:
            table.to_csv(part, sep="\t", index=False, float_format="%.6g")


def _together(files: list[Path], keys: list[str], empty: list[str], most: int | None = MOST_OF_EACH) -> pd.DataFrame:
    """Return the first rows of each file and what the folders above it are called; without files, columns `empty`."""
    tables = []
    for file in files:
        table = read_table(file).head(most) if most else read_table(file)
        for place, key in enumerate(keys):
            table.insert(place, key, file.parts[-1 - len(keys) + place])
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*keys, *empty])


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            images=[Path(file) for file in snakemake.input.images],
            suspicions=[Path(file) for file in snakemake.input.suspicions],
            truth=[Path(file) for file in snakemake.input.truth],
            stability=[Path(file) for file in snakemake.input.stability],
            tables={name: Path(file) for name, file in snakemake.output.items()},
        )
