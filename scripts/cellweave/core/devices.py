"""One GPU per job on a machine that several jobs share."""

import fcntl
import logging
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cellweave.core.errors import InputError

logger = logging.getLogger(__name__)

VISIBLE = "CUDA_VISIBLE_DEVICES"
POLL_SECONDS = 0.5


@contextmanager
def own_device(device: str, folder: Path | None = None) -> Iterator[str | None]:
    """Let this process see one GPU that no other cellweave job of the same user sees.

    Snakemake counts GPUs but hands out no device numbers, so that every job would take the first.
    Enter this block before anything starts CUDA.

    Parameters
    ----------
    device : str
        ``auto``, ``cpu`` or ``gpu``, as configured; with ``cpu`` nothing happens.
    folder : Path, optional
        Where the lock files lie; by default a folder of this user below the temporary folder.

    Yields
    ------
    str or None
        The device, or None when there is nothing to choose: no GPU, or exactly one. A cluster's scheduler shows a
        job its own device only, often as number 0 on every job, so that a lock by number would be wrong there.
    """
    devices = visible_devices() if device != "cpu" else []
    if len(devices) < 2:
        yield None
        return
    before = os.environ.get(VISIBLE)
    with slot(devices, folder or _folder()) as own:
        os.environ[VISIBLE] = own
        try:
            yield own
        finally:
            os.environ.pop(VISIBLE)
            if before is not None:
                os.environ[VISIBLE] = before


def visible_devices() -> list[str]:
    """Return the GPUs that this process may use: as CUDA_VISIBLE_DEVICES names them, else by their UUIDs.

    UUIDs, because CUDA and nvidia-smi do not number the devices in the same order.
    """
    named = os.environ.get(VISIBLE)
    if named is None:
        named = _installed()
    devices = [name.strip() for name in named.replace("\n", ",").split(",")]
    # CUDA ignores what follows a negative number.
    valid = next((index for index, name in enumerate(devices) if name.startswith("-")), len(devices))
    return [name for name in devices[:valid] if name]


@contextmanager
def slot(devices: Sequence[str], folder: Path) -> Iterator[str]:
    """Hold one of `devices` for the length of the block, waiting until one is free.

    The lock is the kernel's (``flock``): it goes with the process, however that ends, so that a killed job
    leaves no device taken and nothing has to be cleaned up.

    Parameters
    ----------
    devices : sequence of str
        Names of the devices; the first free one is taken.
    folder : Path
        Where the lock files lie, the same for all jobs and on a disk of this machine.

    Raises
    ------
    InputError
        When the lock files cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = {name: os.open(folder / f"{name.replace('/', '_')}.lock", os.O_RDWR | os.O_CREAT) for name in devices}
    except OSError as error:
        todo = "set TMPDIR to a folder on this machine that you may write to"
        raise InputError(f"no lock for the GPUs: {error}", where=folder, todo=todo) from None
    own = None
    try:
        own = _take(files)
        yield own
    finally:
        # Closing lets go, the ones that were not taken included.
        for file in files.values():
            os.close(file)
        logger.info("GPU %s is free again", own)


def _take(files: dict[str, int]) -> str:
    waiting = False
    while True:
        for name, file in files.items():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            logger.info("GPU %s is mine", name)
            return name
        if not waiting:
            logger.warning("all %d GPUs are taken by other jobs; waiting for one", len(files))
            waiting = True
        time.sleep(POLL_SECONDS)


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / f"cellweave-devices-{os.getuid()}"


def _installed() -> str:
    if not shutil.which("nvidia-smi"):
        return ""
    command = ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return listed.stdout if listed.returncode == 0 else ""
