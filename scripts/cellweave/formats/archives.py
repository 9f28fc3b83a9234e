"""Archives: fetch one from a mirror, a disk or the network, and unpack it without trusting it."""

import errno
import json
import logging
import shutil
import stat
import struct
import time
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import requests

from cellweave.core.errors import InputError
from cellweave.core.files import CHUNK_BYTES, remove, sha256_of, whole
from cellweave.core.progress import bar
from cellweave.core.registry import is_remote, path_of

logger = logging.getLogger(__name__)

TIMEOUT_S = 30.0
TRIES = 5
PIECE_BYTES = 1 << 14  # what a connection that breaks off may lose
FIRST_PAUSE_S = 1.0
PASSING_TROUBLE = frozenset({408, 425, 429, 500, 502, 503, 504})
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    UnicodeDecodeError,
    EOFError,
    NotImplementedError,
)
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)  # lzma takes as much memory as a header says
MAX_RATIO = 200
MAX_PATH = 1000  # characters
MAX_NAME = 255  # bytes
MAX_UNSUSPICIOUS_BYTES = 100_000_000
MAX_BYTES = 500_000_000_000


def fetch(url: str, target: str | Path, sha256: str | None = None, mirror: str | Path | None = None) -> None:
    """Bring the file at `url` to `target` and verify it; nothing unverified gets that name.

    Parameters
    ----------
    url : str
        ``https://``, ``http://`` or ``file://`` address, or a path on this machine.
    target : str or Path
        File to write. A download that breaks off stays beside it and is resumed by the next call.
    sha256 : str, optional
        Expected hash; without one the hash is logged.
    mirror : str or Path, optional
        Folder that is looked up first, by ``<host>/<path>`` of `url`. The hash in its ``SHA256SUMS`` wins over
        `sha256`, because a mirror may hold a reduced file.

    Raises
    ------
    InputError
        Neither network nor mirror has the file, or it is not what it should be.
    """
    target = Path(target)
    if not is_remote(url):
        source = Path(unquote(urlsplit(url).path) if url.startswith("file://") else url)
        if not source.is_file():
            raise InputError(f"no such file: {source}", where=url, todo="correct the url in the table of datasets")
        _copy(source, target, sha256)
        return
    if mirror and not Path(mirror).is_dir():
        raise InputError(f"no such folder: {mirror}", where="config key mirror", todo="correct it, or leave it empty")
    twin = Path(mirror) / path_of(url) if mirror else None
    if twin and twin.is_file():
        _copy(twin, target, _hash_in_mirror(Path(mirror), path_of(url), sha256))
    else:
        _download(url, target, sha256, twin)


def reachable(url: str, mirror: str | Path | None = None) -> bool:
    """Whether the mirror or, on the first try, the network has the file at `url`."""
    if mirror and (Path(mirror) / path_of(url)).is_file():
        return True
    try:
        with _answer(url, {}) as response:
            return response.ok
    except requests.RequestException as error:
        logger.warning("%s: %s", url, _brief(error))
        return False


def unpack(archive: str | Path, folder: str | Path) -> None:
    """Unpack a zip archive into `folder`, whole or not at all.

    Parameters
    ----------
    archive : str or Path
        A zip file, not trusted.
    folder : str or Path
        Folder to make.

    Raises
    ------
    InputError
        The archive is damaged, encrypted, packed by a method that is not `METHODS`, claims an absurd size, or holds
        absolute paths, ``..``, names that disks do not take, links or two files of one name.
    """
    archive = Path(archive)
    try:
        with zipfile.ZipFile(archive) as opened, whole(folder) as part:
            entries = opened.infolist()
            part.mkdir()
            _check_names(entries, archive)
            _check_size(entries, archive, shutil.disk_usage(part).free)
            _extract(opened, entries, part)
    except DAMAGE as error:
        raise _damaged(archive, error) from error
    except OSError as error:
        if error.errno in (None, errno.EINVAL):  # bzip2 data, or an offset, that cannot be
            raise _damaged(archive, error) from error
        raise


def _damaged(archive: Path, error: Exception) -> InputError:
    found = "a web page" if _starts_like_a_page(archive) else "a truncated or damaged file"
    return InputError(f"{found} instead of a zip archive: {error}", where=archive, todo="delete it and fetch it again")


