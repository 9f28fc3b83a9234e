"""Record where the results come from: code, configuration, packages, machine, data.

Inputs: files to hash: what came from outside, and what came out
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
    describe_files,
    describe_machine,
    describe_packages,
    now,
)


def main(
    *,
    config: dict[str, Any],
    datasets: list[dict[str, Any]],
    notes: list[str],
    warnings: list[str],
    models: dict[str, dict[str, Any]],
    sources: dict[str, dict[str, str]],
    inputs: list[Path],
    outputs: list[Path],
    manifest: Path,
    repository: Path,
) -> None:
    """Write `manifest`.

    `datasets` are the rows of the table that were used, `notes` what was decided for the user, `warnings` what makes
    scores doubtful, `models` what each was trained on and under which licences, `sources` the url, licence and citation
    of the inputs that came from outside, by path.
    """
    record = {
        "created_utc": now(),
        "command": command_line(),
        "code": describe_code(repository),
        "machine": describe_machine(),
        "packages": describe_packages(),
        "datasets": datasets,
        "notes": notes,
        "warnings": warnings,
        "models": models,
        "inputs": [entry | sources.get(entry["path"], {}) for entry in describe_files(inputs)],
        "outputs": describe_files(outputs),
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
            warnings=list(snakemake.params.warnings),
            models=dict(snakemake.params.models),
            sources=dict(snakemake.params.sources),
            inputs=[Path(file) for file in snakemake.input.files],
            outputs=[Path(file) for file in (snakemake.input.scores, *snakemake.input.outputs)],
            manifest=Path(snakemake.output.manifest),
            repository=Path(__file__).parent,
        )
