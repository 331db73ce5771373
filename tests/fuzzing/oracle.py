"""What a case must come to: an answer in which no number is lost, or one clear error.

An answer is a disclosure that was read and checked, told in both languages, and written as strict
JSON and as clean data. It must hold these, none of which asks the reader what it did:

- **Read.** Every run of digits that the file shows (`plain`, by line of a text, by page of a PDF,
  by row of a workbook) is in the blocks or in the asides, or a problem of reading tells of it.
- **Kept.** Every run of digits of the blocks stands, at its place, in the ledger, among the tokens
  set aside, or among what is left over; or a problem names its line, or the number itself.
- **Values.** Every cell that is one amount with decimals is a number of the ledger with that very
  value; or it is left over, belongs to a table read before, or a problem names it. Such an amount
  put aside as part of a heading or a name is a number dropped in silence.
- **Text.** All strings are valid Unicode, without NUL or lone surrogates.

An error is a SourceError of one line. Everything else, every other exception, is a failure. What
lies out of reach of this: numbers that the damage itself took out of the file, and damage inside
fonts of a PDF, after which another digit is shown and truly read.
"""

from __future__ import annotations

import bisect
import json
import re
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import budgetkit
from budgetkit.blocks import Paragraph, Passage, Problem, Where
from budgetkit.disclosure import Disclosure
from budgetkit.package import build_files
from budgetkit.readers.web import decode_page
from budgetkit.reconciliation import Reconciliation
from budgetkit.summary import summarise
from tests.fuzzing.cases import Case
from tests.fuzzing.places import covers, digits_of, sheet_of, teller
from tests.fuzzing.plain import (
    Plain,
    amount,
    digit_runs,
    placed_runs,
    plain_old_workbook,
    plain_pdf,
    plain_text,
    plain_web,
    plain_word,
    plain_workbook,
)
from tests.fuzzing.values import not_valued

ANSWER, ERROR, FAILURE = "answer", "error", "failure"
_LONGEST_MESSAGE = 700
_REACH = 12
"""How many lines above a number may begin that a page break parted."""
_INSIDE = ".,．，"
"""What parts the digits of one number."""
_NOT_SHOWN = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Verdict:
    """What a case came to, and why it is a failure where it is one."""

    outcome: str
    detail: str = ""


def judge(case: Case, folder: Path) -> Verdict:
    """Reads, checks and writes a case; its file lies in `folder` meanwhile."""
    path = folder / case.name
    path.write_bytes(case.data)
    try:
        return _judge(case, path)
    except budgetkit.SourceError as error:
        return _judge_error(str(error))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return Verdict(FAILURE, f"exception: {traceback.format_exc(limit=-6)}")
    finally:
        path.unlink(missing_ok=True)


def _judge_error(message: str) -> Verdict:
    if "\n" in message or not message.strip() or len(message) > _LONGEST_MESSAGE:
        return Verdict(FAILURE, f"message: no single clear line: {message[:900]!r}")
    if _NOT_SHOWN.search(message) or not message.replace("\t", " ").isprintable():
        return Verdict(FAILURE, f"message: signs that cannot be shown: {message[:900]!r}")
    return Verdict(ERROR, message)


def _judge(case: Case, path: Path) -> Verdict:
    disclosure = budgetkit.read(path)
    result = budgetkit.check(disclosure)
    told = _write(result, workbook=case.number % 8 == 0)
    lost = [
        *_not_read(case, disclosure),
        *_not_kept(disclosure, told),
        *not_valued(disclosure, told),
    ]
    if lost:
        return Verdict(FAILURE, "silent pass: " + "; ".join(lost[:6]) + f" ({len(lost)} in all)")
    return Verdict(ANSWER, disclosure.reader)


def _write(result: Reconciliation, *, workbook: bool) -> str:
    """Writes an answer in every form and proves its strings; what `check` prints comes back."""
    told = "\n".join(summarise(result))
    texts = {
        "json": json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False),
        "summary": told,
        "summary in Chinese": "\n".join(summarise(result, "zh", everything=True)),
    }
    for path, data in build_files(result.disclosure, result, workbook=workbook).items():
        if not path.endswith(".xlsx"):
            texts[path] = data.decode("utf-8")
    for name, text in texts.items():
        if match := _NOT_SHOWN.search(text):
            around = text[max(0, match.start() - 40) : match.end() + 20]
            raise AssertionError(f"{name} holds {match[0]!r}: {around!r}")
        text.encode("utf-8")
    json.loads(texts["json"])
    return told


