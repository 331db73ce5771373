"""What every reader yields: paragraphs and grids, each text with its place in the source."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from budgetkit.language import Said, joined, said

__all__ = [
    "DAMAGED",
    "Aside",
    "Block",
    "Cell",
    "Grid",
    "Paragraph",
    "Passage",
    "Piece",
    "Problem",
    "Where",
]

DAMAGED = "\ufffd"
"""What stands in a text for a sign that is broken or cannot be printed."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Where:
    """A place in the source: line and character offsets for text, page and box for PDF."""

    page: int | None = None
    line: int | None = None
    start: int | None = None
    end: int | None = None
    box: Box | None = None
    file: str | None = None
    """The name of the file, where the disclosure has several."""

    def to_dict(self) -> dict[str, object]:
        """The place as the contract's JSON object; `file` only where there are several."""
        place: dict[str, object] = {
            "page": self.page,
            "line": self.line,
            "start": self.start,
            "end": self.end,
            "box": None if self.box is None else list(self.box),
        }
        return place if self.file is None else {**place, "file": self.file}

    def __str__(self) -> str:
        return str(self.text)

    @property
    def text(self) -> Said:
        """The place in words: file, page, line and characters, as far as they are known."""
        parts: list[str] = [] if self.file is None else [self.file]
        if self.page is not None:
            parts.append(said("page {page}", page=self.page))
        if self.line is not None:
            parts.append(
                said(
                    "line {line}, characters {start}-{end}",
                    line=self.line,
                    start=self.start,
                    end=self.end,
                )
            )
        return joined(parts, ", ") if parts else said("place unknown")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of a passage that stands in one line or box of the source."""

    start: int
    length: int
    line: int | None = None
    offset: int = 0
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    """One box a character where the reader knows them, else one box for the whole run."""
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A printed text together with where each of its characters stands."""

    text: str
    pieces: tuple[Piece, ...] = ()

    def where(self, start: int = 0, end: int | None = None) -> Where:
        """The place of characters `start` to `end`; where they cross a break, of a text the first
        line, of a page all lines on it."""
        stop = len(self.text) if end is None else end
        piece = self._piece_at(start)
        if piece is None:
            return Where()
        inside = start - piece.start
        length = max(0, min(stop, piece.start + piece.length) - start)
        if piece.line is not None:
            first = piece.offset + inside
            return Where(piece.page, piece.line, first, first + length, file=piece.file)
        boxes = [*_boxes(piece, inside, inside + length)]
        for other in self.pieces:
            if piece.start < other.start < stop and other.page == piece.page:
                boxes += _boxes(other, 0, stop - other.start)
        return Where(page=piece.page, box=_union(boxes), file=piece.file)

    def _piece_at(self, position: int) -> Piece | None:
        if not self.pieces:
            return None
        behind = bisect.bisect_right(self.pieces, position, key=_start)
        return self.pieces[max(0, behind - 1)]

    def without(self, places: Iterable[int]) -> Passage:
        """This passage without the characters at some places."""
        gone = sorted(set(places))
        bounds = [-1, *gone, len(self.text)]
        text = ""
        pieces: list[Piece] = []
        for before, end in pairwise(bounds):
            start = before + 1
            for p in self.pieces:
                first, last = max(p.start, start), min(p.start + p.length, end)
                if first >= last:
                    continue
                inside = first - p.start
                each = len(p.boxes) == p.length
                boxes = p.boxes[inside : inside + last - first] if each else p.boxes
                at = len(text) + first - start
                pieces.append(
                    Piece(at, last - first, p.line, p.offset + inside, p.page, boxes, p.file)
                )
            text += self.text[start:end]
        return Passage(text, tuple(pieces))

    def joined(self, other: Passage, between: str = "") -> Passage:
        """This passage with another one behind it."""
        shift = len(self.text) + len(between)
        moved = tuple(
            Piece(p.start + shift, p.length, p.line, p.offset, p.page, p.boxes, p.file)
            for p in other.pieces
        )
        return Passage(self.text + between + other.text, self.pieces + moved)


def _start(piece: Piece) -> int:
    return piece.start


def _boxes(piece: Piece, start: int, end: int) -> tuple[Box, ...]:
    """The boxes of some characters of a piece; its one box where they are not known singly."""
    known = len(piece.boxes) == piece.length and end > start
    return piece.boxes[start:end] if known else piece.boxes


def _union(boxes: Iterable[Box]) -> Box | None:
    found = list(boxes)
    if not found:
        return None
    return (
        min(b[0] for b in found),
        min(b[1] for b in found),
        max(b[2] for b in found),
        max(b[3] for b in found),
    )


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line or paragraph outside tables. `level` is 1 to 6 for a heading, 0 for body text.

    `whole` says that the source keeps paragraphs apart, so that this one is not the rest of the
    one before it.
    """

    passage: Passage
    level: int = 0
    whole: bool = False

    @property
    def text(self) -> str:
        """The printed text."""
        return self.passage.text


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a grid. A merged cell stands once, at its upper left, with its spans."""

    passage: Passage
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1

    @property
    def text(self) -> str:
        """The printed text, stripped."""
        return self.passage.text.strip()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table area: rows of cells. `exact` says that spans are known, not guessed from gaps."""

    rows: tuple[tuple[Cell, ...], ...]
    exact: bool = False
    source: str = ""
    """Which reading gave it, where a reader has more than one (lattice, stream)."""

    @property
    def width(self) -> int:
        """The number of columns."""
        return max((cell.column + cell.column_span for row in self.rows for cell in row), default=0)


Block = Paragraph | Grid


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of the source that was not read, or read with doubt: what, where, what to do."""

    kind: str
    message: str
    where: Where = field(default_factory=Where)
    table: int | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    """Print that is no part of the text (a page number, a running header), and why."""

    text: str
    reason: str
    where: Where = field(default_factory=Where)


def text_of(cells: Sequence[Cell]) -> list[str]:
    """The stripped texts of some cells."""
    return [cell.text for cell in cells]
