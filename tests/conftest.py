"""Fixtures that every test folder shares."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))


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
