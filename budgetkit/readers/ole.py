"""Compound files of old Office programs: the streams at their top."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from budgetkit.errors import SourceError

__all__ = ["OLE_SIGNATURE", "read_directory", "read_stream"]

OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_ENTRY = 128
_LAST = 0xFFFFFFFA  # this number and those above it are marks, not sectors
_STREAM, _ROOT = 2, 5


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class _Compound:
    """A compound file: sectors, their chains, and the directory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in {9, 12} or not 4 <= mini_shift <= 9:
            raise ValueError("its sectors have no known size")
        self.sector_size, self.mini_size = 1 << shift, 1 << mini_shift
        (directory,) = struct.unpack_from("<I", data, 48)
        self.cutoff, mini_start, _, difat_start, difat_count = struct.unpack_from(
            "<IIIII", data, 56
        )
        self.fat = self._read_fat(difat_start, difat_count)
        self.mini_fat = _numbers(self._chain(mini_start))
        self.entries = [_entry(chunk) for chunk in _chunks(self._chain(directory), _ENTRY)]
        if not self.entries or self.entries[0].kind != _ROOT:
            raise ValueError("its directory is missing")

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.sector_size
        return self.data[start : start + self.sector_size]

    def _read_fat(self, difat: int, count: int) -> list[int]:
        tables = list(struct.unpack_from("<109I", self.data, 76))
        for _ in range(min(count, len(self.data) // self.sector_size)):
            numbers = _numbers(self._sector(difat)) if difat < _LAST else []
            if not numbers:
                break
            tables.extend(numbers[:-1])
            difat = numbers[-1]
        most = len(self.data) // self.sector_size
        known = [number for number in tables if number < most]
        return [entry for number in known for entry in _numbers(self._sector(number))]

    def _chain(self, start: int) -> bytes:
        parts: list[bytes] = []
        sector = start
        while sector < len(self.fat) and len(parts) <= len(self.fat):
            parts.append(self._sector(sector))
            sector = self.fat[sector]
        return b"".join(parts)

    def top(self) -> dict[str, _Entry]:
        """The entries at the top: those of embedded files lie deeper."""
        found: dict[str, _Entry] = {}
        waiting, seen = [self.entries[0].child], set[int]()
        while waiting:
            number = waiting.pop()
            if number >= len(self.entries) or number in seen:
                continue
            seen.add(number)
            entry = self.entries[number]
            found[entry.name] = entry
            waiting += [entry.left, entry.right]
        return found

    def stream(self, entry: _Entry) -> bytes:
        """The bytes of one stream."""
        if entry.size >= self.cutoff:
            return self._chain(entry.start)[: entry.size]
        inside = self._chain(self.entries[0].start)
        parts: list[bytes] = []
        sector = entry.start
        while sector < len(self.mini_fat) and len(parts) <= len(self.mini_fat):
            parts.append(inside[sector * self.mini_size : (sector + 1) * self.mini_size])
            sector = self.mini_fat[sector]
        return b"".join(parts)[: entry.size]


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _chunks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data) - size + 1, size)]


def _entry(chunk: bytes) -> _Entry:
    length, kind = struct.unpack_from("<HB", chunk, 64)
    left, right, child = struct.unpack_from("<III", chunk, 68)
    start, size = struct.unpack_from("<II", chunk, 116)
    name = chunk[: max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
    return _Entry(name, kind, left, right, child, start, size)


def _open(data: bytes, name: str) -> _Compound:
    try:
        return _Compound(data)
    except (struct.error, ValueError, IndexError) as error:
        raise SourceError(
            f"{name}: the old Office file is damaged or cut off ({error}); get it again"
        ) from error


def read_directory(data: bytes, name: str) -> set[str]:
    """The names of the streams at the top of a compound file. Raises SourceError if damaged."""
    return {n for n, entry in _open(data, name).top().items() if entry.kind == _STREAM}


def read_stream(data: bytes, stream: str, name: str) -> bytes:
    """The bytes of one stream at the top, b"" where there is none. Raises SourceError if damaged."""
    compound = _open(data, name)
    entry = compound.top().get(stream)
    return compound.stream(entry) if entry is not None else b""
