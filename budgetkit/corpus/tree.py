"""The files of a folder tree, on any file system."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from budgetkit.corpus.keys import RESERVED
from budgetkit.corpus.store import check_file, why

__all__ = ["Tree", "path_below", "slashes"]

_HEAD = 8
_CORPUS = (frozenset({".done", ".lock"}), frozenset({"corpus.json", "summary.csv", "findings.csv"}))
_ONE = (
    frozenset({"datapackage.json", "numbers.csv", "checks.csv"}),
    frozenset({"index.html", "arithmetic.html", "assets"}),
)
"""What lies in a folder that this toolkit wrote of a corpus; of one document, as data or report."""


@dataclass(slots=True)
class Tree:
    """The files of a folder tree by folder, with paths below it, and what could not be entered.

    `passed_over` is a folder below the root that is not looked into.
    """

    system: Any
    root: str
    passed_over: str = ""
    chain: str = ""
    """What follows `::` in the address of the root: where the archive lies whose folder it is."""
    folders: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))
    closed: dict[str, str] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    """Folders with what this toolkit wrote, which is passed over: none of it is a disclosure."""

    def address(self, path: str) -> str:
        """The address of a path below the root."""
        if isinstance(self.system.protocol, tuple) and "file" in self.system.protocol:
            return os.path.join(self.root, *path.split("/"))
        found = str(self.system.unstrip_protocol(self.place(path)))
        return f"{found}::{self.chain}" if self.chain else found

    def place(self, path: str) -> str:
        """A path below the root for its file system; the root of an archive is "", not "/"."""
        return f"{self.root.rstrip('/')}/{path}" if self.root else path

    def head(self, path: str) -> bytes:
        """The first bytes of a file below the root; none where it cannot be read or is no file."""
        place = self.place(path)
        try:
            check_file(self.system, place)
            return bytes(self.system.cat_file(place, start=0, end=_HEAD))
        except Exception:  # other machines fail in their own ways, and the name is told
            return b""

    def walk(self, below: bool = True) -> None:
        """Lists the files below the root; a folder that cannot be entered is told, not passed over."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            place = self.place(folder) if folder else self.root
            try:
                entries = self.system.ls(place, detail=True, refresh=True)
            except OSError as error:
                if not folder:
                    raise
                self.closed[folder] = why(error)
                continue
            names = {_name(entry) for entry in entries}
            if any(ours <= names for ours in (*_CORPUS, *_ONE)):
                self.outputs.append(folder)
            if any(ours <= names for ours in _ONE):
                continue
            written = RESERVED if any(ours <= names for ours in _CORPUS) else frozenset()
            for entry in entries:
                name = _name(entry)
                if name.startswith(".") or not name or name in written:
                    continue
                if entry["type"] == "directory":
                    # A link to a folder may lead back up, or out of the corpus.
                    if (
                        below
                        and not entry.get("islink")
                        and path_below(folder, name) != self.passed_over
                    ):
                        waiting.append(path_below(folder, name))
                else:
                    self.folders[folder].append((name, int(entry.get("size") or 0)))


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry["name"]).rstrip("/").rpartition("/")[2]


def slashes(path: str) -> str:
    """A path of this system with slashes; elsewhere than on Windows \\ is a letter of a name."""
    return path.replace("\\", "/") if os.sep == "\\" else path


def path_below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