def _hash_in_mirror(mirror: Path, name: str, sha256: str | None) -> str | None:
    """Return the hash that the mirror gives for its own file, else `sha256`."""
    sums = mirror / "SHA256SUMS"
    for line in sums.read_text(encoding="utf-8").splitlines() if sums.is_file() else ():
        digest, _, listed = line.partition(" ")
        if listed.lstrip(" *").removeprefix("./") == name:
            if sha256 and digest != sha256:
                logger.info("%s: the mirror's own hash is used, not the registry's: its file may be reduced", name)
            return digest
    return sha256


def _copy(source: Path, target: Path, sha256: str | None) -> None:
    size = source.stat().st_size
    with (
        whole(target) as part,
        source.open("rb") as reader,
        part.open("wb") as writer,
        bar(f"copy {source.name}", size, "B", unit_scale=True) as shown,
    ):
        while chunk := reader.read(CHUNK_BYTES):
            writer.write(chunk)
            shown.update(len(chunk))
        writer.flush()
        _verify(part, sha256, source)


def _download(url: str, target: Path, sha256: str | None, twin: Path | None) -> None:
    """Download with resumption; a try that brings no new byte counts, and `TRIES` of them in a row end it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.download")
    failures = 0
    while True:
        before = _size(part)
        try:
            _continue(url, part)
            break
        except requests.RequestException as error:
            failures = 1 if _size(part) > before else failures + 1
            if failures >= TRIES:
                raise _unreachable(url, error, twin) from error
            pause = FIRST_PAUSE_S * 2 ** (failures - 1)
            logger.warning("%s: %s; trying again in %.0f s", url, _brief(error), pause)
            time.sleep(pause)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                remove(part)
            raise
    try:
        _verify(part, sha256, url)
    except InputError:
        remove(part)
        raise
    finally:
        remove(_note(part))
    part.replace(target)


def _continue(url: str, part: Path) -> None:
    """Append what `part` lacks, or begin anew where the server has another version by now or cannot resume."""
    validator = _validator_of_part(url, part)
    headers = {"Accept-Encoding": "identity"}
    if validator:
        headers |= {"Range": f"bytes={_size(part)}-", "If-Range": validator}
    with _answer(url, headers) as response:
        start = _start(response, part)
        if start is None:
            return
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        _check_space(total, start, part)
        if not start:
            remove(part)  # before the note, so that it never vouches for bytes of another version
        _note(part).write_text(json.dumps({"url": url, "validator": _validator(response)}), encoding="utf-8")
        with (
            part.open("ab") as stream,
            bar(f"download {url.rsplit('/', 1)[-1]}", total, "B", initial=start, unit_scale=True) as shown,
        ):
            for chunk in response.iter_content(PIECE_BYTES):
                stream.write(chunk)
                shown.update(len(chunk))
    if total is not None and _size(part) != total:
        raise requests.ConnectionError(f"the connection ended after {_size(part)} of {total} bytes")


def _answer(url: str, headers: dict[str, str]) -> requests.Response:
    try:
        return requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S)
    except requests.RequestException:
        raise
    except ValueError as error:  # a redirection to what is no address
        raise requests.exceptions.InvalidURL(str(error)) from error


def _start(response: requests.Response, part: Path) -> int | None:
    """Return the byte at which the answer starts: 0, or the size of `part`; None where nothing is to come."""
    code, span, size = response.status_code, response.headers.get("Content-Range", ""), _size(part)
    if code == requests.codes.partial_content and span.startswith(f"bytes {size}-"):
        return size
    if code == requests.codes.range_not_satisfiable and span == f"bytes */{size}":
        return None
    if code in (requests.codes.partial_content, requests.codes.range_not_satisfiable):
        remove(_note(part))
        raise requests.HTTPError("the server cannot resume this download: starting anew")
    if code == requests.codes.ok:
        return 0
    if code in PASSING_TROUBLE:
        raise requests.HTTPError(f"the server answers {code} {response.reason}")
    raise InputError(
        f"the server answers {code} {response.reason}", where=response.url, todo="correct the url, or use a mirror"
    )


def _validator(response: requests.Response) -> str | None:
    """Return what names this version of the file in ``If-Range`` (RFC 9110, 13.1.5: no weak entity tags)."""
    tag = response.headers.get("ETag", "W/")
    return response.headers.get("Last-Modified") if tag.startswith("W/") else tag


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _validator_of_part(url: str, part: Path) -> str | None:
    try:
        note = json.loads(_note(part).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return note["validator"] if note["url"] == url and _size(part) else None


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _check_space(total: int | None, start: int, part: Path) -> None:
    free = shutil.disk_usage(part.parent).free
    if total is not None and total - start > free:
        raise InputError(
            f"disk full: {total - start:,} bytes to come, {free:,} free", where=part.parent, todo="free space"
        )


def _unreachable(url: str, error: Exception, twin: Path | None) -> InputError:
    looked = f"not in the mirror either: {twin}" if twin else "no mirror is configured"
    return InputError(
        f"cannot download {url}: {_brief(error)}; {looked}",
        todo="check the network, or put the file into a folder under <host>/<path> of its url and name that folder as "
        "`mirror` in the config; what has arrived is kept and will be resumed",
    )


def _brief(error: Exception) -> str:
    """Return the reason of a request error, without the names of the objects that found it."""
    inner = error.args[0] if error.args else error
    reason = getattr(inner, "reason", inner)
    text = reason.args[0] if isinstance(reason, Exception) and reason.args else reason
    return str(text).rsplit("): ", 1)[-1]


def _verify(file: Path, sha256: str | None, source: object) -> None:
    digest = sha256_of(file)
    if sha256 is None:
        if str(source).endswith(".zip") and not zipfile.is_zipfile(file):
            found = "a web page" if _starts_like_a_page(file) else "something else"
            raise InputError(f"{found} instead of a zip archive", where=source, todo="open the url in a browser")
        logger.info("%s has sha256 %s: put it into the table of datasets to have it verified", source, digest)
    elif digest != sha256:
        found = "a web page" if _starts_like_a_page(file) else f"a file with sha256 {digest}"
        raise InputError(
            f"{found} instead of the one with sha256 {sha256}",
            where=source,
            todo="try again; if it persists, the file has changed at its source: check it, then correct the hash",
        )


def _starts_like_a_page(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(256).lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml"))


def _check_names(entries: list[zipfile.ZipInfo], archive: Path) -> None:
    files: set[PurePosixPath] = set()
    folders: set[PurePosixPath] = set()
    for entry in entries:
        path = PurePosixPath(entry.filename)
        is_folder = entry.filename.endswith("/")
        problems = {
            "a file without a name": not path.parts and not is_folder,
            "an absolute path": path.is_absolute() or entry.filename[1:2] == ":" or "\\" in entry.orig_filename,
            "a path with '..'": ".." in path.parts,
            "a link or a device": stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR),
            "an encrypted file": bool(entry.flag_bits & 1),
            "a file packed by another method than deflate": entry.compress_type not in METHODS,
            "a name that is too long": len(entry.filename) > MAX_PATH or _longest(path) > MAX_NAME,
            "two files of one name": path in files,
        }
        for problem, found in problems.items():
            if found:
                raise _refused(f"{problem}: {entry.filename[:100]!r}", archive)
        (folders if is_folder else files).add(path)
        folders.update(path.parents)
    if clash := files & folders:
        raise _refused(f"a file and a folder of one name: {str(min(clash))!r}", archive)
    if not files:
        raise _refused("no files at all", archive)


def _longest(path: PurePosixPath) -> int:
    return max((len(part.encode()) for part in path.parts), default=0)


def _check_size(entries: list[zipfile.ZipInfo], archive: Path, free: int) -> None:
    claimed, packed = sum(entry.file_size for entry in entries), archive.stat().st_size
    if claimed > MAX_BYTES or (claimed > MAX_UNSUSPICIOUS_BYTES and claimed > MAX_RATIO * packed):
        raise _refused(f"{claimed:,} bytes out of {packed:,}: an absurd size", archive)
    if claimed > free:
        raise InputError(f"disk full: {claimed:,} bytes to unpack, {free:,} free", where=archive, todo="free space")


def _refused(holds: str, archive: Path) -> InputError:
    return InputError(
        f"archive refused, it holds {holds}", where=archive, todo="get it from its publisher, or unpack it by hand"
    )


def _extract(opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo], folder: Path) -> None:
    total = sum(entry.file_size for entry in entries)
    with bar(f"unpack {Path(str(opened.filename)).name}", total, "B", unit_scale=True) as shown:
        for entry in entries:
            target = folder / entry.filename
            if entry.filename.endswith("/"):
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(entry) as reader, target.open("xb") as writer:
                shutil.copyfileobj(reader, writer, CHUNK_BYTES)
            shown.update(entry.file_size)
