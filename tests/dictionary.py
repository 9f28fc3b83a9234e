"""Holds the data dictionary against the tables of a run."""

from fnmatch import fnmatchcase
from pathlib import Path, PurePath

import pandas as pd
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
JOINED = {  # tables that hold the columns of others, besides their own
    "bundle/*/*/*/*.tsv": (
        "measure/*/*/*.parquet",
        "track/*/*/*/*/detections.parquet",
        "track/*/*/*/*/lives.parquet",
    ),
}
ON_DEMAND = (
    "bundle/*/*/*/*.tsv",
    "infer/*/*/*/areas.parquet",
    "report/figures/fractions/*/*/*.tsv",
    "score/leaderboard.tsv",
)  # tables that not every run makes
ENDINGS = {"_um": "µm", "_um2": "µm²", "_um3": "µm³", "_px": "px", "_rad": "rad", "_frames": "frames"}


def dictionary() -> pd.DataFrame:
    return pd.read_csv(ROOT / "config" / "dictionary.tsv", sep="\t", keep_default_na=False)


def tables(results: Path) -> list[Path]:
    """Return the tables of a run, relative; those inside of stores belong to their format."""
    found = [path.relative_to(results) for path in results.rglob("*") if path.suffix in (".parquet", ".tsv", ".csv")]
    return sorted(path for path in found if not any(".zarr" in part or ".geff" in part for part in path.parts))


def columns(file: Path) -> list[str]:
    if file.suffix == ".parquet":
        return pq.read_schema(file).names
    return file.read_text(encoding="utf-8").split("\n", 1)[0].split("\t" if file.suffix == ".tsv" else ",")


def describes(pattern: str, path: PurePath) -> bool:
    """Whether a pattern such as ``measure/*/*/*.parquet`` is about a file; a star stands for one folder."""
    parts = pattern.split("/")
    return len(parts) == len(path.parts) and all(map(fnmatchcase, path.parts, parts))


def undocumented(results: Path) -> list[str]:
    """Return ``table: column`` of what the dictionary does not know."""
    entries, missing = dictionary(), []
    for path in tables(results):
        own = {table for table in entries["table"].unique() if describes(table, path)}
        own |= {other for table in own for other in JOINED.get(table, ())}
        known = [entry for entry in entries.itertuples() if entry.table in own]
        for column in columns(results / path):
            if not any(fnmatchcase(column, entry.column) for entry in known):
                missing.append(f"{path}: {column}")
    return missing


def unused(results: Path) -> list[str]:
    """Return the tables of the dictionary that every run should have and this one has none of."""
    found = tables(results)
    expected = [table for table in dictionary()["table"].unique() if table not in ON_DEMAND]
    return [table for table in expected if not any(describes(table, path) for path in found)]
