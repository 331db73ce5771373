"""The XML parts of an Office container and the relations that lead from one to another."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from budgetkit.errors import SourceError

__all__ = ["local_name", "read_part", "read_relations", "stream_elements"]

_PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False}
_MOST_MARKS = 4_000_000
"""Elements and attributes of a part that is held in memory as a whole: each takes about 200 bytes
there, however short it is in the file."""


def read_part(archive: zipfile.ZipFile, part: str, name: str) -> Any:
    """The root of a part. Raises SourceError where it declares a DTD or has too many elements.

    Raises lxml's XMLSyntaxError for broken XML and KeyError where there is no such part.
    """
    data = archive.read(part)
    marks = data.count(b"<") + data.count(b"=")
    if marks > _MOST_MARKS:
        raise SourceError(
            f"{name}: '{part}' in it has more elements than a disclosure can have ({marks:,} "
            f"marks, limit {_MOST_MARKS:,}); save the disclosure alone"
        )
    root = etree.fromstring(data, etree.XMLParser(**_PARSER))
    _refuse_dtd(root, part, name)
    return root


def stream_elements(
    archive: zipfile.ZipFile, part: str, name: str, *names: str, around: str = ""
) -> Iterator[etree._Element]:
    """The elements of some names as they close, whatever their namespace, and then forgotten.

    What is damaged may nest them: the inner one comes first, and again as part of the outer one.
    The element named `around` comes last, with what it holds beside them.

    Raises what `read_part` does, but takes any number of elements.
    """
    tags = [f"{{*}}{local}" for local in names]
    ends = [f"{{*}}{around}"] if around else []
    checked = False
    stream: IO[bytes]
    with archive.open(part) as stream:
        for _, element in etree.iterparse(stream, tag=[*tags, *ends], **_PARSER):
            if not checked:
                _refuse_dtd(element, part, name)
                checked = True
            yield element
            if next(element.iterancestors(*tags), None) is not None:
                continue
            element.clear(keep_tail=False)
            parent = element.getparent()
            # Only its like: what is damaged may nest a row inside a cell, whose text goes on.
            while (before := element.getprevious()) is not None and before.tag == element.tag:
                parent.remove(before)


def _refuse_dtd(element: etree._Element, part: str, name: str) -> None:
    """The format forbids document types: they only bring entities from elsewhere or without end."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise SourceError(
            f"{name}: '{part}' in it declares a document type (DTD), which no Office program writes "
            "and which can be used for attacks; get the file again from its publisher"
        )


def read_relations(archive: zipfile.ZipFile, part: str, name: str) -> dict[str, tuple[str, str]]:
    """By relation id: its type and the part it leads to; by the type's last word also.

    `part` is "" for the container itself. What lies outside the container is left out: nothing is
    ever fetched.
    """
    folder, own = posixpath.split(part)
    found: dict[str, tuple[str, str]] = {}
    path = posixpath.join(folder, "_rels", f"{own}.rels")
    for element in stream_elements(archive, path, name, "Relationship"):
        if element.get("TargetMode") == "External":
            continue
        target = str(element.get("Target") or "")
        inside = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        kind = str(element.get("Type") or "")
        entry = kind, posixpath.normpath(inside)
        found[str(element.get("Id") or "")] = entry
        found.setdefault(kind.rpartition("/")[2], entry)
    return found


def local_name(element: etree._Element) -> str:
    """An element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
