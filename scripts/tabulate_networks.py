"""Tabulate the networks of a run: size, cost, receptive field, what they started from, how training ended.

Inputs: manifests (json), histories (csv), one of each per network
Outputs: table (tsv)
"""

import json
from pathlib import Path

import pandas as pd

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.report.training import network_row


def main(*, configs: dict[str, dict], manifests: list[Path], histories: list[Path], table: Path) -> None:
    """Write `table`, one row per network; `configs` are theirs by name, in the order of the other two."""
    rows = [
        network_row(name, config, json.loads(manifest.read_text(encoding="utf-8")), pd.read_csv(history))
        for (name, config), manifest, history in zip(configs.items(), manifests, histories, strict=True)
    ]
    with whole(table) as part:
        pd.DataFrame(rows).to_csv(part, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            configs=snakemake.params.configs,
            manifests=[Path(path) for path in snakemake.input.manifests],
            histories=[Path(path) for path in snakemake.input.histories],
            table=Path(snakemake.output.table),
        )