# --- read: from the file to the blocks ------------------------------------------------------------


def _not_read(case: Case, disclosure: Disclosure) -> Iterator[str]:
    """What the file shows and neither blocks nor asides hold, unless a problem of reading says so."""
    plain = _plain_of(case, disclosure.reader)
    if plain is None:
        return
    problems = list(disclosure.problems)
    by_line = disclosure.reader == "markdown"
    held: dict[int | None, Counter[str]] = defaultdict(Counter)
    for passage in _passages(disclosure):
        for run, start in placed_runs(passage.text):
            held[passage.where(start, start + 1).line if by_line else None][run] += 1
    for place, runs in plain.runs.items():
        for run, count in (runs - held[place]).items():
            if not any(_reading_tells(problem, place, run) for problem in problems):
                yield f"'{run}' {count} × not read" + (f", line {place}" if by_line else "")
    yield from _cells_not_read(plain, disclosure, problems)
    yield from _rows_not_read(plain, disclosure, problems)
    yield from _pages_not_read(plain, disclosure, problems)


def _plain_of(case: Case, reader: str) -> Plain | None:
    data = case.data
    if reader == "markdown":
        return plain_text(data)
    if reader == "web":
        return plain_web(data, decode_page(data, ""))
    if reader == "word":
        return plain_word(data)
    if reader == "pdf":
        return plain_pdf(data)
    if data.startswith(b"PK"):
        return plain_workbook(data)
    return plain_old_workbook(data)


LOSSES = frozenset(
    {
        "hidden_sheet", "embedded_object", "uncomputed_cell", "cells_not_read", "hidden_by_merge",
        "hidden_text", "nested_cells", "cell_twice", "too_long", "unknown_places",
    }
)  # fmt: skip
"""Problems of reading that tell of numbers which stand in no block."""


def _reading_tells(problem: Problem, place: int | None, run: str) -> bool:
    if problem.kind in LOSSES:
        return True
    return (place is not None and problem.where.line == place) or run in digit_runs(problem.message)


def _cells_not_read(
    plain: Plain, disclosure: Disclosure, problems: Iterable[Problem]
) -> Iterator[str]:
    """Amounts of cells that are no text of a cell or paragraph of their own in the blocks."""
    held = Counter(amount(passage.text) for passage in _passages(disclosure))
    for value, count in (plain.cells - held).items():
        digits = digits_of(f"{abs(value):f}")
        if not any(digits in digits_of(p.message) or p.kind in LOSSES for p in problems):
            yield f"{value} {count} × in no cell"


def _rows_not_read(
    plain: Plain, disclosure: Disclosure, problems: Iterable[Problem]
) -> Iterator[str]:
    if any(problem.kind in LOSSES for problem in problems):
        return
    held: Counter[tuple[int, int]] = Counter()
    for passage in _passages(disclosure):
        where = passage.where()
        if passage.text and where.page is not None and where.line is not None:
            held[where.page, where.line] += 1
    for (sheet, row), count in (plain.filled - held).items():
        yield f"{count} filled cells of sheet {sheet}, row {row} not read"


def _pages_not_read(
    plain: Plain, disclosure: Disclosure, problems: Iterable[Problem]
) -> Iterator[str]:
    if not plain.digits:
        return
    held: Counter[int] = Counter()
    for passage in _passages(disclosure):
        for piece in passage.pieces:
            if piece.page is not None:
                text = passage.text[piece.start : piece.start + piece.length]
                held[piece.page] += sum(sign.isdecimal() for sign in text)
    for aside in disclosure.set_aside:
        if aside.where.page is not None and aside.reason in {"page number", "running head"}:
            held[aside.where.page] += sum(sign.isdecimal() for sign in aside.text)
    pages = {problem.where.page for problem in problems}
    for page, count in (plain.digits - held).items():
        if page not in pages:
            yield f"{count} digits of page {page} not read"


