"""The objects of a PDF that its pages are made of, and which of them the file lacks.

A page is shown without what is missing, and no program that shows it says so.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

__all__ = ["Stored", "Unpacked", "find_missing", "is_encrypted", "read_objects", "unpack"]

_OBJECT = re.compile(rb"(\d{1,9})\s+\d{1,5}\s+obj\b")
_BEGIN = re.compile(rb"stream(?:\r\n|\n)")
_END = b"endstream"
_ENCRYPTED = re.compile(rb"/Encrypt\s+\d|/Encrypt\s*<<")
_ROOT = re.compile(rb"/Root\s+(\d{1,9})\s+\d{1,5}\s+R\b")
_TABLE = re.compile(rb"/Type\s*/ObjStm\b")
_NUMBER_OF = re.compile(rb"/First\s+(\d{1,9})")
_TOKEN = re.compile(
    rb"(?P<reference>\d{1,9})\s+\d{1,5}\s+R\b|<<|>>|[\[\]]|/[^\s<>\[\]()/%{}]*"
    rb"|\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\)|<[\dA-Fa-f\s]*>|[^\s<>\[\]()/%{}]+",
    re.S,
)
_STEP = 1 << 20
_MOST = 64 << 20
"""So many unpacked bytes are looked at, at most."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as it lies in the file: its number, its text, and its stream where it has one."""

    number: int
    text: bytes
    stream: memoryview | None = None


@dataclass(frozen=True, slots=True)
class _Reference:
    number: int


def is_encrypted(data: bytes) -> bool:
    """Whether the streams of a PDF are encrypted, so that none can be unpacked as it lies."""
    return _ENCRYPTED.search(data) is not None


def read_objects(data: bytes) -> Iterator[Stored]:
    """Every object of a PDF in the order of the file, those inside of others left out."""
    whole, before = memoryview(data), 0
    while begin := _BEGIN.search(data, before):
        end = data.find(_END, begin.end())
        end = end if end >= 0 else len(data)
        found = list(_parted(data[before : begin.start()]))
        yield from found[:-1]
        if found:
            yield Stored(found[-1].number, found[-1].text, whole[begin.end() : end])
        before = end + len(_END)
    yield from _parted(data[before:])


