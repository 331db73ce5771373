"""A tiny PDF writer for tests: lines, text in any language, grey pictures, and RC4 encryption."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


@dataclass
class Page:
    """One page; places are in points from the lower left of the page as it is stored."""

    width: float = 595
    height: float = 842
    rotate: int = 0
    drawn: list[str] = field(default_factory=list)
    more: str = ""
    """Further entries of the page's dictionary."""

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A thin line."""
        self.drawn.append(f"0.5 w {x0:.2f} {y0:.2f} m {x1:.2f} {y1:.2f} l S")

    def text(self, x: float, y: float, text: str, size: float = 9) -> None:
        """A line of text: a Chinese character is as wide as its size, a Latin one half of it."""
        codes = text.encode("utf-16-be", "surrogatepass").hex()
        self.drawn.append(f"BT /F {size} Tf {x:.2f} {y:.2f} Td <{codes}> Tj ET")

    def picture(self, x: float, y: float, width: float, height: float) -> None:
        """A grey picture."""
        self.drawn.append(f"q {width:.2f} 0 0 {height:.2f} {x:.2f} {y:.2f} cm /I Do Q")

    def turned(self) -> None:
        """Turns all that was drawn so that a page with /Rotate 90 shows it upright."""
        self.drawn.insert(0, f"0 1 -1 0 {self.height:.2f} 0 cm")
        self.width, self.height, self.rotate = self.height, self.width, 90

    def table(
        self,
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        left: float = 50,
        top: float = 700,
        height: float = 18,
        size: float = 9,
    ) -> None:
        """A table with a rule around every cell."""
        bottom, right = top - height * len(rows), left + sum(widths)
        edges = [left + sum(widths[:i]) for i in range(len(widths) + 1)]
        for position in range(len(rows) + 1):
            self.line(left, top - height * position, right, top - height * position)
        for edge in edges:
            self.line(edge, top, edge, bottom)
        for position, row in enumerate(rows):
            for edge, cell in zip(edges, row, strict=False):
                if cell:
                    self.text(edge + 3, top - height * (position + 1) + height / 3, cell, size)


def write_pdf(
    pages: Sequence[Page],
    *,
    password: bytes | None = None,
    permissions: int = -44,
    catalogue: str = "",
    more: Sequence[tuple[str, bytes]] = (),
) -> bytes:
    """The file. With `password` (b"" opens for everybody) it is encrypted, RC4 with 40 bits.

    `catalogue` is added to the catalogue; `more` are dictionaries with their streams, objects
    after those of the pages: the first one's number is 8 and two for every page.
    """
    objects = [*_objects(pages, catalogue), *more]
    identity = hashlib.md5(b"budgetkit").digest()
    trailer = f"/Size {len(objects) + 2} /Root 1 0 R /ID [<{identity.hex()}> <{identity.hex()}>]"
    key = b""
    if password is not None:
        owner = _rc4(hashlib.md5(_PAD).digest()[:5], (password + _PAD)[:32])
        mixed = (password + _PAD)[:32] + owner + permissions.to_bytes(4, "little", signed=True)
        key = hashlib.md5(mixed + identity).digest()[:5]
        objects.append(
            (
                f"<< /Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{_rc4(key, _PAD).hex()}> "
                f"/P {permissions} >>",
                b"",
            )
        )
        trailer += f" /Encrypt {len(objects)} 0 R"
    data = bytearray(b"%PDF-1.5\n")
    places = []
    for number, (dictionary, stream) in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n".encode()
        if stream:
            if key:
                own = key + number.to_bytes(3, "little") + b"\0\0"
                stream = _rc4(hashlib.md5(own).digest()[:10], stream)
            dictionary = dictionary.replace("<<", f"<< /Length {len(stream)}", 1)
            data += dictionary.encode() + b"\nstream\n" + stream + b"\nendstream"
        else:
            data += dictionary.encode()
        data += b"\nendobj\n"
    start = len(data)
    data += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    data += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    data += f"trailer\n<< {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(data)


def _objects(pages: Sequence[Page], catalogue: str) -> Iterator[tuple[str, bytes]]:
    """Dictionaries and streams: catalogue, page tree, font, its parts, picture, then the pages."""
    first = 8
    kids = " ".join(f"{first + 2 * i} 0 R" for i in range(len(pages)))
    yield f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>", b""
    yield f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>", b""
    yield (
        "<< /Type /Font /Subtype /Type0 /BaseFont /Made /Encoding /Identity-H "
        "/DescendantFonts [4 0 R] /ToUnicode 6 0 R >>",
        b"",
    )
    yield (
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Made /CIDSystemInfo "
        "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 5 0 R "
        "/DW 1000 /W [32 126 500] >>".replace("(Adobe)", "<41646f6265>").replace(
            "(Identity)", "<4964656e74697479>"
        ),
        b"",
    )
    yield (
        "<< /Type /FontDescriptor /FontName /Made /Flags 4 /FontBBox [0 -200 1000 800] "
        "/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
        b"",
    )
    yield "<< >>", _to_unicode()
    yield (
        "<< /Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray "
        "/BitsPerComponent 8 >>",
        b"\x80\xa0\xc0\xe0",
    )
    for position, page in enumerate(pages):
        number = first + 2 * position
        yield (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page.width} {page.height}] "
            f"/Rotate {page.rotate} /Contents {number + 1} 0 R {page.more} "
            "/Resources << /Font << /F 3 0 R >> /XObject << /I 7 0 R >> >> >>",
            b"",
        )
        yield "<< /Filter /FlateDecode >>", zlib.compress("\n".join(page.drawn).encode() or b" ")


def _to_unicode() -> bytes:
    """Every code is the character it looks like; a range must not cross a high byte."""
    ranges = [f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>" for high in range(256)]
    parts = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Made def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, 256, 64):
        parts += ["64 beginbfrange", *ranges[start : start + 64], "endbfrange"]
    return "\n".join([*parts, "endcmap end end"]).encode()


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
