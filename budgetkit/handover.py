"""A disclosure read and checked once, handed from the report to the notebooks that it runs."""

from __future__ import annotations

import functools
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from budgetkit.disclosure import Disclosure, read_disclosure
from budgetkit.reconciliation import Reconciliation, check_disclosure
from budgetkit.sources import find_source

__all__ = ["check", "hand_over", "read"]

VARIABLE = "BUDGETKIT_HANDOVER"
"""Names the file with what was read; set only while a report runs its notebooks."""


def read(source: str | Path) -> Disclosure:
    """Reads one disclosure from a file or from a key under ``data/raw``.

    Raises SourceError where the source cannot be used at all; what can be read is read, and what
    cannot is listed in `problems`.
    """
    received = _received()
    if received is not None and received[0] == str(source):
        disclosure = received[1].disclosure
        if find_source(source).sha256 == disclosure.sha256:
            return disclosure
    return read_disclosure(source)


def check(disclosure: Disclosure) -> Reconciliation:
    """Checks every identity of a disclosure exactly and says what became of every number."""
    received = _received()
    if received is not None and received[1].disclosure is disclosure:
        return received[1]
    return check_disclosure(disclosure)


@contextmanager
def hand_over(reconciliation: Reconciliation, source: str, folder: Path) -> Iterator[None]:
    """While it lasts, programs started from here find this source read and checked.

    The file lies in `folder`, which the caller removes. What is nested too deeply for a file is
    not handed over: every notebook then reads for itself, with the same result.
    """
    path = folder / "handover"
    wanted = _surroundings()
    try:
        path.write_bytes(pickle.dumps((source, reconciliation)))
        wanted[VARIABLE] = str(path.resolve())
    except RecursionError:
        wanted[VARIABLE] = ""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _surroundings() -> dict[str, str]:
    """The surroundings of a notebook's kernel: it takes its modules from where this package does.

    None comes from the folder it is started in: that may be a folder of documents from anywhere,
    with a pandas.py among them.
    """
    # A rare character without a glyph is drawn as a box, which says it well enough; the warning
    # would print a path of this machine on the page.
    told = filter(None, [os.environ.get("PYTHONWARNINGS"), "ignore:Glyph:UserWarning"])
    safe = {"PYTHONSAFEPATH": "1", "PYTHONWARNINGS": ",".join(told)}
    try:
        version("budgetkit")
    except PackageNotFoundError:  # run from a copy of the project that was not installed
        here = str(Path(__file__).resolve().parent.parent)
        path = filter(None, [here, os.environ.get("PYTHONPATH")])
        safe["PYTHONPATH"] = os.pathsep.join(path)
    return safe


@functools.cache
def _received() -> tuple[str, Reconciliation] | None:
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    content: tuple[str, Reconciliation] = pickle.loads(Path(path).read_bytes())
    return content
