"""Under which key each document of a corpus is kept: ASCII, one of its own, short enough for a name."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

__all__ = ["RESERVED", "unique_keys"]

RESERVED = frozenset(
    {"documents", "numbers", "claims", "projects", "standards", "targets", "totals", "checks",
     "findings", "problems", "reports", "corpus.json", "summary.csv", "findings.csv",
     "index.html", "errors.txt", "left-aside.txt"}
)  # fmt: skip
"""Names of the output that no document's folder may have."""
_LONGEST = 100
"""Characters of a key: names of files are made from it, and most systems have 255 bytes for one."""
_PATH = 80
_MARK = 8
_LAST = 1 + 64 // _MARK


def unique_keys(plain: Mapping[str, str]) -> dict[str, str]:
    """The key of every document by its name, from the key that each would have alone.

    Where several would have the same (large and small letters are the same: some disks hold them
    so), or the name is taken or too long, the key is made from the path, and from a digest of the
    path where that is not enough. It does not depend on the order of the documents.
    """
    steps = dict.fromkeys(plain, 0)
    keys = dict(plain)
    while True:
        counts = Counter(key.lower() for key in keys.values())
        unfit = [
            name
            for name, key in keys.items()
            if steps[name] < _LAST and (counts[key.lower()] > 1 or not _is_fit(key))
        ]
        if not unfit:
            return keys
        for name in unfit:
            steps[name] += 1
            keys[name] = _key(name, steps[name])


def _is_fit(key: str) -> bool:
    return 0 < len(key) <= _LONGEST and key.lower() not in RESERVED


def _key(name: str, step: int) -> str:
    """The key from a path at step 1, with ever more of the path's digest at the next ones."""
    stem = str(PurePosixPath(name.replace("\\", "/")).with_suffix(""))
    slug = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-").lower()[-_PATH:].strip("-")
    if step == 1:
        return slug
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    mark = digest[: _MARK * (step - 1)]
    return f"{(slug or 'document')[: _LONGEST - 1 - len(mark)]}-{mark}"
