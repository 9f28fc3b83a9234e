"""Record where the results come from: code, configuration, packages, machine, data.

Inputs: files to hash (configuration, tables, downloads)
Outputs: manifest (json)
"""

import json
from pathlib import Path
from typing import Any

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.report.provenance import (
    command_line,
    describe_code,
    describe_inputs,
    describe_machine,
    describe_packages,
    now,
)


def main(
    *,
    config: dict[str, Any],
    datasets: list[dict[str, Any]],
    notes: list[str],
    inputs: list[Path],
    manifest: Path,
    repository: Path,
) -> None:
    """Write `manifest`; `datasets` are the rows of the table that were used, `notes` what was decided for the user."""
    record = {
        "created_utc": now(),
        "command": command_line(),
        "code": describe_code(repository),
        "machine": describe_machine(),
        "packages": describe_packages(),
        "datasets": datasets,
        "notes": notes,
        "inputs": describe_inputs(inputs),
        "config": config,
    }
    with whole(manifest) as part:
        part.write_text(json.dumps(record, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            config=snakemake.params.config,
            datasets=snakemake.params.datasets,
            notes=list(snakemake.params.notes),
            inputs=[Path(file) for file in snakemake.input.files],
            manifest=Path(snakemake.output.manifest),
            repository=Path(__file__).parent,
        )
