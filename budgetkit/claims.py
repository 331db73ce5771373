"""What sentences state: claims about one number each, lists of parts, and absences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from budgetkit.ledger import Number
from budgetkit.subjects import words

__all__ = ["STATED", "Absence", "Claim", "ListClaim", "Narrative"]

STATED = frozenset({"amount", "count", "asset"})
"""The kinds of claims that state how much or how many there is of something."""


@dataclass(slots=True)
class Claim:
    """One statement about one number.

    `kind`: amount, share, change, growth, base, count, asset (vehicles, equipment, area), standard
    (yuan per person), rate, threshold, completion. `sign` is +1 or -1 for a change or growth, 0
    where no direction word stands; `flat` says of an amount that it is as before (与上年持平).
    `facts` says what it is about;
    `owner` is the claim that a change, growth or share belongs to, where the sentence has it;
    `base` is the printed base of a comparison (比上年预算).
    """

    id: str
    number: Number
    kind: str
    subject: str
    facts: dict[str, str]
    known: bool
    line: int
    sentence: str
    sign: int = 0
    base: str = ""
    owner: Claim | None = None
    base_claim: Claim | None = None
    reason: bool = False
    section: tuple[str, ...] = ()
    start: int = 0
    """Where its sentence starts in the line."""
    year: int | None = None
    """The document's year."""
    of: str = ""
    """What a share says that it is taken of, with its facts where they are known."""
    of_facts: dict[str, str] = field(default_factory=dict)
    framed: bool = True
    """Whether section or subject say of which fund, or of all funds, it speaks."""
    unsure: bool = False
    """A change that may belong to the item named last, or to the whole before it."""

    flat: bool = False
    """The sentence says that the amount has not changed."""

    @property
    def heading(self) -> str:
        """The innermost heading above the sentence."""
        return self.section[-1] if self.section else ""

    @property
    def direction(self) -> str:
        """up, down, flat or nothing."""
        return "flat" if self.flat else {1: "up", -1: "down"}.get(self.sign, "")

    @property
    def current(self) -> str:
        """Id of the claim that a share, change or growth belongs to."""
        return self.owner.id if self.owner is not None else ""

    @property
    def base_year(self) -> int | None:
        """The year that a change, growth or 持平 compares with, as far as the sentence says so."""
        if self.kind not in {"change", "growth", "base"} and not self.flat:
            return None
        match = re.search(r"(?:19|20)\d\d", self.base)
        if match:
            return int(match[0])
        if words("against_budget").fullmatch(self.base):
            return self.year
        return self.year - 1 if self.year is not None else None


@dataclass(slots=True)
class ListClaim:
    """A whole and the parts that a sentence or the lines below it list (其中, 包括 …).

    `loose` says that the parts stand in paragraphs of their own without list numbers, or may
    overlap, so that they need not stay below the whole.
    """

    whole: Claim
    parts: list[Claim]
    loose: bool = False


@dataclass(slots=True)
class Absence:
    """A statement that something is not planned (未安排), which has no number of its own."""

    subject: str
    facts: dict[str, str]
    line: int
    sentence: str


@dataclass(slots=True)
class Narrative:
    """All claims of a document's running text, its lists, and what it says is not planned."""

    claims: list[Claim] = field(default_factory=list)
    lists: list[ListClaim] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    _lines: dict[int, list[Claim]] = field(default_factory=dict, repr=False)
    _sentences: dict[tuple[int, int], list[Claim]] = field(default_factory=dict, repr=False)
    _sorted: int = 0

    def line_of(self, claim: Claim) -> Sequence[Claim]:
        """The claims of a claim's line, in order."""
        self._sort()
        return self._lines.get(claim.line, ())

    def sentence_of(self, claim: Claim) -> Sequence[Claim]:
        """The claims of a claim's sentence, in order."""
        self._sort()
        return self._sentences.get((claim.line, claim.start), ())

    def _sort(self) -> None:
        for claim in self.claims[self._sorted :]:
            self._lines.setdefault(claim.line, []).append(claim)
            self._sentences.setdefault((claim.line, claim.start), []).append(claim)
        self._sorted = len(self.claims)
