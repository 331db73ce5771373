"""Places of texts whose format has no lines of its own: paragraphs and rows counted as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from budgetkit.blocks import Paragraph, Passage, Piece

__all__ = ["MOST_SIGNS", "LineCounter", "row_passages", "too_long"]

MOST_SIGNS = 20_000_000
"""Characters of a document: ten times what a thousand pages hold. A small file whose cells all show
one long shared text, or whose paragraphs all have one long label, would fill any memory."""

_EMPTY = Passage("")


def row_passages(
    texts: Mapping[int, str], line: int, page: int | None = None
) -> dict[int, Passage]:
    """The passages of one row by column, placed in the line that its cells and tabs make up."""
    found: dict[int, Passage] = {}
    offset = 0
    for column in sorted(texts):
        text = texts[column]
        start = offset + column
        found[column] = Passage(text, (Piece(0, len(text), line, start, page),)) if text else _EMPTY
        offset += len(text)
    return found


def too_long() -> ValueError:
    """What readers raise, and then name the file, where a text goes beyond all measure."""
    return ValueError(f"its text is longer than {MOST_SIGNS:,} characters")


class LineCounter:
    """Counts paragraphs and table rows from 1, as the lines of the text that is read.

    Raises ValueError where the text goes beyond all measure.
    """

    def __init__(self) -> None:
        self.line = 0
        self.signs = 0

    def _count(self, signs: int) -> None:
        self.line += 1
        self.signs += signs
        if self.signs > MOST_SIGNS:
            raise too_long()

    def paragraph(self, text: str, level: int = 0) -> Paragraph:
        """A paragraph in a line of its own."""
        self._count(len(text))
        return Paragraph(Passage(text, (Piece(0, len(text), self.line),)), level, whole=True)

    def row(self, texts: Mapping[int, str] | Sequence[str]) -> dict[int, Passage]:
        """The passages of a table row, which takes one line, by column."""
        cells = texts if isinstance(texts, Mapping) else dict(enumerate(texts))
        self._count(sum(map(len, cells.values())))
        return row_passages(cells, self.line)
