"""Pack a finished run as a Workflow Run RO-Crate, to archive or to publish.

Inputs: manifest (json), report (html), and the files and folders that the run made
Outputs: crate (folder with ro-crate-metadata.json, the workflow, and the results by hard links where the disk has them)
"""

import json
import os
import shutil
from pathlib import Path

from cellweave.core.files import read_json, whole
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.report.crate import MAIN, describe_run, is_made
from cellweave.report.provenance import describe_files

FOLDERS = ("rules", "scripts", "config", "envs")


def main(*, manifest: Path, report: Path, workflow: Path, crate: Path) -> None:
    """Write `crate`; `workflow` is the folder of the Snakefile, paths in `manifest` are relative to the present one."""
    record = read_json(manifest)
    record["outputs"] += describe_files([manifest, report])
    with whole(crate) as part:
        (part / MAIN).parent.mkdir(parents=True)
        shutil.copy2(workflow / "Snakefile", part / MAIN)
        for name in FOLDERS:
            shutil.copytree(workflow / name, (part / MAIN).parent / name, ignore=shutil.ignore_patterns("__pycache__"))
        for entry in progress([*record["inputs"], *record["outputs"]], "crate", unit="file"):
            if is_made(entry["path"]):
                _adopt(Path(entry["path"]), part / entry["path"])
        content = describe_run(record, [f"{Path(MAIN).parent}/{name}" for name in FOLDERS], Path.cwd())
        text = json.dumps(content, indent=2, ensure_ascii=False)
        (part / "ro-crate-metadata.json").write_text(text + "\n", encoding="utf-8")


def _adopt(source: Path, target: Path) -> None:
    """Give a file or folder a second name; results are never changed in place, only replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_link, ignore=shutil.ignore_patterns(".snakemake*"))
    else:
        _link(source, target)


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without hard links
        shutil.copy2(source, target)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            manifest=Path(snakemake.input.manifest),
            report=Path(snakemake.input.report),
            workflow=Path(__file__).parents[1],
            crate=Path(snakemake.output.crate),
        )
