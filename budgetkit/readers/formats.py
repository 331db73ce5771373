"""Which format a file has, told by its content: names on the web are often wrong."""

from __future__ import annotations

import re

from budgetkit.errors import SourceError
from budgetkit.readers.ole import OLE_SIGNATURE, read_directory
from budgetkit.readers.zips import open_zip

__all__ = ["find_format"]

_PDF_WITHIN = 1024  # a PDF may begin behind other bytes, but not far behind
_HTML_WITHIN = 4096
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_READABLE = "give the disclosure as PDF, Word (.docx), Excel (.xlsx, .xls), web page or text"
_USELESS = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"II*\x00": "a picture",
    b"MM\x00*": "a picture",
    b"BM": "a picture",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf\x27\x1c": "a compressed archive",
    b"Rar!": "a compressed archive",
    b"{\\rtf": "an RTF file",
}
_OPENS_HTML = re.compile(
    r"(?:\s+|<!--.*?-->|<\?xml[^>]*>)*+<(?:!doctype\s+html|html|head|meta|title|body|table|div|p|h[1-6]"
    r"|article|section|main|center|style|link|script)\b",
    re.I | re.S,
)
# Text by its bytes, but not for people: read as text it would give numbers of its own markup.
_OTHER_TEXT = {
    re.compile(
        r"\s*<\?xml\b"
    ): "an XML file (Excel and Word can write such); open it there and save it as .xlsx or .docx",
    re.compile(
        r"(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,9}MIME-Version:", re.I
    ): "a web archive (.mht); open it in a browser and save the page as HTML or print it as PDF",
}


def find_format(data: bytes, name: str) -> str:
    """The format by content: text, pdf, word, xlsx, xls or web.

    Raises SourceError, with what to do, for what no reader can use.
    """
    if b"%PDF" in data[:_PDF_WITHIN] and not data.startswith(_ZIP):
        return "pdf"
    if data.startswith(_ZIP):
        return _find_in_zip(data, name)
    if data.startswith(OLE_SIGNATURE):
        return _find_in_ole(data, name)
    for signature, kind in _USELESS.items():
        if data.startswith(signature) and (len(signature) > 2 or b"\x00" in data[:64]):
            raise SourceError(
                f"{name}: this is {kind} by its first bytes, whatever its name says; {_READABLE}"
            )
    head = _beginning(data)
    if _OPENS_HTML.match(head):
        return "web"
    for pattern, what in _OTHER_TEXT.items():
        if pattern.match(head):
            raise SourceError(f"{name}: this is {what}")
    return "text"


def _beginning(data: bytes) -> str:
    head = data[:_HTML_WITHIN]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _find_in_zip(data: bytes, name: str) -> str:
    with open_zip(data, name) as archive:
        names = set(archive.namelist())
    if "[Content_Types].xml" in names:
        if any(part.startswith("word/") for part in names):
            return "word"
        if "xl/workbook.bin" in names:
            raise SourceError(f"{name}: this is a binary Excel workbook; save it as .xlsx")
        if any(part.startswith("xl/") for part in names):
            return "xlsx"
    if "OFD.xml" in names:
        raise SourceError(f"{name}: this is an OFD file; print or export it as PDF")
    if "mimetype" in names and "content.xml" in names:
        raise SourceError(f"{name}: this is an OpenDocument file; save it as .docx, .xlsx or PDF")
    raise SourceError(
        f"{name}: this is a zip archive of {len(names)} files and no Word or Excel file; unpack "
        "it, and give the disclosure's files or a folder of them"
    )


def _find_in_ole(data: bytes, name: str) -> str:
    streams = read_directory(data, name)
    if "EncryptedPackage" in streams:
        raise SourceError(
            f"{name}: the Office file is protected by a password; save it without one"
        )
    if "Workbook" in streams or "Book" in streams:
        return "xls"
    if "WordDocument" in streams:
        raise SourceError(
            f"{name}: this is a Word file of the old format (.doc); save it as .docx or PDF"
        )
    raise SourceError(f"{name}: this is an old Office file without text or sheets; {_READABLE}")