def _parted(text: bytes) -> Iterator[Stored]:
    matches = list(_OBJECT.finditer(text))
    ends = [*(match.start() for match in matches[1:]), len(text)]
    for match, end in zip(matches, ends, strict=False):
        yield Stored(int(match[1]), text[match.end() : end])


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The bytes of a packed stream, whether it goes on to its end, and whether its sum fits."""

    data: bytes
    whole: bool
    fits: bool


def unpack(packed: memoryview, most: int) -> Unpacked:
    """The bytes of a stream that zlib packed, about `most` at most; then it is not proved."""
    inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    out = bytearray()
    rest: memoryview | bytes = packed[2:]
    try:
        while not inflate.eof and len(out) < most:
            piece = inflate.decompress(rest, _STEP)
            rest = inflate.unconsumed_tail
            out += piece
            if not piece and not rest and not inflate.eof:
                return Unpacked(bytes(out), whole=False, fits=False)
    except zlib.error:
        return Unpacked(bytes(out), whole=False, fits=False)
    printed = inflate.unused_data[:4]
    fits = len(printed) < 4 or int.from_bytes(printed, "big") == zlib.adler32(out)
    return Unpacked(bytes(out), whole=True, fits=fits)


@dataclass(slots=True)
class _Objects:
    """All objects by number, the last of a number, and which of them are streams."""

    texts: dict[int, bytes] = field(default_factory=dict)
    streams: set[int] = field(default_factory=set)
    known: dict[int, Any] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    """What was asked for since it was emptied, and is missing."""

    def add(self, number: int, text: bytes, *, stream: bool) -> None:
        self.texts[number] = text
        (self.streams.add if stream else self.streams.discard)(number)

    def value(self, value: Any) -> Any:
        """What a value is, or what it refers to; None where that is missing."""
        if not isinstance(value, _Reference):
            return value
        number = value.number
        if number not in self.texts:
            self.gone.add(number)
            return None
        if number not in self.known:
            self.known[number] = _parse(self.texts[number])
        return self.known[number]

    def dictionary(self, value: Any) -> dict[bytes, Any]:
        """A dictionary, an empty one where the value is none."""
        found = self.value(value)
        return found if isinstance(found, dict) else {}


def find_missing(stored: Iterable[Stored], data: bytes, pages: int) -> dict[int, list[int]]:
    """The numbers of objects that a page (1-based) is made of and the file lacks.

    Nothing is said of a file whose tree of pages does not lead to as many `pages` as it shows.
    """
    objects = _Objects()
    for item in stored:
        objects.add(item.number, item.text, stream=item.stream is not None)
        if item.stream is not None and _TABLE.search(item.text):
            for number, text in _inner(item):
                objects.add(number, text, stream=False)
    roots = _ROOT.findall(data)
    if not roots:
        return {}
    catalogue = objects.dictionary(_Reference(int(roots[-1])))
    leaves = list(_leaves(objects, catalogue.get(b"/Pages")))
    if len(leaves) != pages:
        return {}
    missing = {}
    for number, (page, resources) in enumerate(leaves, start=1):
        objects.gone.clear()
        _ask_for_contents(objects, page.get(b"/Contents"))
        _ask_for_resources(objects, resources)
        if objects.gone:
            missing[number] = sorted(objects.gone)
    return missing


def _inner(table: Stored) -> Iterator[tuple[int, bytes]]:
    """The objects inside of a stream of objects."""
    first = _NUMBER_OF.search(table.text)
    if first is None or table.stream is None:
        return
    start = int(first[1])
    body = unpack(table.stream, _MOST).data
    heads = [int(word) for word in body[:start].split() if word.isdigit()]
    numbers, places = heads[::2], heads[1::2]
    for number, (place, end) in zip(numbers, pairwise([*places, len(body) - start]), strict=False):
        yield number, body[start + place : start + end]


def _leaves(objects: _Objects, root: Any) -> Iterator[tuple[dict[bytes, Any], Any]]:
    """The pages in order, each with the resources that it has or inherits."""
    work: list[tuple[Any, Any]] = [(root, None)]
    seen: set[int] = set()
    while work:
        node, inherited = work.pop()
        if isinstance(node, _Reference):
            if node.number in seen:
                continue
            seen.add(node.number)
        page = objects.dictionary(node)
        resources = page.get(b"/Resources", inherited)
        kids = objects.value(page.get(b"/Kids"))
        if isinstance(kids, list):
            work.extend((kid, resources) for kid in reversed(kids))
        else:
            yield page, resources


def _ask_for_contents(objects: _Objects, value: Any) -> None:
    found = objects.value(value)
    parts = found if isinstance(found, list) else [value]
    for part in parts:
        objects.value(part)
        # Something else has the number of what the page shows.
        if (
            isinstance(part, _Reference)
            and part.number in objects.texts
            and part.number not in objects.streams
            and isinstance(objects.value(part), dict)
        ):
            objects.gone.add(part.number)


def _ask_for_resources(objects: _Objects, value: Any) -> None:
    """Asks for the fonts and drawings of a page, and for those of its drawings."""
    work, seen = [value], set()
    while work:
        resources = objects.dictionary(work.pop())
        for name in objects.dictionary(resources.get(b"/Font")).values():
            objects.value(name)
        for name in objects.dictionary(resources.get(b"/XObject")).values():
            drawing = objects.dictionary(name)
            if isinstance(name, _Reference) and name.number not in seen:
                seen.add(name.number)
                work.append(drawing.get(b"/Resources"))


def _parse(text: bytes) -> Any:
    """The first value of a text: a name or number as bytes, a list, a dictionary, a reference."""
    open_: list[list[Any]] = [[]]
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match["reference"]:
            open_[-1].append(_Reference(int(match["reference"])))
        elif token in {b"<<", b"["}:
            open_.append([])
        elif token in {b">>", b"]"}:
            if len(open_) == 1:
                return None
            items = open_.pop()
            pairs = zip(items[::2], items[1::2], strict=False)
            closed: Any = items
            if token == b">>":
                closed = {key: value for key, value in pairs if isinstance(key, bytes)}
            open_[-1].append(closed)
        else:
            open_[-1].append(token)
        if len(open_) == 1:
            return open_[0][0]
    return None
