"""Fixtures that every test folder shares."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)  # how long a case takes says more about the machine than about it
settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long runs of the whole workflow, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: "workflow" not in item.path.parts)


def _folder(variable: str, default: Path) -> Path:
    folder = Path(os.environ.get(variable, default))
    if not folder.is_dir():
        pytest.skip(f"no real data here: set {variable} to a folder such as the README describes ({folder} is absent)")
    return folder


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Folder of real data under `<host>/<path>` of their official URLs."""
    return _folder("CELLWEAVE_MIRROR", ROOT.parent / "shared" / "mirror")


@pytest.fixture(scope="session")
def oracles() -> Path:
    """Folder of results with officially known scores."""
    return _folder("CELLWEAVE_ORACLES", ROOT.parent / "shared" / "oracles")


@pytest.fixture
def tiny_disk(tmp_path) -> Iterator[Path]:
    """A disk of 1 MB; threads that still hold a file on it do not keep it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small tmpfs here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
