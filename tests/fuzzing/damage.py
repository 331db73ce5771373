"""Damage to bytes and to markup: what happens to files on their way, and what is done on purpose."""

from __future__ import annotations

import copy
import random
import re

from lxml import etree

_CHUNK = 400
_REFERENCES = (
    "&#xD800;", "&#xDFFF;", "&#0;", "&#x0;", "&#1;", "&#xFFFE;", "&#xFFFF;", "&#x110000;",
    "&#99999999999;", "&nbsp;", "&zwj;", "&amp;", "&unknown;", "&#x202E;", "&#x200B;", "&#49;", "&",
)  # fmt: skip
_TAG = re.compile(r"<[^<>]{1,300}>")
_TEXT = re.compile(r">([^<>]+)<")
_VALUE = re.compile(r'="([^"<>]{0,60})"')
_VALUES = (
    "", "0", "-1", "1000000", "99999999999999999999", "x", "1.5", "hidden", "none", "B3", "A1:XFD1048576",
    "true", "&#10;", "１", "٣", "  2 ",
)  # fmt: skip


def flip_bytes(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 30])):
        if out:
            at = rng.randrange(len(out))
            out[at] = rng.choice([out[at] ^ (1 << rng.randrange(8)), rng.randrange(256), 0, 255])
    return bytes(out)


def cut(data: bytes, rng: random.Random) -> bytes:
    """The end, the beginning or a piece inside gone."""
    first, last = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
    way = rng.randrange(4)
    if way == 0:
        return data[:last]
    if way == 1:
        return data[first:] if rng.random() < 0.3 else data[: len(data) - rng.randint(0, 60)]
    size = rng.choice([1, 10, 100, 1000])
    return data[:first] + data[first + size :]


def repeat(data: bytes, rng: random.Random) -> bytes:
    """A piece of it twice or often, or the whole of it again."""
    if rng.random() < 0.1:
        return data + data
    first = rng.randint(0, len(data))
    piece = data[first : first + rng.choice([1, 8, 64, _CHUNK, 4 * _CHUNK])]
    return data[:first] + piece * rng.choice([2, 2, 3, 20]) + data[first + len(piece) :]


def move(data: bytes, rng: random.Random) -> bytes:
    """Two pieces swapped."""
    if len(data) < 8:
        return data
    a, b, c, d = sorted(rng.sample(range(len(data) + 1), 4))
    b, d = min(b, a + _CHUNK), min(d, c + _CHUNK)
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def insert(data: bytes, rng: random.Random) -> bytes:
    """NUL bytes, noise, other encodings, marks of other formats."""
    pieces = [
        b"\x00" * rng.choice([1, 2, 100]), rng.randbytes(rng.choice([1, 4, 50])), "支出".encode("gbk"),
        "支出12.50万元".encode("gb18030"), b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xc0\x80", b"\xf8\x88",
        b"\xef\xbb\xbf", b"\xff\xfe", b"\x813\x819", b"\x1a", b"\r", b"\n", b"\t", b"%PDF-1.4", b"PK\x03\x04",
        "３．５".encode(), b"\xe2\x80\xae", b"\xe2\x80\x8b", "預算".encode("big5"), b"<![CDATA[", b"-->",
    ]  # fmt: skip
    for _ in range(rng.choice([1, 1, 3])):
        at = rng.randint(0, len(data))
        data = data[:at] + rng.choice(pieces) + data[at:]
    return data


BYTES = (flip_bytes, flip_bytes, cut, cut, repeat, move, insert, insert)


def damage_bytes(data: bytes, rng: random.Random) -> bytes:
    """One kind of damage to bytes."""
    return rng.choice(BYTES)(data, rng)


