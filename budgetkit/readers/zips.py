"""Zip containers (Word, Excel), opened only after their true sizes were found to be harmless."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from budgetkit.errors import SourceError

__all__ = ["open_zip"]

_MOST_PARTS = 20_000
_MOST_BYTES = 400 * 2**20
_MOST_XML = 120 * 2**20
_HIGHEST_RATIO = 250
_RATIO_FROM = 20 * 2**20
"""Sheets of blank ruled cells are squeezed a hundredfold; a bomb a thousandfold."""
_STEP = 2**20
_PATCHED = 0x20
_ENCRYPTED = 0x41
_LOCAL_HEADER = struct.Struct("<4s22xHH")


def open_zip(data: bytes, name: str) -> zipfile.ZipFile:
    """The container with parts that are as large as it says they are, and not too large.

    Every part is unpacked once, in steps and thrown away, because a part's declared size proves
    nothing. Raises SourceError for what is no zip, a damaged one, or one that would fill memory.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as error:
        raise SourceError(
            f"{name}: the file begins like a Word or Excel file and is none, or is cut off "
            f"({error}); get it again"
        ) from error
    if len(parts) > _MOST_PARTS:
        raise SourceError(
            f"{name}: the container holds {len(parts)} parts (limit {_MOST_PARTS}), so it is no "
            "disclosure; save the document again from Word or Excel"
        )
    total = 0
    for part in parts:
        if part.flag_bits & _ENCRYPTED:
            raise SourceError(f"{name}: '{part.filename}' in it is encrypted; save it without")
        if part.flag_bits & _PATCHED:
            raise _damaged(part, name, "it is packed in a way that Office does not use")
        room = _MOST_BYTES - total
        if part.filename.endswith((".xml", ".rels")):
            room = min(room, _MOST_XML)
        total += _unpacked_size(data, part, room, name)
    return archive


def _unpacked_size(data: bytes, part: zipfile.ZipInfo, room: int, name: str) -> int:
    packed = _packed(data, part, name)
    if part.compress_type == zipfile.ZIP_STORED:
        size = len(packed)
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        size = _inflated_size(packed, part, room, name)
    else:
        raise _damaged(part, name, f"packing method {part.compress_type}")
    if size > room:
        raise _bomb(part, name)
    if size != part.file_size:
        raise _damaged(part, name, f"{size} bytes where {part.file_size} are declared")
    return size


def _packed(data: bytes, part: zipfile.ZipInfo, name: str) -> bytes:
    start = part.header_offset
    if start < 0 or start + _LOCAL_HEADER.size > len(data):
        raise _damaged(part, name, "it lies outside the file")
    mark, name_length, extra_length = _LOCAL_HEADER.unpack_from(data, start)
    if mark != b"PK\x03\x04":
        raise _damaged(part, name, "its header is missing")
    first = start + _LOCAL_HEADER.size + name_length + extra_length
    packed = data[first : first + part.compress_size]
    if len(packed) != part.compress_size:
        raise _damaged(part, name, "its end is missing")
    return packed


def _inflated_size(packed: bytes, part: zipfile.ZipInfo, room: int, name: str) -> int:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    rest = packed
    try:
        while not inflater.eof:
            size += len(piece := inflater.decompress(rest, _STEP))
            rest = inflater.unconsumed_tail
            if size > room or (
                size > _RATIO_FROM and size > _HIGHEST_RATIO * max(1, len(packed) - len(rest))
            ):
                raise _bomb(part, name)
            if not piece and not rest and not inflater.eof:
                raise _damaged(part, name, "its end is missing")
    except zlib.error as error:
        raise _damaged(part, name, str(error)) from error
    return size


def _bomb(part: zipfile.ZipInfo, name: str) -> SourceError:
    return SourceError(
        f"{name}: '{part.filename}' in it unpacks to more than a disclosure can be (a zip bomb); "
        "do not use the file, get it again from its publisher"
    )


def _damaged(part: zipfile.ZipInfo, name: str, why: str) -> SourceError:
    return SourceError(
        f"{name}: '{part.filename}' in it is damaged ({why}); get the file again, or save it again "
        "from Word or Excel"
    )
