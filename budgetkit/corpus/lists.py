"""Lists of documents: names or addresses in a text or a CSV, however it was saved."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterator
from urllib.parse import unquote

from budgetkit.corpus.tree import slashes
from budgetkit.errors import SourceError

__all__ = ["LISTS", "listed_address", "names_in"]

LISTS = frozenset({".txt", ".csv", ".list"})
_COLUMN = "file"


def names_in(data: bytes, ending: str) -> list[str]:
    """The names in a list, each once, in their order: a CSV's column `file`, a text's lines.

    It may be UTF-8, UTF-16 with its mark, or GB18030, as spreadsheet programs of Chinese systems
    save it. Raises SourceError where it is none of them; csv.Error where it is no CSV.
    """
    text = _decode(data)
    if ending == ".csv":
        return list(dict.fromkeys(_column_of(text)))
    lines = (line.strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


def listed_address(name: str, base: str) -> str:
    """The address of a listed name; relative names are below `base`, the list's folder.

    A file:// address as browsers copy it has its letters as %E9%A2%84; what lies under the name
    as it stands goes first.
    """
    if name.startswith("file://") and "%" in name and not os.path.exists(name[7:]):
        plain = unquote(name[7:])
        return plain if os.path.exists(plain) else name
    if "://" in name or os.path.isabs(name):
        return name
    return f"{slashes(base)}/{name}"


def _decode(data: bytes) -> str:
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SourceError("the list is no text in UTF-8, UTF-16 or GB18030; save it again as UTF-8")


def _column_of(text: str) -> Iterator[str]:
    for row in csv.DictReader(io.StringIO(text, newline="")):
        for heading, value in row.items():
            # What goes beyond the headings stands under None, as a list.
            if heading and heading.strip().lower() == _COLUMN and value and value.strip():
                yield value.strip()
