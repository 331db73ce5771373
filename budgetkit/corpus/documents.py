"""Which disclosures lie in a folder tree or stand in a list, and under which key each is kept."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from budgetkit.corpus.keys import unique_keys
from budgetkit.corpus.lists import LISTS, listed_address, names_in
from budgetkit.corpus.store import (
    absolute,
    check_file,
    digest_of,
    open_address,
    shown,
    too_large,
    why,
)
from budgetkit.corpus.tree import Tree, path_below, slashes
from budgetkit.errors import PassingError, SourceError
from budgetkit.sources import (
    MAX_BYTES,
    ORIGIN,
    RawFile,
    Source,
    is_key,
    join_files,
    joint_digest,
    key_of,
    parse_card,
)

__all__ = ["LIST", "Document", "Folder", "find_documents", "load_document"]

LIST = "index.csv"
ENDINGS = frozenset(
    {".pdf", ".docx", ".docm", ".doc", ".xlsx", ".xlsm", ".xls", ".html", ".htm", ".shtml",
     ".xhtml", ".jhtml", ".md", ".txt", ".csv", ".tsv"}
)  # fmt: skip
_NOT_READ = frozenset(
    {".ofd", ".ceb", ".wps", ".et", ".rtf", ".odt", ".ods", ".xlsb", ".mht", ".mhtml", ".zip",
     ".rar", ".7z", ".gz", ".tgz", ".tar"}
)  # fmt: skip
"""Formats in which disclosures are published too; each gets a row with what to do about it."""
_PDF, _OFFICE = b"%PDF-", (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_HASHERS = 4


@dataclass(frozen=True, slots=True)
class Document:
    """One disclosure of a corpus.

    `name` is its path below the folder (or as the list names it), `files` the addresses of its
    files in their order, `card` the address of its origin card or "". `sha256` is "" where a file
    could not be read; `reason` then says why. `card_sha256` is the card's own. `size` is in bytes,
    all files together.
    """

    name: str
    files: tuple[str, ...]
    card: str = ""
    key: str = ""
    sha256: str = ""
    card_sha256: str = ""
    size: int = 0
    reason: str = ""
    guessed: bool = False
    """Whether nothing but their formats says that its files are one disclosure."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What was found: documents in the order of their names, and what was left aside."""

    address: str
    documents: tuple[Document, ...]
    others: tuple[str, ...] = ()
    """Names of files that are no documents."""
    apart: tuple[str, ...] = ()
    """Folders with several files of one format and no origin card, each file read by itself."""
    outputs: tuple[str, ...] = ()
    """Folders with what this toolkit wrote, which is passed over."""


def find_documents(
    folder: str | Path,
    *,
    together: bool = False,
    without: str | Path = "",
    progress: Callable[[int, int], object] | None = None,
) -> Folder:
    """The disclosures of a folder tree or a list, with keys and digests.

    A file with the ending of a format that can be read, README apart, is one disclosure; so is one
    of OFD, WPS, RTF or an archive, which gets a row with the reason. A folder
    below is one disclosure with all its files where it holds an origin card, or nothing but
    files of different formats (an explanation and its tables); with `together` every folder that
    has files and no folders in it. A PDF is told by its first bytes where its name does not say so,
    a Word or Excel file where its name has no ending. Where the folder has an index.csv with a column `file`, that
    says which are documents. A list is such a CSV, or a text with an address a line. Names that
    begin with a dot are passed over, and so is the folder `without`, where the run writes, and what
    budgetkit wrote before.
    `progress` is told how many documents have been looked at.
    Raises SourceError where there is no document, or the folder or list cannot be read.
    """
    address = absolute(folder)
    system, root = open_address(address)
    others: list[str] = []
    apart: list[str] = []
    outputs: list[str] = []
    try:
        if system.isfile(root):
            found = _from_list(address, system, root)
        else:
            passed_over = _below_root(address, absolute(without)) if without else ""
            tree = Tree(system, root, passed_over, address.partition("::")[2])
            found, others, apart = _from_tree(address, tree, together)
            outputs = sorted(tree.outputs)
    except (OSError, csv.Error) as error:
        raise SourceError(
            f"{folder}: cannot be read ({why(error)}); check the address and its permissions"
        ) from error
    if not found:
        raise SourceError(
            f"{folder}: there is no document in it; put PDF, Word, Excel, web or text files there"
        )
    measured = _measured(found, progress)
    documents = tuple(_with_keys(measured))
    return Folder(address, documents, tuple(others), tuple(apart), tuple(outputs))


