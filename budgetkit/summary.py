"""What ``budgetkit check`` prints: the document, counts per table, findings, what was not read."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from budgetkit.amounts import mend_text
from budgetkit.controls import show_line
from budgetkit.coverage import unchecked_reasons
from budgetkit.disclosure import Disclosure
from budgetkit.display import place_words
from budgetkit.language import Said, joined, said, tell
from budgetkit.reconcile import Check, place_text
from budgetkit.reconciliation import OUTCOMES, STATUSES, Reconciliation
from budgetkit.rules import find_rule
from budgetkit.vocabulary import load

__all__ = ["summarise"]

#: Leftovers that a problem of their own already tells of.
UNREADABLE = "unreadable amount"
#: How much of a finding is printed unless everything is asked for.
PLACES, SUSPECTS, MESSAGE = 6, 3, 360
LEVELS = ("inconsistent", "implausible", "wording")
_COLOURS = {
    "inconsistent": "31;1",
    "implausible": "33;1",
    "wording": "36;1",
    "bold": "1",
    "faint": "2",
}


@dataclass(frozen=True, slots=True)
class Style:
    """Words of one language, and whether colour may be used."""

    words: Mapping[str, str]
    language: str
    colour: bool

    @property
    def stop(self) -> str:
        """What stands between the parts of a sentence."""
        return "；" if self.language == "zh" else "; "

    def tell(self, text: str) -> str:
        """A sentence in the language."""
        return tell(text, self.language)

    def paint(self, text: str, name: str) -> Painted:
        """The text in a colour, or as it is."""
        shown = show_line(text)
        return Painted(f"\x1b[{_COLOURS[name]}m{shown}\x1b[0m" if self.colour else shown)


class Painted(str):
    """A line, or a piece of one, in which only our own colours command the terminal."""


def summarise(
    reconciliation: Reconciliation,
    language: str = "en",
    colour: bool = False,
    everything: bool = False,
) -> Iterator[str]:
    """The lines that ``budgetkit check`` prints; no text of the document commands a terminal.

    With `everything` also the checks that do not plainly hold, those that could not be made
    grouped by rule and reason, and each number that no check confirms, under its reason.
    """
    style = Style(load("messages.toml")[language], language, colour)
    for line in _lines(reconciliation, style, everything):
        yield line if isinstance(line, Painted) else show_line(line)


def _lines(reconciliation: Reconciliation, style: Style, everything: bool) -> Iterator[str]:
    disclosure = reconciliation.disclosure
    yield from _document_lines(disclosure, style)
    yield ""
    yield from _count_lines(reconciliation, style)
    yield ""
    for roster in disclosure.rosters:
        rows = f"{len(roster.rows)} {style.words['rows']}"
        yield f"{style.words['list']}: {roster.name} ({style.tell(place_words(roster.where))}, {rows})"
    if disclosure.rosters:
        yield ""
    outcomes = Counter(check.outcome for check in reconciliation.check_list)
    words = style.words
    counts = ", ".join(f"{outcomes[outcome]} {words[outcome]}" for outcome in OUTCOMES)
    yield f"{words['checks']}: {len(reconciliation.check_list)}: {counts}"
    if outcomes["violated"]:
        yield style.paint(_relation(reconciliation, style), "faint")
    yield ""
    yield from _finding_lines(reconciliation, style, everything)
    yield from _problem_lines(disclosure, style)
    if everything:
        yield from _check_lines(reconciliation, style)
    elif any(check.outcome != "holds" for check in reconciliation.check_list):
        yield style.paint(words["more"], "faint")


def _relation(reconciliation: Reconciliation, style: Style) -> str:
    """How violated checks, findings and contradicted numbers belong together, in one sentence."""
    summary = reconciliation.summary()
    sentence = style.words["relation" if summary["contradicted"] else "relation_open"]
    return sentence.format(
        violated=summary["violated"],
        findings=len(reconciliation.finding_list),
        contradicted=summary["contradicted"],
    )


def _document_lines(disclosure: Disclosure, style: Style) -> Iterator[str]:
    words = style.words
    yield style.paint(disclosure.title, "bold")
    parts = [
        f"{words['department']} {disclosure.department}" if disclosure.department else "",
        f"{words['year']} {disclosure.year}" if disclosure.year else "",
        words[disclosure.kind],
        f"{words['reader']} {disclosure.reader}",
        f"sha256 {disclosure.sha256[:12]}",
    ]
    yield " · ".join(part for part in parts if part)


def _count_lines(reconciliation: Reconciliation, style: Style) -> Iterator[str]:
    """One aligned line a table, then the other parts of the document, then the total."""
    words, disclosure = style.words, reconciliation.disclosure
    counts: dict[tuple[str, int | None], Counter[str]] = {
        ("table", table.number): Counter() for table in disclosure.budget_tables
    }
    for number in disclosure.ledger:
        place = (number.part, number.table if number.part == "table" else None)
        counts.setdefault(place, Counter())[reconciliation.status[number.id]] += 1
    rows = [
        [words["number"], words["table"], words["printed"], *(words[s] for s in STATUSES)],
    ]
    names = {
        table.number: table.names[style.language]
        + (f" ({words['empty']})" if table.note and not table.cells else "")
        for table in disclosure.budget_tables
    }
    for (part, table_number), statuses in counts.items():
        if part == "table" and table_number is not None:
            rows.append([str(table_number), names[table_number], *_numbers(statuses)])
        else:
            rows.append(["", words.get(part, part), *_numbers(statuses)])
    total: Counter[str] = Counter()
    for statuses in counts.values():
        total.update(statuses)
    rows.append(["", words["total"], *_numbers(total)])
    lines = _aligned(rows)
    yield style.paint(lines[0], "faint")
    yield from lines[1:-1]
    yield style.paint(lines[-1], "bold")


def _numbers(statuses: Counter[str]) -> list[str]:
    return [str(sum(statuses.values())), *(str(statuses[status] or "·") for status in STATUSES)]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines: the second column to the left, all others to the right."""
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = []
        for index, text in enumerate(row):
            gap = " " * (widths[index] - _width(text))
            cells.append(text + gap if index == 1 else gap + text)
        lines.append("  ".join(cells).rstrip())
    return lines


