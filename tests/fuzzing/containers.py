"""Damage inside containers: parts of Office files packed again with right sums, streams of PDF."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib

from tests import office
from tests.fuzzing.damage import damage_bytes, damage_markup, damage_tree

_OBJECT = re.compile(rb"(?<!\d)(\d{1,6}) 0 obj\b(.*?)\bendobj", re.S)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
_NUMBER = re.compile(rb"(?<![\w.#])-?\d+(?:\.\d+)?(?![\w.])")
_NUMBERS = (
    b"0",
    b"-1",
    b"1e9",
    b"99999999999",
    b"0.0001",
    b"-99999",
    b"2147483648",
    b"65536",
    b"nan",
)


def damage_package(data: bytes, rng: random.Random) -> bytes:
    """A part of an Office file damaged, dropped, repeated or swapped, and all packed again."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {n: archive.read(n) for n in archive.namelist()}
    likely = [n for n in parts if n.endswith(("document.xml",)) or "worksheets/" in n]
    name = rng.choice(likely) if likely and rng.random() < 0.75 else rng.choice(sorted(parts))
    part = parts[name]
    assert isinstance(part, bytes)
    way = rng.randrange(10)
    if way < 5:
        parts[name] = damage_tree(part, rng)
    elif way < 6:
        parts[name] = damage_markup(part.decode("utf-8", "replace"), rng).encode("utf-8", "replace")
    elif way < 8:
        parts[name] = damage_bytes(part, rng)
    elif way == 8:
        del parts[name]
    else:
        other = rng.choice(sorted(parts))
        parts[name], parts[other] = parts[other], parts[name]
    if rng.random() < 0.05:
        text = part.decode("utf-8", "replace")
        parts[name] = rng.choice([
            text.encode("utf-16"),
            re.sub(r"^(<\?xml[^>]*\?>)?", '<?xml version="1.0" encoding="GBK"?>', text).encode("gbk", "replace"),
            ('<!DOCTYPE a [<!ENTITY x "12.50"><!ENTITY y "&x;&x;&x;">]>' + text.replace("12", "&y;", 3)).encode(),
        ])  # fmt: skip
    return office.zipped(parts)


def damage_pdf(data: bytes, rng: random.Random) -> bytes:
    """An object of a PDF damaged inside its stream or dictionary, dropped, repeated or swapped."""
    objects = {int(m[1]): m[2] for m in _OBJECT.finditer(data)}
    if not objects:
        return damage_bytes(data, rng)
    for _ in range(rng.choice([1, 1, 2])):
        number = rng.choice(sorted(objects))
        streams = [n for n, body in objects.items() if b"stream" in body and len(body) < 200_000]
        way = rng.randrange(8)
        if way < 4 and streams:
            number = rng.choice(streams)
            objects[number] = _damage_stream(objects[number], rng)
        elif way == 4:
            objects[number] = _damage_numbers(objects[number], rng)
        elif way == 5 and len(objects) > 1:
            del objects[number]
        elif way == 6:
            objects[max(objects) + 1] = objects[number]
            objects[number] = objects[rng.choice(sorted(objects))]
        else:
            body = objects[number]
            objects[number] = damage_bytes(body[:600], rng) + body[600:]
    trailer = re.search(rb"trailer\s*(<<.*?>>)\s*startxref", data, re.S)
    return _write(objects, trailer[1] if trailer else b"<< /Root 1 0 R >>")


def _write(objects: dict[int, bytes], trailer: bytes) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places: dict[int, int] = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj%sendobj\n" % (number, body)
    start, count = len(out), max(objects) + 1
    out += b"xref\n0 %d\n" % count
    for number in range(count):
        used = number in places
        out += b"%010d %05d %s \n" % (
            places.get(number, 0),
            0 if used else 65535,
            b"n" if used else b"f",
        )
    out += b"trailer\n" + trailer + b"\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def _damage_stream(body: bytes, rng: random.Random) -> bytes:
    match = _STREAM.search(body)
    if match is None:
        return damage_bytes(body, rng)
    content = match[1]
    head = body[: match.start()]
    packed = b"FlateDecode" in head
    if packed:
        try:
            content = zlib.decompress(content)
        except zlib.error:
            packed = False
    if rng.random() < 0.6 and len(content) < 400_000:
        content = _damage_drawing(content, rng)
    else:
        content = damage_bytes(content, rng)
    content = zlib.compress(content) if packed else content
    head = re.sub(rb"/Length\s+\d+(?:\s+0\s+R)?", b"/Length %d" % len(content), head)
    return head + b"stream\n" + content + b"\nendstream" + body[match.end() :]


