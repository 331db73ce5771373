"""Places of texts whose format has no lines of its own: paragraphs and rows counted as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from budgetkit.blocks import Paragraph, Passage, Piece

__all__ = ["LineCounter", "row_passages"]

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


class LineCounter:
    """Counts paragraphs and table rows from 1, as the lines of the text that is read."""

    def __init__(self) -> None:
        self.line = 0

    def paragraph(self, text: str, level: int = 0) -> Paragraph:
        """A paragraph in a line of its own."""
        self.line += 1
        return Paragraph(Passage(text, (Piece(0, len(text), self.line),)), level, whole=True)

    def row(self, texts: Mapping[int, str] | Sequence[str]) -> dict[int, Passage]:
        """The passages of a table row, which takes one line, by column."""
        self.line += 1
        cells = texts if isinstance(texts, Mapping) else dict(enumerate(texts))
        return row_passages(cells, self.line)