def _width(text: str) -> int:
    """How many places a text takes on a terminal: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _finding_lines(reconciliation: Reconciliation, style: Style, everything: bool) -> Iterator[str]:
    words, findings = style.words, reconciliation.finding_list
    printed = {number.id: number for number in reconciliation.disclosure.ledger}
    most = None if everything else SUSPECTS
    if not any(finding.level == "inconsistent" for finding in findings):
        checked = any(c.outcome != "not_checkable" for c in reconciliation.check_list)
        yield style.paint(words["no_findings" if checked else "nothing_checked"], "bold")
    for level in LEVELS:
        group = [finding for finding in findings if finding.level == level]
        if not group:
            continue
        heading = style.paint(f"{words[level]}: {len(group)}", level)
        yield Painted(f"{heading}  {style.paint(words[f'{level}_hint'], 'faint')}")
        for finding in group:
            title = find_rule(finding.rule).title(style.language)
            rule = style.tell(said("Rule: {title}", title=title))
            yield f"  {finding.id} {rule} ({finding.rule})"
            message = style.tell(finding.message)
            yield f"     {message if everything else _shortened(message, style.stop)}"
            if finding.places:
                by_line = [style.tell(place) for place in _by_line(finding.places)]
                places = by_line if everything else by_line[:PLACES]
                if more := len(by_line) - len(places):
                    places = [*places, f"… +{more}"]
                yield f"     {words['where']}: {style.stop.join(places)}"
            for suspect in finding.suspects[:most]:
                yield f"     {words['suspect']}: {mend_text(suspect.printed, suspect.repair)}" + (
                    f" ({style.tell(place_text(printed[suspect.number]))}): "
                    f"{style.tell(suspect.why)}"
                )
    yield ""


def _by_line(places: Sequence[str]) -> list[str]:
    """Places of one line as one: line 622, characters 10-14, 21-25."""
    by_line: dict[tuple[str, ...], list[Said]] = {}
    found: list[str | tuple[str, ...]] = []
    for place in places:
        last = place.parts[-1] if isinstance(place, Said) and place.parts else None
        if isinstance(place, Said) and isinstance(last, Said) and "line" in last.values:
            line = (*place.parts[:-1], str(last.values["line"]))
            if line not in by_line:
                found.append(line)
            by_line.setdefault(line, []).append(last)
        else:
            found.append(place)
    return [item if isinstance(item, str) else _one_line(item, by_line[item]) for item in found]


def _one_line(line: tuple[str, ...], places: Sequence[Said]) -> Said:
    spans = ", ".join(f"{place.values['start']}-{place.values['end']}" for place in places)
    there = said("line {line}, characters {spans}", line=line[-1], spans=spans)
    return joined([*line[:-1], there], ", ")


def _shortened(message: str, stop: str) -> str:
    """The first parts of a message that joins many, with how many are left out."""
    parts = message.split(stop)
    kept = [part for part, end in zip(parts, _ends(parts), strict=True) if end <= MESSAGE] or parts[
        :1
    ]
    more = len(parts) - len(kept)
    return stop.join([*kept, f"… +{more}"] if more else kept)


def _ends(parts: Sequence[str]) -> list[int]:
    return list(accumulate(len(part) + 2 for part in parts))


def _problem_lines(disclosure: Disclosure, style: Style) -> Iterator[str]:
    words = style.words
    if disclosure.problems:
        yield f"{words['problems']}: {len(disclosure.problems)}"
        for problem in disclosure.problems:
            yield f"  {style.tell(problem.message)}"
        yield ""
    outside = [token for token in disclosure.leftovers if token.reason != UNREADABLE]
    if outside:
        yield f"{words['leftovers']}: {len(outside)}"
        for token in outside:
            yield f"  '{token.text}', {style.tell(token.where.text)} ({token.reason})"
        yield ""


def _check_lines(reconciliation: Reconciliation, style: Style) -> Iterator[str]:
    """Checks that do not plainly hold, those that could not be made by rule and reason; then the
    numbers that none confirms, by reason."""
    words = style.words
    doubtful = [check for check in reconciliation.check_list if check.outcome != "holds"]
    open_checks: dict[tuple[str, str], list[Check]] = {}
    yield f"{words['not_plain']}: {len(doubtful)}"
    for check in doubtful:
        if check.outcome == "not_checkable":
            open_checks.setdefault((check.rule, style.tell(check.reason)), []).append(check)
        else:
            yield f"  {check.id} {words[check.outcome]} ({check.rule}) {style.tell(check.message)}"
    for (rule, reason), checks in open_checks.items():
        yield f"  {len(checks)} {words['not_checkable']} ({rule}): {reason}"
        yield f"     {_first_few([f'{check.id} {style.tell(check.identity.note)}' for check in checks])}"
    yield ""
    reasons = unchecked_reasons(reconciliation, style.language)
    open_numbers: dict[str, list[str]] = {}
    for number in reconciliation.disclosure.ledger:
        if number.id in reasons:
            printed = f"{number.text} {number.unit}".rstrip()
            open_numbers.setdefault(reasons[number.id], []).append(
                f"{printed} ({style.tell(place_text(number))})"
            )
    yield f"{words['unchecked_numbers']}: {len(reasons)}"
    for reason, numbers in open_numbers.items():
        yield f"  {len(numbers)}: {reason}"
        for text in numbers:
            yield f"     {text}"
    if open_checks:
        yield ""
        yield style.paint(words["json"], "faint")


def _first_few(places: Sequence[str]) -> str:
    more = len(places) - PLACES
    return "; ".join(places[:PLACES]) + (f"; … +{more}" if more > 0 else "")
