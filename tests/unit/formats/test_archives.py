"""Downloads resume and are verified; archives that are damaged or hostile are refused by name."""

import hashlib
import http.server
import io
import logging
import socket
import stat
import struct
import threading
import time
import zipfile
from pathlib import Path

import pytest

from cellweave.core.errors import InputError
from cellweave.formats import archives
from cellweave.formats.archives import fetch, unpack


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


BODY = zipped(a=bytes(range(256)) * 40)


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.body`; `server.plan` holds one trouble per request, None or missing for none."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        server.ranges.append(self.headers.get("Range"))
        trouble = server.plan.pop(0) if server.plan else None
        if isinstance(trouble, int):
            self.send_error(trouble)
            return
        if isinstance(trouble, str) and trouble.startswith("to "):
            self.send_response(302)
            self.send_header("Location", trouble.removeprefix("to "))
            self.end_headers()
            return
        body, start = server.body, 0
        tag = server.tag or (f'"{sha256(body)[:8]}"' if server.tagged else None)
        if self.headers.get("Range") and self.headers.get("If-Range") == tag and trouble != "ignore range":
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", "many" if trouble == "no number" else str(len(body) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if tag:
            self.send_header("ETag", tag)
        self.end_headers()
        middle = (start + len(body)) // 2
        self.wfile.write(body[start : middle if trouble in ("cut", "stall", "reset", "cut and change") else None])
        self.wfile.flush()
        if trouble == "stall":
            time.sleep(0.6)
        if trouble == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        if trouble == "cut and change":
            server.body = server.changed


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(archives, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(archives, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(archives, "PIECE_BYTES", 1)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.body, server.changed, server.tagged, server.tag, server.plan, server.ranges = (
            BODY,
            None,
            True,
            None,
            [],
            [],
        )
        server.url = f"http://127.0.0.1:{server.server_port}/data/a.zip"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "new" / "a.zip"


def test_download_is_verified_and_leaves_one_file(server, target):
    fetch(server.url, target, sha256(BODY))
    assert target.read_bytes() == BODY
    assert [path.name for path in target.parent.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("trouble", ["cut", "stall", "reset"])
def test_what_breaks_off_is_resumed(server, target, trouble):
    server.plan = [503, trouble, trouble]
    fetch(server.url, target, sha256(BODY))
    half = len(BODY) // 2
    assert server.ranges == [None, None, f"bytes={half}-", f"bytes={(half + len(BODY)) // 2}-"]
    assert target.read_bytes() == BODY


def test_a_failed_download_is_resumed_by_the_next_call(server, target, monkeypatch):
    monkeypatch.setattr(archives, "TRIES", 1)
    server.plan = ["cut"]
    with pytest.raises(InputError, match="IncompleteRead"):
        fetch(server.url, target, sha256(BODY))
    assert not target.exists()
    fetch(server.url, target, sha256(BODY))
    assert server.ranges == [None, f"bytes={len(BODY) // 2}-"]
    assert target.read_bytes() == BODY


def test_a_complete_part_is_not_fetched_again(server, target):
    class Complete(Handler):
        def do_GET(self):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(BODY)}")
            self.end_headers()

    target.parent.mkdir()
    part = target.with_name(".a.zip.download")
    part.write_bytes(BODY)
    archives._note(part).write_text(f'{{"url": "{server.url}", "validator": "x"}}')
    server.RequestHandlerClass = Complete
    fetch(server.url, target, sha256(BODY))
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("trouble", ["server without tags", "server ignores ranges", "file changes"])
def test_parts_of_two_files_are_never_glued(server, target, trouble):
    server.changed = zipped(b=b"another version" * 800)
    server.tagged = trouble != "server without tags"
    server.plan = ["cut and change", "ignore range"] if trouble == "server ignores ranges" else ["cut and change"]
    fetch(server.url, target, sha256(server.changed))
    assert target.read_bytes() == server.changed


def test_a_resumed_file_that_is_another_under_the_same_tag_is_refused_and_fetched_anew(server, target):
    server.tag, server.changed = '"one"', BODY[::-1]
    server.plan = ["cut and change"]
    with pytest.raises(InputError, match="instead of the one with sha256"):
        fetch(server.url, target, sha256(BODY))
    assert list(target.parent.iterdir()) == []
    fetch(server.url, target, sha256(server.changed))
    assert server.ranges == [None, f"bytes={len(BODY) // 2}-", None]


def test_a_redirection_to_another_host_is_followed_and_resumed_there(server, target):
    elsewhere = f"to http://localhost:{server.server_port}/b.zip"
    server.plan = [elsewhere, "cut", elsewhere]
    fetch(server.url, target, sha256(BODY))
    assert target.read_bytes() == BODY
    assert server.ranges == [None, None, f"bytes={len(BODY) // 2}-", f"bytes={len(BODY) // 2}-"]


@pytest.mark.parametrize("to", ["file:///etc/hostname", "/data/a.zip", "http://[::1"])
def test_a_redirection_to_nowhere_or_to_this_disk_is_refused(server, target, to):
    server.plan = [f"to {to}"] * 200
    with pytest.raises(InputError, match="cannot download"):
        fetch(server.url, target, sha256(BODY))
    assert list(target.parent.iterdir()) == []


def test_a_length_that_is_no_number_is_as_good_as_none(server, target):
    server.plan = ["no number"]
    fetch(server.url, target, sha256(BODY))
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("known", [True, False])
def test_an_error_page_with_status_200_is_refused(server, target, known):
    server.body = b"<!DOCTYPE html><title>Sign in</title>"
    with pytest.raises(InputError, match="a web page instead of"):
        fetch(server.url, target, sha256(BODY) if known else None)
    assert list(target.parent.iterdir()) == []


def test_a_wrong_hash_names_both_and_the_url(server, target):
    with pytest.raises(InputError) as caught:
        fetch(server.url, target, "0" * 64)
    assert sha256(BODY) in str(caught.value)
    assert "0" * 64 in str(caught.value)
    assert server.url in str(caught.value)
    assert list(target.parent.iterdir()) == []


def test_an_unknown_hash_is_logged(server, target, caplog):
    with caplog.at_level(logging.INFO):
        fetch(server.url, target)
    assert f"has sha256 {sha256(BODY)}" in caplog.text


def test_a_missing_file_is_not_tried_again(server, target):
    server.plan = [404]
    with pytest.raises(InputError, match="the server answers 404 Not Found"):
        fetch(server.url, target)
    assert len(server.ranges) == 1


def test_no_network_and_no_mirror_says_what_to_do(target, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "FIRST_PAUSE_S", 0.001)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/data/a.zip"
        with pytest.raises(InputError) as caught:
            fetch(url, target, mirror=tmp_path)
    message = str(caught.value)
    assert f"cannot download {url}: Failed to establish a new connection" in message
    assert f"not in the mirror either: {tmp_path / url.removeprefix('http://')}" in message
    assert "put the file into a folder under <host>/<path>" in message


def test_more_than_the_disk_holds_is_refused_before_it_comes(server, target, monkeypatch):
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
    with pytest.raises(InputError, match=f"disk full: {len(BODY):,} bytes to come, 10 free"):
        fetch(server.url, target)


@pytest.fixture
def mirrored(tmp_path) -> Path:
    (tmp_path / "mirror" / "data.org" / "x").mkdir(parents=True)
    (tmp_path / "mirror" / "data.org" / "x" / "a.zip").write_bytes(BODY)
    return tmp_path / "mirror"


def test_the_mirror_is_looked_up_first_and_its_own_hash_wins(mirrored, target, caplog):
    (mirrored / "SHA256SUMS").write_text(f"{'1' * 64}  other.zip\n{sha256(BODY)}  data.org/x/a.zip\n")
    with caplog.at_level(logging.INFO):
        fetch("https://data.org/x/a.zip", target, "0" * 64, mirror=mirrored)
    assert target.read_bytes() == BODY
    assert "the mirror's own hash is used, not the registry's" in caplog.text


def test_a_damaged_mirror_is_refused(mirrored, target):
    (mirrored / "SHA256SUMS").write_text(f"{'0' * 64}  data.org/x/a.zip\n")
    with pytest.raises(InputError, match=r"instead of the one with sha256 0000(.|\n)*data\.org/x/a\.zip"):
        fetch("https://data.org/x/a.zip", target, sha256(BODY), mirror=mirrored)
    with pytest.raises(InputError, match=r"no such folder(.|\n)*config key mirror"):
        fetch("https://data.org/x/a.zip", target, mirror=mirrored / "absent")
    assert not target.exists()


def test_a_mirror_without_sums_is_verified_by_the_registry(mirrored, target):
    fetch("https://data.org/x/a.zip", target, sha256(BODY), mirror=mirrored)
    with pytest.raises(InputError, match="instead of the one with"):
        fetch("https://data.org/x/a.zip", target, "0" * 64, mirror=mirrored)


def test_files_of_this_machine_are_copied(tmp_path, target):
    source = tmp_path / "a b.zip"
    source.write_bytes(BODY)
    for url in (str(source), source.as_uri()):
        fetch(url, target, sha256(BODY))
        assert target.read_bytes() == BODY
    with pytest.raises(InputError, match=r"no such file: absent\.zip"):
        fetch("absent.zip", target)


def archive_of(path: Path, *names: str, content: bytes = b"x", mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return path


def test_an_archive_is_unpacked_with_its_folders(tmp_path):
    archive = archive_of(tmp_path / "a.zip", "U373/01/t000.tif", "U373/02/t000.tif", "U373/01..x/t")
    unpack(archive, tmp_path / "out")
    assert (tmp_path / "out/U373/01/t000.tif").read_bytes() == b"x"
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 3


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("names", "mode", "message"),
    [
        (("/etc/passwd",), 0, "an absolute path: '/etc/passwd'"),
        (("C:/a",), 0, "an absolute path"),
        (("ok", "a/../../b"), 0, "a path with '..': 'a/../../b'"),
        (("..\\b",), 0, "an absolute path"),
        (("link",), stat.S_IFLNK | 0o777, "a link or a device: 'link'"),
        (("pipe",), stat.S_IFIFO, "a link or a device"),
        (("a", "a"), 0, "two files of one name: 'a'"),
        (("a/b", "a/./b"), 0, "two files of one name"),
        (("a", "a/b"), 0, "a file and a folder of one name: 'a'"),
        ((), 0, "no files at all"),
        ((".",), 0, "a file without a name"),
        (("a/", "a"), 0, "a file and a folder of one name: 'a'"),
        (("x" * 256,), 0, "a name that is too long"),
        (("x/" * 600 + "x",), 0, "a name that is too long"),
    ],
)
def test_hostile_archives_are_refused(tmp_path, names, mode, message):
    archive = archive_of(tmp_path / "a.zip", *names, mode=mode)
    with pytest.raises(InputError) as caught:
        unpack(archive, tmp_path / "out")
    assert f"archive refused, it holds {message}" in str(caught.value)
    assert str(archive) in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_absurd_sizes_are_refused(tmp_path, monkeypatch):
    archive = archive_of(tmp_path / "a.zip", "zeros", content=bytes(1_000_000))
    monkeypatch.setattr(archives, "MAX_UNSUSPICIOUS_BYTES", 900_000)
    with pytest.raises(InputError, match=r"1,000,000 bytes out of .*: an absurd size"):
        unpack(archive, tmp_path / "out")
    monkeypatch.setattr(archives, "MAX_UNSUSPICIOUS_BYTES", 1_100_000)
    unpack(archive, tmp_path / "out")
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
    with pytest.raises(InputError, match="disk full: 1,000,000 bytes to unpack, 10 free"):
        unpack(archive, tmp_path / "out2")


def test_a_bomb_that_lies_about_its_size_writes_no_more_than_it_said(tmp_path, monkeypatch):
    content = archive_of(tmp_path / "a.zip", "zeros", content=bytes(1_000_000)).read_bytes()
    (tmp_path / "a.zip").write_bytes(content.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 10)))
    written = []
    copy = archives.shutil.copyfileobj

    def counted(reader, writer, length):
        try:
            copy(reader, writer, length)
        finally:
            written.append(writer.tell())

    monkeypatch.setattr(archives.shutil, "copyfileobj", counted)
    with pytest.raises(InputError, match="a truncated or damaged file"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert len(written) == 1 and written[0] <= 10 and not (tmp_path / "out").exists()


def test_names_that_are_not_utf8_are_refused_where_they_claim_to_be_and_kept_inside_where_not(tmp_path):
    content = archive_of(tmp_path / "a.zip", "é1", "t2").read_bytes()
    (tmp_path / "a.zip").write_bytes(content.replace("é".encode(), b"\xff\xfe"))
    with pytest.raises(InputError, match="a truncated or damaged file"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    (tmp_path / "a.zip").write_bytes(content.replace(b"t2", b"\xff2"))  # no flag: a name of the old code page 437
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["\xa02", "é1"]


def test_encrypted_archives_are_refused(tmp_path):
    content = bytearray(archive_of(tmp_path / "a.zip", "a").read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError, match="an encrypted file: 'a'"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_methods_that_take_memory_as_a_header_says_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"x")
    with pytest.raises(InputError, match="a file packed by another method than deflate: 'a'"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


@pytest.mark.parametrize("damage", ["truncated", "flipped", "page", "empty"])
def test_damaged_archives_are_refused(tmp_path, damage):
    content = bytearray(BODY)
    content[100] ^= 1
    damaged = {"truncated": BODY[:-40], "flipped": bytes(content), "page": b"\n<html>no</html>", "empty": b""}[damage]
    (tmp_path / "a.zip").write_bytes(damaged)
    with pytest.raises(
        InputError, match=r"instead of a zip archive: .*\n  where: .*a\.zip\n  to do: delete it"
    ) as caught:
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert ("a web page" in str(caught.value)) == (damage == "page")
    assert not (tmp_path / "out").exists()