def _damage_drawing(content: bytes, rng: random.Random) -> bytes:
    """Operators of a page: lines dropped, repeated, shuffled, their numbers changed, strings odd."""
    way = rng.randrange(5)
    if way == 0:
        return _damage_numbers(content, rng)
    lines = re.split(rb"(?<=\n)", content)
    if way == 1 and len(lines) > 3:
        first = rng.randrange(len(lines))
        del lines[first : first + rng.choice([1, 5, 40])]
    elif way == 2:
        first = rng.randrange(len(lines))
        lines[first:first] = lines[first : first + 20] * rng.choice([1, 3, 30])
    elif way == 3:
        rng.shuffle(lines)
    else:
        extra = rng.choice([
            b"q " * 3000, b"BT ET " * 500, b"1 0 0 1 1e9 1e9 cm\n", b"0 0 0 0 0 0 cm\n", b"Q Q Q\n",
            b"0 0 m 1e30 1e30 l S\n", b"0 Tr 3 Tr\n", b"-1 0 0 1 0 0 cm\n", b"0.7 0.7 -0.7 0.7 0 0 cm\n",
            b"10 10 500 700 re W n\n", b"0 0 1 1 re W n\n", b"BT /F 9 Tf 60 60 Td <D800DC00D800> Tj ET\n",
            b"BT /F 9 Tf 60 60 Td <0000FFFEFFFF> Tj ET\n", b"BT /F 0 Tf 50 50 Td <00310032> Tj ET\n",
        ])  # fmt: skip
        lines.insert(rng.randint(0, len(lines)), extra)
    return b"".join(lines)


def _damage_numbers(content: bytes, rng: random.Random) -> bytes:
    found = list(_NUMBER.finditer(content))
    for match in sorted(
        rng.sample(found, min(len(found), rng.choice([1, 3, 20]))), key=lambda m: -m.start()
    ):
        content = content[: match.start()] + rng.choice(_NUMBERS) + content[match.end() :]
    return content


def damage_records(data: bytes, rng: random.Random) -> bytes:
    """Records of an old workbook changed, dropped, repeated, swapped or cut inside their stream.

    Streams that `office.compound` wrote lie in one piece behind the header, so that they can be
    damaged without harm to the container.
    """
    records: list[bytes] = []
    position = 512
    while position + 4 <= len(data) and len(records) < 60_000:
        kind, length = struct.unpack_from("<HH", data, position)
        if kind == 0 and length == 0:
            break
        records.append(data[position : position + 4 + length])
        position += 4 + length
    if len(records) < 4:
        return damage_bytes(data, rng)
    for _ in range(rng.choice([1, 2, 5])):
        at = rng.randrange(1, len(records) - 1)
        way = rng.randrange(6)
        if way == 0:
            records[at] = records[at][:4] + damage_bytes(records[at][4:], rng)
        elif way == 1:
            records[at] = struct.pack("<H", rng.choice([0x203, 0x204, 0x3C, 0x0A, 0xFD, 0xBD, 0xE5, 0x27E, 0x06])) \
                + records[at][2:]  # fmt: skip
        elif way == 2:
            del records[at]
        elif way == 3:
            records.insert(at, records[at])
        elif way == 4:
            other = rng.randrange(1, len(records) - 1)
            records[at], records[other] = records[other], records[at]
        else:
            records[at] = (
                records[at][:2]
                + struct.pack("<H", rng.choice([0, 1, 8228, 65535]))
                + records[at][4:]
            )
    if rng.random() < 0.7:
        _point_to_sheets(records)
    return office.compound({"Workbook": b"".join(records)})


def _point_to_sheets(records: list[bytes]) -> None:
    """Lets the list of sheets lead to where they begin now."""
    starts: list[int] = []
    position = 0
    for index, record in enumerate(records):
        if index and record[:2] == b"\x09\x08":
            starts.append(position)
        position += len(record)
    for index, record in enumerate(records):
        if record[:2] == b"\x85\x00" and len(record) > 8 and starts:
            records[index] = record[:4] + struct.pack("<I", starts.pop(0)) + record[8:]
