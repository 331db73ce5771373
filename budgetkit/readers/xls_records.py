"""The records of an old .xls workbook (BIFF 5 and 8): their bodies, and the strings in them.

Our own reading, because a library that trusts a damaged record's sizes can end the whole process.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Record", "Strings", "read_records", "read_rk"]

BOF, EOF, CONTINUE = 0x809, 0x0A, 0x3C
_CHART = b"\x20\x00"
_MOST_RECORDS = 3_000_000


@dataclass(slots=True)
class Record:
    """One record: its kind, its body, and the bodies of the records that continue it."""

    kind: int
    body: bytes
    more: list[bytes]
    whole: bool = True
    """Whether all of its bytes are in the file."""


def read_records(stream: bytes, position: int) -> Iterator[Record]:
    """The records of a substream up to its end, those of charts inside it left out.

    The last one is not `whole` where the stream ends inside it, or without the end's record, or
    where another sheet begins before: only charts lie inside of one.
    """
    depth = 0
    waiting: Record | None = None
    for _ in range(_MOST_RECORDS):
        if position + 4 > len(stream):
            break
        kind, length = struct.unpack_from("<HH", stream, position)
        body = stream[position + 4 : position + 4 + length]
        position += 4 + length
        if kind == CONTINUE:
            if waiting is not None:
                waiting.more.append(body)
            continue
        if waiting is not None:
            yield waiting
            waiting = None
        if kind == BOF and depth and body[2:4] != _CHART:
            break
        depth += (kind == BOF) - (kind == EOF)
        if depth <= 0:
            return
        if depth == 1 and kind != EOF:  # the end of a chart is not that of its sheet
            waiting = Record(kind, body, [], len(body) == length)
    if waiting is not None:
        yield waiting
    yield Record(EOF, b"", [], whole=False)


def read_rk(code: int) -> float:
    """The number that a cell's four bytes stand for: a short integer or float, or a hundredth."""
    if code & 2:
        value = float((code if code < 1 << 31 else code - (1 << 32)) >> 2)
    else:
        (value,) = struct.unpack("<d", struct.pack("<II", 0, code & 0xFFFFFFFC))
    return value / 100 if code & 1 else value


class Strings:
    """Reads strings of BIFF 8 one behind the other, over the borders of records.

    Where a string goes on in the next record, that one says anew how wide its characters are.
    Raises struct.error where the bytes end, or where the first of them is not in the record.
    """

    def __init__(self, record: Record, position: int) -> None:
        if position > len(record.body):
            raise struct.error("the record ends before its string")
        self.segments = [record.body, *record.more]
        self.segment = 0
        self.position = position

    def _left(self) -> int:
        return len(self.segments[self.segment]) - self.position

    def take(self, count: int) -> bytes:
        """The next bytes, wherever records end."""
        parts = []
        while count:
            if not self._left():
                self._go_on()
                continue
            part = self.segments[self.segment][self.position : self.position + count]
            parts.append(part)
            self.position += len(part)
            count -= len(part)
        return b"".join(parts)

    def _go_on(self) -> None:
        if self.segment + 1 >= len(self.segments):
            raise struct.error("the strings end early")
        self.segment, self.position = self.segment + 1, 0

    def string(self, wide_count: bool = True) -> str:
        """The next string; its length takes two bytes, or one."""
        if not self._left():
            self._go_on()
        (count,) = struct.unpack("<H", self.take(2)) if wide_count else self.take(1)
        (flags,) = self.take(1)
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        text = self._characters(count, bool(flags & 1))
        self.take(4 * runs + extra)
        return text

    def _characters(self, count: int, wide: bool) -> str:
        parts = []
        while count:
            if not self._left():
                self._go_on()
                wide = bool(self.take(1)[0] & 1)
                continue
            size = 2 if wide else 1
            here = min(count, self._left() // size)
            if not here:
                raise struct.error("a character is cut off")
            data = self.take(here * size)
            parts.append(data.decode("utf-16-le" if wide else "latin-1", errors="replace"))
            count -= here
        return "".join(parts)
