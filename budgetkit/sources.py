"""Where a disclosure comes from: a file, or a key under ``data/raw`` with its origin card."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from budgetkit.controls import encodable
from budgetkit.errors import SourceError

__all__ = [
    "MAX_BYTES",
    "ORIGIN",
    "RawFile",
    "Source",
    "carded_digests",
    "find_source",
    "is_key",
    "join_files",
    "joint_digest",
    "key_of",
    "parse_card",
    "raw_folder",
    "read_card",
    "read_file",
]

ORIGIN = "origin.toml"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MAX_BYTES = 200 * 1024 * 1024
_LONGEST_KEY = 100
"""A key is the name of folders and files; their names may be 255 bytes, endings included."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """One file as published."""

    path: Path
    data: bytes
    sha256: str

    @property
    def name(self) -> str:
        """The file's name, as it can be written."""
        return encodable(self.path.name)


@dataclass(frozen=True, slots=True)
class Source:
    """The raw files of one disclosure, in the order of their names, and its origin card.

    `path` is the file, or the folder of several. `sha256` is the file's; of several it is the
    SHA-256 of their hexadecimal digests written one behind the other.
    """

    key: str
    path: Path
    files: tuple[RawFile, ...]
    origin: dict[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        """The bytes of the first file."""
        return self.files[0].data

    @property
    def sha256(self) -> str:
        """One digest for all files."""
        return joint_digest([file.sha256 for file in self.files])

    @property
    def name(self) -> str:
        """The files' names."""
        return ", ".join(file.name for file in self.files)


def joint_digest(digests: Sequence[str]) -> str:
    """The digest of one file as it is; of several, the SHA-256 of their digests in a row."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode("ascii")).hexdigest()


def raw_folder() -> Path:
    """The folder of raw documents: ``data/raw`` below the working folder, else the project's."""
    here = Path("data/raw")
    if here.is_dir():
        return here
    return Path(__file__).resolve().parent.parent / "data" / "raw"


def find_source(source: str | Path) -> Source:
    """Finds and reads the raw files of a disclosure, and checks them against its origin card.

    `source` is a path or a key; a folder is one disclosure, whose files are read together.
    Raises SourceError where there is no such file or key, or where a file's sha256 differs
    from the one on the card.
    """
    path = Path(source)
    name = str(source)
    try:
        if path.is_file():
            return _load(path)
        if path.is_dir():
            return _load_folder(path)
    except OSError as error:  # a name longer than any file's, a folder that may not be entered
        raise SourceError(f"{name}: cannot be read ({error.strerror}); check the name") from error
    if is_key(name) and (raw_folder() / name).is_dir():
        return _load_folder(raw_folder() / name)
    raise SourceError(_unknown(name))


def _unknown(name: str) -> str:
    """What is said of a name that is no file and no key: the nearest key, and all of them."""
    known = sorted(p.name for p in raw_folder().glob("*") if p.is_dir())
    near = difflib.get_close_matches(name, known, n=1)
    meant = f" did you mean {near[0]}?" if near else ""
    return (
        f"{name}: no such file, and no such key under data/raw;{meant} "
        f"give a path, or one of the keys: {', '.join(known) or 'none there yet'}"
    )


def _load_folder(folder: Path) -> Source:
    try:
        names = sorted(p.name for p in folder.iterdir() if p.is_file())
    except OSError as error:
        raise SourceError(
            f"{folder}: cannot be read ({error.strerror}); check the folder and its permissions"
        ) from error
    names = [name for name in names if name != ORIGIN and not name.startswith(".")]
    if not names:
        raise SourceError(f"{folder}: there is no document in it; put the disclosure's files there")
    card = folder / ORIGIN
    origin = read_card(card) if card.is_file() else {}
    known = carded_digests(origin)
    for name in names:
        if name not in known:
            _refuse_outside(folder, name)
    if len(names) == 1 and not origin:
        return _load(folder / names[0])
    _compare_names(folder, origin, names)
    files = tuple(read_file(folder / name) for name in names)
    return join_files(_folder_key(folder, files), folder, files, origin)


def _compare_names(folder: Path, origin: dict[str, Any], names: Sequence[str]) -> None:
    """Raises SourceError where the folder and its origin card do not list the same files."""
    digests = carded_digests(origin)
    if digests and set(digests) != set(names):
        missing = sorted(set(digests) - set(names))
        raise SourceError(
            f"{folder}: "
            + (f"'{missing[0]}' is on the origin card and not in the folder; restore it" if missing
               else f"'{sorted(set(names) - set(digests))[0]}' is not on the origin card; take it "
               "away, or add the files again under a new key")
        )  # fmt: skip


def join_files(
    key: str, folder: Path, files: tuple[RawFile, ...], origin: dict[str, Any]
) -> Source:
    """The files of a folder as one source, in their order.

    Raises SourceError where they are not the ones that the origin card lists, or have changed.
    """
    _compare_names(folder, origin, [file.name for file in files])
    digests = carded_digests(origin)
    for file in files:
        if digests:
            _compare(file, digests[file.name])
    path = files[0].path if len(files) == 1 else folder
    return Source(key, path, files, origin)


def _refuse_outside(folder: Path, name: str) -> None:
    """A link in a folder from a stranger may lead to what nobody meant to publish.

    Whoever wrote its SHA-256 on the origin card knew what it leads to.
    """
    if not (folder / name).resolve().is_relative_to(folder.resolve()):
        raise SourceError(
            f"{folder / name}: this is a link to a place outside its folder and is not followed; "
            "put the file itself there, or take it away"
        )


def carded_digests(origin: dict[str, Any]) -> dict[str, str]:
    """The files that an origin card lists, each with its sha256."""
    listed = origin.get("file")
    if isinstance(listed, list):
        return {str(f.get("name")): str(f.get("sha256", "")) for f in listed if isinstance(f, dict)}
    return {listed: str(origin.get("sha256", ""))} if isinstance(listed, str) else {}


def _folder_key(folder: Path, files: Sequence[RawFile]) -> str:
    name = folder.resolve().name
    return name if is_key(name) else key_of(name, joint_digest([f.sha256 for f in files]))


def _load(path: Path) -> Source:
    file = read_file(path)
    card = path.parent / ORIGIN
    origin = read_card(card) if card.is_file() else {}
    digests = carded_digests(origin)
    if file.name in digests or (origin and not digests):
        _compare(file, digests.get(file.name, str(origin.get("sha256", ""))))
        if len(digests) <= 1:
            return Source(_folder_key(path.parent, (file,)), path, (file,), origin)
    return Source(key_of(path.stem, file.sha256), path, (file,))


def read_file(path: Path) -> RawFile:
    """A file's bytes and digest. Raises SourceError where it is too large or cannot be read."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SourceError(
                f"{path}: {size // 2**20} MB is more than a disclosure can be "
                f"(limit {MAX_BYTES // 2**20} MB); give the document alone"
            )
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror}); check the file and its permissions"
        ) from error
    return RawFile(path, data, hashlib.sha256(data).hexdigest())


def _compare(file: RawFile, expected: str) -> None:
    if expected != file.sha256:
        raise SourceError(
            f"{file.path}: the raw file has changed (sha256 {file.sha256[:12]}…, its origin card "
            f"says {expected[:12]}…); restore the file, or put a new document under a new key"
        )


def read_card(card: Path) -> dict[str, Any]:
    """What an origin card says. Raises SourceError where it is no TOML."""
    try:
        return parse_card(card.read_bytes(), str(card))
    except OSError as error:
        raise SourceError(f"{card}: the origin card cannot be read ({error}); mend it") from error


def parse_card(data: bytes, name: str) -> dict[str, Any]:
    """What the bytes of an origin card say. Raises SourceError where it is no TOML."""
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SourceError(f"{name}: the origin card cannot be read ({error}); mend it") from error


def is_key(text: str) -> bool:
    """Whether a text can be a key: ASCII, and a plain name for a folder, not too long for one."""
    return _KEY.fullmatch(text) is not None and len(text) <= _LONGEST_KEY


def key_of(stem: str, digest: str) -> str:
    """An ASCII key from a name; from the content where the name has nothing ASCII."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-").lower()
    if not slug or slug in {"source", "document"}:
        return f"document-{digest[:12]}"
    whole = stem.isascii() and len(slug) <= _LONGEST_KEY
    return slug if whole else f"{slug[: _LONGEST_KEY - 9].strip('-')}-{digest[:8]}"
