"""What performance tables hold: indicators, statements, budgets, and their numbers."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from budgetkit.amounts import is_plain_amount, parse_amount, squeeze
from budgetkit.blocks import Passage, Problem, Where
from budgetkit.labels import plain_name
from budgetkit.language import said
from budgetkit.ledger import Number, SetAside
from budgetkit.target_cells import all_tokens
from budgetkit.values import Token

__all__ = ["Statement", "Target", "TargetLedger", "TargetReading", "TargetTable"]

KIND = "performance_targets"
PART = "target"
_MOST_SIGNS = 4


@dataclass(frozen=True, slots=True)
class Target:
    """One indicator: levels filled down, the target as printed and as a number, and the rest.

    `target`, `previous` and `weighted` are the ledger numbers of the cells, None where a cell
    holds no number; `target_text` and `previous_text` are the cells as printed. A printed unit is
    in `target_unit` and `previous_unit`, the unit in the indicator's name in `name_unit`; `name`
    is the name without it, normalised. `more_values` says that the cell holds further values.
    """

    id: str
    table: int
    project: str
    level_1: str
    level_2: str
    level_3: str
    operator: str
    target_text: str
    basis: str
    previous_text: str
    scoring: str
    evidence: str
    where: Where
    target: Number | None = None
    previous: Number | None = None
    weighted: Number | None = None
    target_unit: str = ""
    previous_unit: str = ""
    name_unit: str = ""
    name: str = ""
    more_values: bool = False

    @property
    def value(self) -> Decimal | None:
        """The target value, None where the target is qualitative."""
        return None if self.target is None else self.target.value

    @property
    def unit(self) -> str:
        """The unit of the target value: as printed beside it, else as in the indicator's name."""
        return "" if self.target is None else self.target.unit

    @property
    def weight(self) -> Decimal | None:
        """The indicator's weight in its table's score, in points."""
        return None if self.weighted is None else self.weighted.value


@dataclass(frozen=True, slots=True)
class Statement:
    """A number in the text of the objectives: what it is said of, in which sentence."""

    number: Number
    label: str
    sentence: int
    listed: bool


@dataclass(slots=True)
class TargetTable:
    """One performance table: whose, for which project, with what money and objectives.

    `project` is "" for the whole department, and where `of_project` is true but none is named.
    `budget` maps budget_total, budget_appropriation, budget_other … to numbers. `weight_total` is
    the sum of weights that the heading prints, `execution_rate` says whether a row or field
    scores the execution rate of the budget, `unfinished` that its end could not be read.
    """

    number: int
    title: str
    department: str = ""
    project: str = ""
    of_project: bool = False
    objective: str = ""
    budget: dict[str, Number] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    roles: frozenset[str] = frozenset()
    weight_total: Decimal | None = None
    execution_rate: bool = False
    unfinished: bool = False
    where: Where = field(default_factory=Where)


@dataclass(slots=True)
class TargetReading:
    """All performance tables: the ledger numbers, the indicators, and what is no value and why."""

    numbers: list[Number] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    headers: list[TargetTable] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class TargetLedger:
    """Numbers of one table on their way into the reading, each with an id of its own."""

    def __init__(self, reading: TargetReading, table: TargetTable, unit: str) -> None:
        self.reading = reading
        self.table = table
        self.unit = unit
        self.seen: Counter[str] = Counter()

    def number(
        self, passage: Passage, token: Token, column: str, row: str, row_id: str, unit: str
    ) -> Number:
        """Puts one value into the ledger."""
        assert token.amount is not None
        number_id = f"t{self.table.number}.{row_id}.{column}"
        again = self.seen[number_id]
        self.seen[number_id] += 1
        number_id += "+" * again if again < _MOST_SIGNS else f"+{again}"
        value = Number(
            id=number_id,
            text=token.text,
            value=token.amount.value,
            half=token.amount.half,
            unit=unit,
            part=PART,
            where=passage.where(token.start, token.end),
            table=self.table.number,
            table_kind=KIND,
            row=row,
            column=column,
            name=f"{row}, {column}",
            facts={"project": plain_name(self.table.project), "indicator": row, "measure": column},
        )
        self.reading.numbers.append(value)
        return value

    def put_aside(self, passage: Passage, token: Token, reason: str) -> None:
        """Lists one token that is no value; of private ones only the place."""
        text = "" if reason in {"private", "telephone"} else token.text
        where = passage.where(token.start, token.end)
        self.reading.set_aside.append(SetAside(text, reason, PART, where, self.table.number))

    def put_all_aside(self, passage: Passage, reason: str) -> None:
        """Lists every token of a passage; years and codes keep their own reason.

        A passage that is nothing but an amount of money is no name and no heading, and said so.
        """
        for token in all_tokens(passage.text):
            own = "" if reason == "private" else token.reason
            self.put_aside(passage, token, own or reason)
        amount = is_plain_amount(passage.text) and reason != "outside the columns"
        if amount and (reason != "private" or parse_amount(passage.text) is not None):
            self.amount_among_words(passage)

    def amount_among_words(self, passage: Passage) -> None:
        """Says that an amount stands where words belong."""
        self.problem(
            "amount_among_words",
            said(
                "the amount '{text}' stands in the place of a heading, a name or a text and is "
                "not read; compare with the source",
                text=squeeze(passage.text)[:40],
            ),
            passage.where(),
        )

    def problem(self, kind: str, message: str, where: Where) -> None:
        """Says what was not read."""
        text = said(
            "table {table} ({where}): {message}",
            table=self.table.number,
            where=where.text,
            message=message,
        )
        self.reading.problems.append(Problem(kind, text, where, self.table.number))

    def rest_aside(self, passage: Passage, values: Sequence[tuple[Token, str]]) -> None:
        """Lists the tokens of a passage that are not among its values."""
        spans = sorted((token.start, token.end) for token, _ in values)
        for token in all_tokens(passage.text):
            # Values do not overlap, so that only the last to begin before a token's end may.
            before = bisect.bisect_left(spans, (token.end,)) - 1
            if before < 0 or spans[before][1] <= token.start:
                self.put_aside(passage, token, token.reason or "outside the value")