def _from_list(address: str, system: Any, root: str) -> list[Document]:
    """The documents that a list names; relative names are below the list's folder."""
    ending = PurePosixPath(root).suffix.lower()
    if ending not in LISTS:
        raise SourceError(
            f"{address}: this is a file; give a folder of disclosures, or a list of addresses "
            "(.txt, one a line, or .csv with a column `file`); for one disclosure use "
            "budgetkit check"
        )
    names = _names(address, bytes(system.cat_file(root)), ending)
    if not names and ending == ".csv":
        raise SourceError(f"{address}: the list has no column `file` with names in it; add it")
    base = slashes(address).rpartition("/")[0]
    return [_named(name, listed_address(name, base)) for name in names]


def _names(address: str, data: bytes, ending: str) -> list[str]:
    try:
        return names_in(data, ending)
    except SourceError as error:
        raise SourceError(f"{address}: {error}") from error


def _named(name: str, address: str) -> Document:
    """A listed document: a file, or a folder with all its files."""
    try:
        system, path = open_address(address)
        tree = Tree(system, path, chain=address.partition("::")[2])
        if not system.isdir(path):
            return Document(name, (address,))
        tree.walk(below=False)
    except Exception as error:  # told with its document: other machines fail in their own ways
        return Document(name, (address,), reason=_told(error))
    inside = [entry for entry, _ in tree.folders[""]]
    joined = _joined(name, tree, "", inside)
    return replace(joined, guessed=len(joined.files) > 1 and not joined.card)


def _below_root(root: str, folder: str) -> str:
    """A folder's path below the root, "" where it does not lie there.

    Raises SourceError where it is the root.
    """
    if "://" not in root and "://" not in folder:
        root, folder = os.path.realpath(root), os.path.realpath(folder)
    root, folder = (slashes(text).rstrip("/") for text in (root, folder))
    if folder == root:
        raise SourceError(f"{folder}: this is the folder of the documents; give another --out")
    return folder[len(root) + 1 :] if folder.startswith(f"{root}/") else ""


def _from_tree(
    address: str, tree: Tree, together: bool
) -> tuple[list[Document], list[str], list[str]]:
    if not tree.system.isdir(tree.root):
        raise SourceError(f"{address}: there is no such folder; give a folder of disclosures")
    tree.walk()
    listed = _listed(tree)
    found: list[Document] = []
    others: list[str] = []
    apart: list[str] = []
    for folder in sorted(tree.folders):
        names = sorted(name for name, _ in tree.folders[folder])
        below = any(other.startswith(f"{folder}/") for other in tree.folders)
        if listed is None and folder and _one(names, together and not below):
            joined = _joined(folder, tree, folder, names)
            found.append(replace(joined, guessed=not (together or joined.card)))
            if ORIGIN not in names:  # a card says of every file what it is
                others += [path_below(folder, n) for n in names if not _readable(n) and n != LIST]
            continue
        own = [name for name in names if _is_document(tree, path_below(folder, name), listed)]
        found += [_single(tree, path_below(folder, name)) for name in own]
        if listed is None and folder and len(own) > 1:
            apart.append(folder)
        aside = {*own, LIST, ORIGIN}
        others += [path_below(folder, name) for name in names if name not in aside]
    for name in sorted((listed or set()) - {document.name for document in found}):
        found.append(_named(name, tree.address(name)))
    for name, reason in tree.closed.items():
        reason = f"cannot be read ({reason}); check the folder and its permissions"
        found.append(Document(name, (tree.address(name),), reason=reason))
    return sorted(found, key=lambda document: document.name), others, apart


def _listed(tree: Tree) -> set[str] | None:
    """The names in the column `file` of the root's index.csv, None where there is no such list."""
    if not any(name == LIST for name, _ in tree.folders[""]):
        return None
    data = bytes(tree.system.cat_file(tree.place(LIST)))
    return set(_names(tree.address(LIST), data, ".csv")) or None


def _one(names: Sequence[str], together: bool) -> bool:
    """Whether the files of a folder are one disclosure."""
    if ORIGIN in names:
        return True
    own = [name for name in names if _readable(name)]
    formats = {PurePosixPath(name).suffix.lower() for name in own}
    return len(own) > 1 and (together or len(formats) == len(own))


