"""Drives a headless Chromium through the Chrome DevTools Protocol, over a pipe: no driver, no port,
no package. A message is a JSON object that ends with a zero byte."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

if sys.platform != "win32":
    import fcntl

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
REASON = (
    "no Chromium on this machine (Debian: apt-get install chromium)"
    if CHROMIUM is None
    else "Chromium is driven over Unix pipes"
    if sys.platform == "win32"
    else ""
)

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-pipe",
)  # fmt: skip
_SECONDS = 60


def _pipe() -> tuple[int, int]:
    """A pipe to read from and to write to, out of the way of the numbers that Chromium uses."""
    low = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low)
    for end in low:
        os.close(end)
    return high[0], high[1]


class Browser:
    """One browser with one tab; `requests` and `errors` are what happened since the last visit."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        self._in, answers = _pipe()
        commands, self._out = _pipe()
        arguments = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        # It reads commands from 3 and answers on 4; every other file of ours stays ours.
        self._process = os.posix_spawn(CHROMIUM, arguments, os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, commands, 3),
            (os.POSIX_SPAWN_DUP2, answers, 4),
        ])  # fmt: skip
        os.close(commands)
        os.close(answers)
        self._rest = b""
        self._count = 0
        self._session = ""
        self.requests: list[str] = []
        self.errors: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._out)  # it ends when nobody can command it any more
        end = time.monotonic() + 10
        while os.waitpid(self._process, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(self._process, signal.SIGKILL)
                os.waitpid(self._process, 0)
                break
            time.sleep(0.02)
        os.close(self._in)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and returns its result; events on the way are noted."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])
            self._note(answer)

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _SECONDS
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(end - time.monotonic(), 0))
            chunk = os.read(self._in, 1 << 20) if ready else b""
            assert chunk, "Chromium ended or does not answer"
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, event: dict[str, Any]) -> None:
        method, values = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(values["request"]["url"])
        elif method == "Network.loadingFailed" and not values.get("canceled"):
            self.errors.append(f"failed: {values.get('errorText')}")
        elif method == "Runtime.exceptionThrown":
            self.errors.append(f"exception: {values['exceptionDetails'].get('text')}")
        elif method == "Runtime.consoleAPICalled" and values["type"] in {"error", "warning"}:
            self.errors.append(f"console: {values['args']}")
        elif method == "Log.entryAdded" and values["entry"]["level"] in {"error", "warning"}:
            self.errors.append(f"log: {values['entry']['text']}")
        elif method == "Page.javascriptDialogOpening":
            self.errors.append(f"dialog: {values.get('message')}")

    def visit(self, page: Path, width: int = 1280, **features: str) -> None:
        """Opens a file and waits until it and its fonts are loaded.

        `features` are media features with _ for -, and `media` the kind of medium.
        """
        media = features.pop("media", "")
        self.send("Emulation.setEmulatedMedia", media=media, features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()
        ])  # fmt: skip
        self.resize(width)
        self.requests, self.errors = [], []
        self.send("Page.navigate", url=page.as_uri())
        end = time.monotonic() + _SECONDS
        while self.run("document.readyState + location.href.split('#')[0]") != (
            f"complete{page.as_uri()}"
        ):
            assert time.monotonic() < end, f"{page.name} does not load"
            time.sleep(0.02)
        self.run("document.fonts.ready.then(() => 0)")

    def resize(self, width: int, height: int = 900) -> None:
        """Makes the window so large; a narrow one is a phone's."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)  # fmt: skip

    def run(self, script: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        result = self.send("Runtime.evaluate", expression=script, returnByValue=True,
                           awaitPromise=True)  # fmt: skip
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def press(self, key: str) -> None:
        """Presses a key once."""
        code = {"Tab": 9, "Enter": 13}[key]
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode=code)  # fmt: skip

    def picture(self, file: Path, whole: bool = True) -> None:
        """A screenshot of the page, as PNG."""
        taken = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(taken["data"]))

    def paper(self) -> bytes:
        """The page as it prints on A4, as PDF."""
        made = self.send("Page.printToPDF", printBackground=True, paperWidth=8.27,
                         paperHeight=11.69, preferCSSPageSize=True)  # fmt: skip
        return base64.b64decode(made["data"])
