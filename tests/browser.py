"""A real browser, driven through its WebDriver: what a reader sees, what goes wrong, what is asked from elsewhere."""

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
PATIENCE_S = 600  # only ends what hangs: a loaded machine may take minutes to start a browser

# Resolves with the place of the element `e` on the screen when no scrolling or late layout has moved it for ten frames.
AT_REST = """
const place = () => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; };
const frame = () => new Promise(requestAnimationFrame);
e.scrollIntoView({block: 'center', behavior: 'instant'});
for (let still = 0, before = place(); still < 10; before = place()) {
  await frame();
  still = String(place()) === String(before) ? still + 1 : 0;
}
return place();
"""


class Browser:
    """One window of Chromium."""

    def __init__(self, port: int, folder: Path) -> None:
        self.base = f"http://127.0.0.1:{port}"
        options = {
            "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": [*FLAGS, f"--user-data-dir={folder}"]},
            "timeouts": {"script": 1000 * PATIENCE_S, "pageLoad": 1000 * PATIENCE_S},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        answer = self._ask("/session", {"capabilities": {"alwaysMatch": options}})
        self.base += f"/session/{answer['sessionId']}"

    def _ask(self, path: str, content: dict | None = None, method: str = "POST"):
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.base + path, body, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)["value"]

    def emulate(self, command: str, **parameters: object) -> None:
        """Send a command of Chrome's DevTools protocol, for the size of the screen or the colour scheme."""
        self._ask("/goog/cdp/execute", {"cmd": f"Emulation.{command}", "params": parameters})

    def open(self, page: Path, width: int, height: int) -> None:
        """Open a page on a screen of `width` x `height` pixels, below 500 a phone's."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.emulate("setDeviceMetricsOverride", **screen)
        self._ask("/url", {"url": page.as_uri()})

    def run(self, script: str):
        return self._ask("/execute/sync", {"script": script, "args": []})

    def wait(self, script: str):
        """Return what `script` returns once that is true."""
        until = time.monotonic() + PATIENCE_S
        while not (value := self.run(script)):
            assert time.monotonic() < until, f"still not: {script}"
            time.sleep(0.05)
        return value

    def click(self, selector: str, x: float = 0.5, y: float = 0.5) -> None:
        """Click at a share of an element's width and height, once it has come to rest."""
        left, top, width, height = self.run(
            f"return (async () => {{const e = document.querySelector({json.dumps(selector)}); {AT_REST}}})()"
        )
        place = {"x": round(left + x * width), "y": round(top + y * height)}
        press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        actions = [{"type": "pointerMove", "duration": 0, "origin": "viewport", **place}, *press]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}
        self._ask("/actions", {"actions": [mouse]})

    def picture(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._ask("/screenshot", method="GET")))

    def print(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._ask("/print", {"background": False})))

    def complaints(self) -> list[str]:
        """Return the warnings and errors of the console."""
        return [entry["message"] for entry in self._ask("/se/log", {"type": "browser"}) if entry["level"] != "INFO"]

    def requests(self) -> list[str]:
        """Return what was asked for over a network; its own start page is not."""
        events = [json.loads(entry["message"])["message"] for entry in self._ask("/se/log", {"type": "performance"})]
        urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if url.startswith(("http", "ws", "ftp"))]

    def close(self) -> None:
        self._ask("", method="DELETE")


@pytest.fixture(scope="session")
def window(tmp_path_factory):
    """One Chromium for all tests; they are skipped where Debian's chromium and chromium-driver are absent."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip("no browser here: apt-get install chromium chromium-driver")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    opened = None
    try:
        until = time.monotonic() + PATIENCE_S
        while opened is None:
            try:
                opened = Browser(port, tmp_path_factory.mktemp("profile"))
            except (urllib.error.URLError, ConnectionError):
                assert time.monotonic() < until, "chromedriver does not answer"
                time.sleep(0.2)
        yield opened
        opened.close()
    finally:
        driver.terminate()
        driver.wait()


@pytest.fixture
def browser(window):
    """The browser as if just opened: light, on screen, with nothing said and nothing asked for."""
    window.emulate("setEmulatedMedia", media="", features=[])
    window.complaints()
    window.requests()
    return window