def _readable(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in ENDINGS and name != LIST and path.stem.upper() != "README"


def _is_document(tree: Tree, path: str, listed: set[str] | None) -> bool:
    if listed is not None:
        return path in listed
    name = path.rpartition("/")[2]
    if _readable(name) or PurePosixPath(name).suffix.lower() in _NOT_READ:
        return True
    if name in {LIST, ORIGIN}:
        return False
    head = tree.head(path)
    return head.startswith(_PDF) or (not PurePosixPath(name).suffix and head.startswith(_OFFICE))


def _single(tree: Tree, path: str) -> Document:
    return Document(path, (tree.address(path),))


def _joined(name: str, tree: Tree, folder: str, names: Iterable[str]) -> Document:
    own = sorted(n for n in names if n not in {ORIGIN, LIST})
    if ORIGIN not in names:
        own = [n for n in own if _readable(n)]
    card = tree.address(path_below(folder, ORIGIN)) if ORIGIN in names else ""
    if not own:
        reason = "there is no document in this folder; put its files there"
        return Document(name, (tree.address(folder),), card, reason=reason)
    return Document(name, tuple(tree.address(path_below(folder, n)) for n in own), card)


def _measured(
    documents: Sequence[Document], progress: Callable[[int, int], object] | None
) -> list[Document]:
    """The documents with their digests and sizes. Reading waits for disks and networks, so that
    several are read at a time."""
    done: list[Document] = []
    with ThreadPoolExecutor(_HASHERS, "digests") as pool:
        for document in pool.map(_measure, documents):
            done.append(document)
            if progress is not None:
                progress(len(done), len(documents))
    return done


def _measure(document: Document) -> Document:
    if document.reason:
        return document
    digests, size, card = [], 0, ""
    try:
        for address in document.files:
            system, path = open_address(address)
            size += int(system.size(path) or 0)
            digests.append(digest_of(system, path, MAX_BYTES))
        if document.card:
            card = digest_of(*open_address(document.card), MAX_BYTES)
    except Exception as error:  # told with its document: other machines fail in their own ways
        return replace(document, reason=_told(error))
    return replace(document, sha256=joint_digest(digests), card_sha256=card, size=size)


def _with_keys(documents: Sequence[Document]) -> Iterator[Document]:
    """Every document under a key of its own."""
    keys = unique_keys({document.name: _plain_key(document) for document in documents})
    for document in documents:
        yield replace(document, key=keys[document.name])


def _plain_key(document: Document) -> str:
    path = PurePosixPath(document.name.replace("\\", "/"))
    digest = (
        document.sha256
        or hashlib.sha256(document.name.encode("utf-8", "surrogatepass")).hexdigest()
    )
    if document.card or len(document.files) > 1:
        return path.name if is_key(path.name) else key_of(path.name, digest)
    return key_of(path.stem, digest)


def load_document(document: Document) -> Source:
    """The raw files of a document as a source, checked against its origin card.

    Raises PassingError where a file cannot be read or is no longer what it was when it was found,
    SourceError where it differs from the card.
    """
    if document.reason:
        raise PassingError(f"{shown(document.name)}: {document.reason}")
    files = tuple(_raw(document, address) for address in document.files)
    origin: Mapping[str, Any] = {}
    base = _shown(document)
    card = _bytes(document, document.card) if document.card else b""
    digests = (joint_digest([file.sha256 for file in files]), hashlib.sha256(card).hexdigest())
    if digests[0] != document.sha256 or (document.card and digests[1] != document.card_sha256):
        raise PassingError(
            f"{shown(document.name)}: it was changed while the run was on; run the same command again"
        )
    if document.card:
        origin = parse_card(card, f"{shown(document.name)}/{ORIGIN}")
    return join_files(document.key, base, files, dict(origin))


def _raw(document: Document, address: str) -> RawFile:
    data = _bytes(document, address)
    name = shown(slashes(address).rpartition("/")[2])
    folder = _shown(document)
    path = folder / name if document.card or len(document.files) > 1 else folder
    return RawFile(path, data, hashlib.sha256(data).hexdigest())


def _told(error: Exception) -> str:
    """Why a document could not be read, and what to do."""
    if isinstance(error, SourceError):
        return str(error)
    return f"cannot be read ({why(error)}); check the file and its permissions"


def _shown(document: Document) -> Path:
    """The document's name as messages show it; a Path would swallow a slash of `://`."""
    return Path(shown(document.name.rpartition("://")[2]))


def _bytes(document: Document, address: str) -> bytes:
    try:
        system, path = open_address(address)
        check_file(system, path)
        size = int(system.size(path) or 0)
        if size > MAX_BYTES:
            raise too_large(MAX_BYTES)
        data: bytes = system.cat_file(path)
    except Exception as error:  # other machines fail in their own ways
        raise PassingError(f"{shown(document.name)}: {_told(error)}") from error
    return data
