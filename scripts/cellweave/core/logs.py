"""Logging of one job: to its log file in full, to the terminal in brief."""

import errno
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cellweave.core.errors import InputError
from cellweave.core.usage import log_usage

logger = logging.getLogger(__name__)

ROOM = "free space, or move results with `snakemake --directory`"
RIGHTS = "check the owner and the mode of its folder, and whether its disk is mounted for writing"
TROUBLE = {
    errno.ENOSPC: ("disk full: no space left while writing", ROOM),
    errno.EDQUOT: ("disk full: your quota is used up, while writing", ROOM),
    errno.EACCES: ("permission denied:", RIGHTS),
    errno.EPERM: ("permission denied:", RIGHTS),
    errno.EROFS: ("permission denied, the disk is read-only:", RIGHTS),
    errno.ENOENT: ("not there, or removed while in use:", "let no other program clean up here, and run again"),
}


@contextmanager
def log_to(path: str | Path) -> Iterator[None]:
    """Log everything below this block to `path`, warnings to the terminal, and at the end what it took.

    An error ends the process with status 1: its message comes first, its traceback goes to the
    log file only, so that a user reads a sentence and a developer still finds the stack.

    Parameters
    ----------
    path : str or Path
        Log file; its folder is made.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handlers = _handlers(path)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    for handler in handlers:
        root.addHandler(handler)
    try:
        with log_usage():
            yield
    except Exception as error:
        logger.error("%s\n  log: %s", explain(error), path)
        with suppress(OSError):
            handlers[0].stream.write(_traceback(error))
        sys.exit(1)
    finally:
        for handler in handlers:
            root.removeHandler(handler)
            handler.flush()
        handlers[0].close()


def explain(error: BaseException) -> str:
    """Return the sentence a user should read first for `error`."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and error.errno in TROUBLE:
        what, todo = TROUBLE[error.errno]
        return f"{what} {error.filename or 'a file'}\n  to do: {todo}; nothing half-written remains"
    return f"unexpected {type(error).__name__}: {error}"


class _JobLog(logging.FileHandler):
    """A log file on a disk that may be full: it is cut off then, and the terminal has the message all the same."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()

    def close(self) -> None:
        with suppress(OSError):
            super().close()


def _handlers(path: str | Path) -> tuple[logging.FileHandler, logging.StreamHandler]:
    to_file = _JobLog(path, mode="w", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.setLevel(logging.WARNING)
    to_terminal.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    return to_file, to_terminal


def _traceback(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))