def damage_markup(text: str, rng: random.Random) -> str:
    """One kind of damage to the tags, attributes and texts of HTML or XML."""
    way = rng.randrange(9)
    if way == 0:
        return _insert_references(text, rng)
    if way == 1:
        return _nest(text, rng)
    if way == 2:
        return _replace_some(_VALUE, text, rng, lambda m: f'="{rng.choice(_VALUES)}"')
    if way == 3:
        return _replace_some(_TAG, text, rng, lambda m: "")
    if way == 4:
        return _replace_some(_TAG, text, rng, lambda m: m[0] * rng.choice([2, 2, 5]))
    tags = [m.span() for m in _TAG.finditer(text)]
    if len(tags) < 4:
        return text
    if way == 5:  # elements moved
        a, b, c = sorted(rng.sample([first for first, _ in tags], 3))
        return text[:a] + text[b:c] + text[a:b] + text[c:]
    if way == 6:  # elements repeated
        a, b = sorted(rng.sample([first for first, _ in tags], 2))
        b = min(b, a + 3000)
        return text[:b] + text[a:b] * rng.choice([1, 1, 4]) + text[b:]
    if way == 7:  # a text replaced
        return _replace_some(
            _TEXT, text, rng,
            lambda m: f">{rng.choice(['', '12.34', '1,234', '合计', m[1] * 2, '２.５', 'x' * 300, m[1][1:]])}<",
        )  # fmt: skip
    a, b = sorted(rng.sample([first for first, _ in tags], 2))
    wrapped = rng.choice([
        ("<!--", "-->"), ("<![CDATA[", "]]>"), ("<script>", "</script>"), ("<div hidden>", "</div>"),
        ('<p style="display:none">', "</p>"), ("<table><tr><td>", "</td></tr></table>"),
        ("<textarea>", "</textarea>"), ("<w:del>", "</w:del>"), ("<w:ins>", "</w:ins>"), ("<?x ", "?>"),
        ("<template>", "</template>"), ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"), ("<svg>", "</svg>"),
    ])  # fmt: skip
    return text[:a] + wrapped[0] + text[a:b] + wrapped[1] + text[b:]


def damage_tree(data: bytes, rng: random.Random) -> bytes:
    """XML with elements dropped, repeated, moved, wrapped, or their texts and attributes changed.

    It stays well-formed, so that it gets past the parser.
    """
    try:
        root = etree.fromstring(data)
    except (etree.XMLSyntaxError, ValueError):
        return damage_bytes(data, rng)
    elements = [e for e in root.iterdescendants() if isinstance(e.tag, str)]
    for _ in range(rng.choice([1, 1, 2, 4])):
        if not elements:
            break
        element, way = rng.choice(elements), rng.randrange(8)
        parent = element.getparent()
        if way == 0 and parent is not None:
            parent.remove(element)
        elif way == 1 and parent is not None:
            for _ in range(rng.choice([1, 1, 2, 30])):
                parent.insert(parent.index(element), copy.deepcopy(element))
        elif way == 2:
            other = rng.choice(elements)
            if other is not element and other not in element.iterancestors():
                element.append(other)
        elif way == 3 and parent is not None:
            wrapper = etree.SubElement(parent, rng.choice(elements).tag)
            parent.replace(element, wrapper) if wrapper is not element else None
            wrapper.append(element)
        elif way == 4:
            element.text = rng.choice(
                ["", "12.34", "1,234.50", "合计", "２.５", "1e5", "-0", "x" * 300, "9" * 400]
            )
        elif way == 5 and element.attrib:
            name = rng.choice(sorted(element.attrib))
            element.set(name, rng.choice(_VALUES).replace("&#10;", " "))
        elif way == 6 and element.attrib:
            del element.attrib[rng.choice(sorted(element.attrib))]
        else:
            for sibling in list(element.itersiblings())[: rng.choice([1, 5])]:
                element.append(sibling)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _replace_some(pattern: re.Pattern[str], text: str, rng: random.Random, new) -> str:  # type: ignore[no-untyped-def]
    found = list(pattern.finditer(text))
    for match in sorted(
        rng.sample(found, min(len(found), rng.choice([1, 1, 2, 6]))), key=lambda m: -m.start()
    ):
        text = text[: match.start()] + new(match) + text[match.end() :]
    return text


def _insert_references(text: str, rng: random.Random) -> str:
    places = [match.start(1) for match in _TEXT.finditer(text)]
    for _ in range(rng.randint(1, 3)):
        if places:
            at = rng.choice(places) + rng.randint(0, 3)
            text = text[:at] + rng.choice(_REFERENCES) + text[at:]
    return text


def _nest(text: str, rng: random.Random) -> str:
    depth = rng.choice([3, 30, 250, 300, 2_000, 60_000])
    tag = rng.choice(
        ["div", "b", "span", "table", "ul", "td", "w:p", "w:r", "w:tbl", "row", "font"]
    )
    found = [match.start() for match in _TAG.finditer(text)] or [0]
    at = rng.choice(found)
    closing = f"</{tag}>" * depth if rng.random() < 0.7 else ""
    end = rng.choice([at, at, max(found)])
    return text[:at] + f"<{tag}>" * depth + text[at:end] + closing + text[end:]
