"""Where results come from: code, configuration, packages, machine and input files."""

import logging
import os
import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from cellweave.core.files import sha256_of, size_of

logger = logging.getLogger(__name__)

PACKAGES = (
    "snakemake",
    "torch",
    "pytorch-lightning",
    "hydra-core",
    "zarr",
    "ome-zarr",
    "tensorstore",
    "numpy",
    "scipy",
    "pandas",
    "scikit-image",
    "scikit-learn",
    "numba",
    "trackpy",
    "highspy",
    "py-ctcmetrics",
    "faster-coco-eval",
    "geff",
    "matplotlib",
)
UNKNOWN = "unknown"


def describe_code(repository: Path) -> dict[str, Any]:
    """Return `commit` and `dirty` (uncommitted changes) of a git repository.

    Both are ``"unknown"`` and None, with a warning, outside git or where git is not installed.
    """
    try:
        commit = _git(repository, "rev-parse", "HEAD")
        return {"commit": commit, "dirty": bool(_git(repository, "status", "--porcelain"))}
    except (OSError, subprocess.CalledProcessError) as error:
        reason = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[0]
        logger.warning(
            "%s is no git repository with a commit (%s): the commit is recorded as unknown", repository, reason
        )
        return {"commit": UNKNOWN, "dirty": None}


def describe_packages(names: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Return the versions of those of `names` that are installed here."""
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def describe_machine() -> dict[str, Any]:
    """Return platform, processor, number of cores and memory [GiB]."""
    return {
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
    }


def describe_files(files: list[Path]) -> list[dict[str, Any]]:
    """Return `path`, `bytes`, `sha256` of each file or folder, and which of them it is (`is_folder`)."""
    return [
        {"path": str(file), "is_folder": file.is_dir(), "bytes": size_of(file), "sha256": sha256_of(file)}
        for file in files
    ]


def command_line() -> str:
    """Return the command that a user typed: the outermost snakemake above this process, else this process."""
    command = sys.argv
    try:
        for process in psutil.Process().parents():
            line = process.cmdline()
            if any(Path(word).name in ("snakemake", "snakemake.exe") for word in line[:3]):
                command = ["snakemake", *line[next(i for i, w in enumerate(line) if Path(w).stem == "snakemake") + 1 :]]
    except psutil.Error:
        logger.info("cannot see the processes above this one; the command is recorded as this script's")
    return shlex.join(command)


def now() -> str:
    """Return the time in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _git(repository: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()
