"""For lessons: copies of a disclosure with one planted slip, and answers that check themselves.

No answer stands in what a student sees: it is computed again from the document when one is checked.
"""

from __future__ import annotations

import functools
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from types import EllipsisType

from budgetkit.amounts import parse_amount
from budgetkit.disclosure import Disclosure, read_source
from budgetkit.errors import SourceError
from budgetkit.labels import plain_name
from budgetkit.language import said, tell
from budgetkit.ledger import Number
from budgetkit.mutants import Mutant, count_findings, fresh_findings, mutate, stands_at
from budgetkit.reconcile import Check
from budgetkit.reconciliation import Reconciliation, check_disclosure
from budgetkit.sources import Source, find_source

__all__ = ["Question", "Quiz", "Slip", "Verdict", "check_answer", "plant_slip", "show_answer"]

Given = Decimal | Fraction | int | float | str | EllipsisType | None
"""What a student may answer with; ``...`` and None are no answer yet."""

# A slipped point would be seen by its places without adding up anything.
SLIPS = ("digit", "swap")
_TRIES = 400
_LONGEST_SUM = 8
_FEWEST_SUMS = 2
_TEN = Decimal(10)


@dataclass(frozen=True, repr=False)
class Question:
    """What an exercise asks: the answer, how far off it may be, a hint, and usual mistakes."""

    answer: Decimal | str
    hint: str
    off: Decimal = Decimal(0)
    mistakes: tuple[tuple[Decimal | str, str], ...] = ()

    def __repr__(self) -> str:
        return "<Question: its answer is kept apart>"


@dataclass(frozen=True, repr=False)
class Quiz:
    """The questions of a lesson by name."""

    questions: Mapping[str, Question]

    def __repr__(self) -> str:
        return f"<Quiz: {', '.join(self.questions)}>"


@dataclass(frozen=True, repr=False)
class Slip(Quiz):
    """A planted slip: in which table it stands; what and where exactly is kept apart.

    `number` is the corrupted number as the copy prints it, `right` the original text, `sums` what
    does not hold because of it.
    """

    table: int
    number: Number
    right: str
    sums: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Slip: one number of table {self.table}; what it is, is kept apart>"


@dataclass(frozen=True, repr=False)
class Verdict:
    """What is said of an answer; `right` is None for an exercise that is not answered yet."""

    right: bool | None
    text: str

    def __repr__(self) -> str:
        return f"{'✓' if self.right else '…'} {tell(self.text)}"


def check_answer(quiz: Quiz, name: str, given: Given = ...) -> Verdict:
    """Says whether an answer is right, or not yet with a hint; never what the answer is.

    Amounts may be numbers or texts as printed. Raises KeyError for a question that there is not.
    """
    question = quiz.questions[name]
    if given is None or given is Ellipsis or (isinstance(given, str) and not given.strip()):
        return Verdict(None, said("not answered yet"))
    if isinstance(question.answer, str):
        text = plain_name(str(given))
        if text == plain_name(question.answer):
            return Verdict(True, said("right"))
        for wrong, hint in question.mistakes:
            if text == plain_name(str(wrong)):
                return Verdict(False, said("not yet: {hint}", hint=hint))
        return Verdict(False, said("not yet: {hint}", hint=question.hint))
    value = _decimal(given)
    if value is None:
        return Verdict(False, said("not yet: {hint}", hint=said("a number is asked for")))
    if abs(value - question.answer) <= question.off:
        return Verdict(True, said("right"))
    return Verdict(False, said("not yet: {hint}", hint=_hint(question, question.answer, value)))


def show_answer(given: object) -> object:
    """What a student's own code made, to be shown; the words for it where there is nothing yet."""
    return Verdict(None, said("not answered yet")) if given is None or given is ... else given


def _decimal(given: Given) -> Decimal | None:
    if isinstance(given, str):
        amount = parse_amount(given)
        return amount.value if amount is not None else None
    if isinstance(given, Fraction):
        return Decimal(given.numerator) / Decimal(given.denominator)
    if isinstance(given, float):
        given = f"{given:.12g}"  # what binary arithmetic adds behind the places that were meant
    try:
        value = Decimal(str(given))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _hint(question: Question, answer: Decimal, value: Decimal) -> str:
    """The usual mistake that leads to this answer, else the general hint."""
    for wrong, hint in question.mistakes:
        if isinstance(wrong, Decimal) and abs(value - wrong) <= question.off:
            return hint
    if answer and abs(value + answer) <= question.off:
        return said("look at the sign again")
    for power in (1, 2, 3, 4, 8):
        for factor in (_TEN**power, _TEN**-power):
            if answer and abs(value - answer * factor) <= question.off * factor:
                return said("the digits are right; look at the unit again")
    near = answer and abs(value - answer) <= abs(answer) / 100
    if near and question.off == 0 and answer == round(answer) and value != round(value):
        return said("a whole number is asked for")
    if near:
        return said("close, but not within rounding: compute with all printed places")
    return question.hint


