"""Fixtures of the tests of training."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from training_movie import write_movie


@pytest.fixture(scope="session")
def movie(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Keyword arguments that name a movie of six frames with eight discs each."""
    return write_movie(tmp_path_factory.mktemp("movie"))


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator."""
    return np.random.default_rng(1)
