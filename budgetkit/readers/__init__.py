"""Readers: each turns the bytes of one file format into blocks and knows nothing of budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module

from budgetkit.blocks import Aside, Block, Problem
from budgetkit.errors import SourceError

__all__ = ["Reading", "read_blocks"]

# Each reader is loaded when a file needs it: Word's costs what a whole text takes to read.
_READERS = {
    "text": ("budgetkit.readers.markdown", "read_markdown"),
    "word": ("budgetkit.readers.word", "read_word"),
    "xlsx": ("budgetkit.readers.excel", "read_xlsx"),
    "xls": ("budgetkit.readers.excel", "read_xls"),
    "web": ("budgetkit.readers.web", "read_web"),
    "pdf": ("budgetkit.readers.pdf", "read_pdf"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader brings: its name, the blocks in reading order, what it could not read."""

    reader: str
    blocks: Sequence[Block]
    problems: Sequence[Problem] = ()
    asides: Sequence[Aside] = ()
    """Print that is no part of the text: page numbers, running heads."""


def read_blocks(data: bytes, name: str) -> Reading:
    """Reads a file's bytes with the reader that fits its content.

    `name` is only for messages. Raises SourceError for input that no reader can use.
    """
    from budgetkit.readers.formats import find_format
    from budgetkit.readers.lengths import leave_out_endless
    from budgetkit.readers.signs import clean_blocks

    if not data.strip(b"\x00\t\n\r \xef\xbb\xbf"):
        raise SourceError(f"{name}: the file is empty; save the disclosure's text in it")
    found = find_format(data, name)
    module, function = _READERS[found]
    reading = getattr(import_module(module), function)(data, name)
    assert isinstance(reading, Reading)
    kept, endless = leave_out_endless(reading.blocks)
    blocks, asides, odd = clean_blocks(kept, reading.asides)
    problems = (*reading.problems, *endless, *odd)
    return replace(reading, blocks=blocks, asides=asides, problems=problems)