def plant_slip(source: str | Path, seed: int) -> tuple[Disclosure, Slip]:
    """A copy of a disclosure in which one number of a table is wrong, and the answer apart from it.

    Another seed plants another slip; the same seed plants the same. Only slips are planted that
    the check notices, with the number as its first suspect, and that can be found by hand on the
    page of the table: at least two short sums of it do not hold, and this number alone stands in
    all of them. Raises SourceError where there is none.
    """
    original, known, suspicious = _unchanged(str(source))
    rng = random.Random(seed)
    read = known.disclosure
    before = count_findings(known)
    numbers = [n for n in read.ledger if n.part == "table" and n.id not in suspicious and n.value]
    for _ in range(_TRIES if numbers else 0):
        mutant = mutate(original, read, read.blocks, rng.choice(numbers), rng.choice(SLIPS), rng)
        if mutant is None:
            continue
        try:
            copy = mutant.read()
        except SourceError:  # the slip took the only amount that made the text a disclosure
            continue
        slip = _slip(mutant, check_disclosure(copy), before)
        if slip is not None:
            return copy, slip
    raise SourceError(
        f"{source}: no slip in its tables would show on the page of its table; "
        "choose a document whose tables have sums"
    )


@functools.lru_cache(maxsize=4)
def _unchanged(name: str) -> tuple[Source, Reconciliation, frozenset[str]]:
    """The document as it is, checked, and the numbers that it has questions about itself."""
    source = find_source(name)
    known = check_disclosure(read_source(source))
    asked = {number for finding in known.finding_list for number in finding.numbers}
    return source, known, frozenset(asked)


def _slip(mutant: Mutant, checked: Reconciliation, before: Counter[tuple[str, str]]) -> Slip | None:
    """The slip, where it shows and is named; None where it is not fit for a lesson."""
    numbers = {number.id: number for number in checked.disclosure.ledger}
    wrong = [f for f in fresh_findings(checked, before) if f.level == "inconsistent"]
    if not wrong or not wrong[0].suspects:
        return None
    suspect = wrong[0].suspects[0]
    number = numbers[suspect.number]
    if not stands_at(mutant, number) or Decimal(suspect.repair) != mutant.number.value:
        return None
    if abs(number.value - mutant.number.value) < 20 * number.half:
        return None  # in the last place only: by hand it looks like rounding
    sums = [c for c in checked.check_list if c.outcome == "violated" and _shows(c, number, numbers)]
    if len(sums) < _FEWEST_SUMS or number.table is None:
        return None
    if set.intersection(*(set(check.numbers) for check in sums)) != {number.id}:
        return None  # by hand nobody could tell it from a number that stands in the same sums
    involved = {n for check in sums for n in check.numbers} - {number.id}
    hint = said("add up once more: in a row the parts and their total, in a column the items and "
                "what they make up")  # fmt: skip
    mistakes = tuple(
        (
            numbers[n].text,
            said("this number is part of a sum that does not hold, but its other sums do"),
        )
        for n in sorted(involved)
        if numbers[n].text != number.text
    )
    questions = {
        "printed": Question(number.text, hint, mistakes=mistakes),
        "right": Question(
            mutant.number.value,
            said("take the sum that does not hold and solve it for the number"),
        ),
        "unchecked": Question(
            Decimal(checked.summary()["unchecked"]),
            said("summary() of a check counts the numbers by status"),
            mistakes=(
                (
                    Decimal(checked.summary()["not_checkable"]),
                    said("these are checks; how many numbers are unchecked?"),
                ),
            ),
        ),
    }
    told = tuple(check.message for check in sums)
    return Slip(questions, number.table, number, mutant.number.text, told)


def _shows(check: Check, number: Number, numbers: Mapping[str, Number]) -> bool:
    """Whether a violated check shows on the page: short, of one table, beyond rounding."""
    ids = check.numbers
    return (
        check.level == "inconsistent"
        and number.id in ids
        and len(ids) <= _LONGEST_SUM
        and all(numbers[n].table == number.table for n in ids)
    )
