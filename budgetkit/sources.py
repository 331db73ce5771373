"""Where a disclosure comes from: a file, or a key under ``data/raw`` with its origin card."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from budgetkit.errors import SourceError

__all__ = ["Source", "find_source", "raw_folder"]

ORIGIN = "origin.toml"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MAX_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """One raw file: its key, path, bytes, sha256 and, where there is one, its origin card."""

    key: str
    path: Path
    data: bytes
    sha256: str
    origin: dict[str, Any] = field(default_factory=dict)


def raw_folder() -> Path:
    """The folder of raw documents: ``data/raw`` below the working folder, else the project's."""
    here = Path("data/raw")
    if here.is_dir():
        return here
    return Path(__file__).resolve().parent.parent / "data" / "raw"


def find_source(source: str | Path) -> Source:
    """Finds and reads a raw file by path or key, and checks it against its origin card.

    Raises SourceError where there is no such file or key, or where the file's sha256 differs
    from the one on the card.
    """
    path = Path(source)
    if path.is_file():
        return _load(path)
    if path.is_dir():
        return _load_folder(path)
    name = str(source)
    if _KEY.fullmatch(name) and (raw_folder() / name).is_dir():
        return _load_folder(raw_folder() / name)
    known = sorted(p.name for p in raw_folder().glob("*") if p.is_dir())
    raise SourceError(
        f"{name}: no such file, and no such key under data/raw "
        f"(known keys: {', '.join(known) or 'none'}); give a path or one of these keys"
    )


def _load_folder(folder: Path) -> Source:
    files = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith(".")]
    documents = [p for p in files if p.name != ORIGIN]
    if len(documents) != 1:
        raise SourceError(
            f"{folder}: expected one document beside {ORIGIN}, found {len(documents)}; "
            "keep one file of the disclosure there"
        )
    return _load(documents[0])


def _load(path: Path) -> Source:
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise SourceError(
                f"{path}: {size // 2**20} MB is more than a disclosure can be "
                f"(limit {_MAX_BYTES // 2**20} MB); give the document alone"
            )
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror}); check the file and its permissions"
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    card = path.parent / ORIGIN
    origin = _read_card(card) if card.is_file() else {}
    if origin and origin.get("file", path.name) == path.name:
        expected = str(origin.get("sha256", ""))
        if expected != digest:
            raise SourceError(
                f"{path}: the raw file has changed (sha256 {digest[:12]}…, its origin card says "
                f"{expected[:12]}…); restore the file, or put a new document under a new key"
            )
        return Source(path.parent.name, path, data, digest, origin)
    return Source(_key_of(path, digest), path, data, digest)


def _read_card(card: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(card.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SourceError(f"{card}: the origin card cannot be read ({error}); mend it") from error


def _key_of(path: Path, digest: str) -> str:
    """An ASCII key from a file name; from the content where the name has nothing ASCII."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-").lower()
    if not slug or slug in {"source", "document"}:
        return f"document-{digest[:12]}"
    return slug if path.stem.isascii() else f"{slug}-{digest[:8]}"