def _passages(disclosure: Disclosure) -> Iterator[Passage]:
    for block in disclosure.blocks:
        if isinstance(block, Paragraph):
            yield block.passage
        else:
            for row in block.rows:
                for cell in row:
                    yield cell.passage


# --- kept: from the blocks to the lists of the disclosure -----------------------------------------

_Entry = tuple[str, Where, int]
"""The digits of a listed token, its place, and how long it is."""


def _not_kept(disclosure: Disclosure, told: str) -> Iterator[str]:
    """The runs of digits of the blocks at whose place nothing of the lists stands."""
    known: dict[tuple[object, ...], list[_Entry]] = defaultdict(list)
    for item in (*disclosure.ledger, *disclosure.set_aside, *disclosure.leftovers):
        known[sheet_of(item.where)].append((digits_of(item.text), item.where, len(item.text)))
    tells = teller(disclosure)
    starts = _by_start(known)
    above = Passage("")
    for passage in _passages(disclosure):
        for run, start in placed_runs(passage.text):
            where = passage.where(start, start + 1)
            if _stands_near(run, where, starts):
                continue
            if (
                not _is_listed(run, where, known)
                and not tells(run, where)
                and not (start <= 1 and _ends_a_number(run, passage.text[:start], above, known))
            ):
                yield f"'{run}' in no list ({where}, of '{_around(passage.text, start)}')"
        above = passage


def _ends_a_number(
    run: str, before: str, above: Passage, known: dict[tuple[object, ...], list[_Entry]]
) -> bool:
    """Whether a run that begins a passage is the end of a number that the one above ends with.

    How wide digits are tells only of the first few of a number that they are not all of it.
    """
    text = above.text.rstrip(_INSIDE)
    if before.strip(_INSIDE):
        return False
    for head, start in placed_runs(text):
        if start + len(head) == len(text):
            return _is_listed(head + run, above.where(start, start + 1), known)
    return False


_Starts = dict[tuple[object, ...], tuple[list[int], list[_Entry]]]


def _by_start(known: dict[tuple[object, ...], list[_Entry]]) -> _Starts:
    """The tokens of each line by where they begin: a line may hold ten thousand."""
    starts: _Starts = {}
    for sheet, entries in known.items():
        placed = sorted((e for e in entries if e[1].start is not None), key=_start)
        starts[sheet] = [_start(entry) for entry in placed], placed
    return starts


def _start(entry: _Entry) -> int:
    return entry[1].start or 0


def _stands_near(run: str, where: Where, starts: _Starts) -> bool:
    """Whether one of the tokens that begin right before a run, in its line, holds it."""
    if where.line is None or where.start is None:
        return False
    places, entries = starts.get(sheet_of(where), ([], []))
    behind = bisect.bisect_right(places, where.start)
    return any(
        run in digits and covers(place, where)
        for digits, place, _ in entries[max(0, behind - 3) : behind]
    )


def _around(text: str, at: int) -> str:
    return text[max(0, at - 12) : at + 16].replace("\n", "⏎")


def _is_listed(run: str, where: Where, known: dict[tuple[object, ...], list[_Entry]]) -> bool:
    for digits, place, _ in known.get(sheet_of(where), ()):
        # What is private is listed without its digits.
        if (run in digits or not digits) and covers(place, where):
            return True
    if where.line is None:
        pages = [where.page, (where.page or 0) - 1]
        entries = [entry for page in pages for entry in known.get((page, None), ())]
    else:
        lines = range(where.line - _REACH, where.line + 1)
        entries = [entry for line in lines for entry in known.get((where.page, line), ())]
    return any(run in digits and _is_parted(size, place) for digits, place, size in entries)


def _is_parted(size: int, place: Where) -> bool:
    """Whether a number is longer than its place: its rest stands behind a break."""
    if place.box is not None:
        height = place.box[3] - place.box[1]
        return place.box[2] - place.box[0] < 0.32 * height * size
    return place.start is not None and place.end is not None and place.end - place.start < size
