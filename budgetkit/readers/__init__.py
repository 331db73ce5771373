"""Readers: each turns the bytes of one file format into blocks and knows nothing of budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from budgetkit.blocks import Block, Problem
from budgetkit.errors import SourceError

__all__ = ["Reading", "read_blocks"]

# Formats are told by content: names on the web are often wrong.
_SIGNATURES = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a zip container (Word, Excel or an archive)",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader brings: its name, the blocks in reading order, what it could not read."""

    reader: str
    blocks: Sequence[Block]
    problems: Sequence[Problem] = ()


def read_blocks(data: bytes, name: str) -> Reading:
    """Reads a file's bytes with the reader that fits its content.

    `name` is only for messages. Raises SourceError for input that no reader can use.
    """
    if not data.strip(b"\x00\t\n\r \xef\xbb\xbf"):
        raise SourceError(f"{name}: the file is empty; save the disclosure's text in it")
    for signature, format_name in _SIGNATURES.items():
        if data.startswith(signature):
            raise SourceError(
                f"{name}: this is {format_name} by its first bytes, whatever its name says; "
                "give the disclosure as text (.md or .txt, UTF-8 or GB18030)"
            )
    from budgetkit.readers.markdown import read_markdown

    return read_markdown(data, name)
