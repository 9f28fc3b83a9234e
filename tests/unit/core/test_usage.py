"""What a job took is in its log."""

import logging

import numpy as np
import pytest

from cellweave.core.errors import InputError
from cellweave.core.logs import log_to
from cellweave.core.usage import MIB, peak_bytes, read_usage


def test_a_log_ends_with_what_the_job_took(tmp_path):
    with log_to(tmp_path / "job.log"):
        held = np.ones(48 * MIB)
        logging.getLogger("job").info("took long")
    usage = read_usage(tmp_path / "job.log")
    assert held.nbytes / MIB < usage.peak_mib <= peak_bytes() / MIB + 1
    assert usage.cpu_seconds > 0 and 0 <= usage.seconds < 600


def test_a_job_that_failed_says_nothing(tmp_path):
    with pytest.raises(SystemExit), log_to(tmp_path / "job.log"):
        raise ValueError
    with pytest.raises(InputError, match="does not say what the job took"):
        read_usage(tmp_path / "job.log")
