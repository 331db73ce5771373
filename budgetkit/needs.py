"""What a project's standards need: computed need, residual, implied headcount and standard.

A standard explains, it does not judge. All values are exact (Decimal, Fraction), in 元.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from budgetkit.labels import plain_name
from budgetkit.language import Said, said_in, tell
from budgetkit.ledger import YUAN
from budgetkit.projects import Limit, Project
from budgetkit.quotes import any_of, words
from budgetkit.rates import Headcount, Standard
from budgetkit.vocabulary import load

__all__ = ["Assumption", "Need", "ProjectNeed", "alike", "pays_receivers", "project_need"]

MONTHS = {"month": Fraction(1), "quarter": Fraction(1, 3), "year": Fraction(1, 12)}
_MOST_COMBINED = 8


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that a computed need takes for granted: an id of the vocabulary, and its values."""

    id: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def sentence(self) -> Said:
        """The assumption as a sentence."""
        for row in load("projects.toml")["assumption"]:
            if row["id"] == self.id:
                return said_in(row, **dict(self.values))
        raise KeyError(self.id)

    def text(self, language: str = "en") -> str:
        """The assumption as a sentence, in English or Chinese."""
        return tell(self.sentence, language)


@dataclass(frozen=True, slots=True)
class Need:
    """What one standard needs in the year, in 元: standard × count × times.

    `count` is the number of receivers (1 for a lump sum), `times` how often each is paid in the
    year; None where the text names neither. `need` is None where one of them is missing.
    `alternative` marks a standard of the performance table that the description states in other
    words: it is not counted again. `limit` is the performance table's limit of this cost.
    """

    standard: Standard
    count: Fraction | None
    times: Fraction | None
    assumptions: tuple[Assumption, ...]
    alternative: bool = False
    limit: Limit | None = None

    @property
    def limit_headcount(self) -> Fraction | None:
        """How many receivers the limit pays at this standard."""
        if self.limit is None or not self.times or self.standard.per == "none":
            return None
        return Fraction(self.limit.yuan) / (Fraction(self.standard.yuan) * self.times)

    @property
    def need(self) -> Fraction | None:
        """standard × count × times in 元."""
        if self.count is None or self.times is None:
            return None
        return Fraction(self.standard.yuan) * self.count * self.times

    @property
    def per_receiver(self) -> Fraction | None:
        """What one receiver costs in the year, in 元; of a lump sum, its share for one."""
        if self.times is None:
            return None
        yearly = Fraction(self.standard.yuan) * self.times
        if self.standard.per != "none":
            return yearly
        return yearly / Fraction(self.standard.count) if self.standard.count else None


@dataclass(frozen=True, slots=True)
class ProjectNeed:
    """A project's computed need beside its budget, in 元.

    `outcome`: explained (some standards together come to at least half of the budget and at most
    a quarter more), not_explained, not_judged (neither, but it rests on a count that may be of others)
    or not_computed. `combined` are the standards whose sum comes
    nearest to the budget, `need` is their sum; `total` is the sum of all computed needs.
    """

    project: Project
    needs: tuple[Need, ...]
    combined: tuple[Need, ...]
    outcome: str
    assumptions: tuple[Assumption, ...] = ()

    @property
    def budget(self) -> Fraction | None:
        """The project's budget."""
        return None if self.project.yuan is None else Fraction(self.project.yuan)

    @property
    def carryover(self) -> Fraction:
        """What was carried over from last year for it, as far as a table says so."""
        return sum(
            (Fraction(n.value) * Fraction(YUAN.get(n.unit, Decimal(0)))
             for n in self.project.carryover), Fraction(0),
        )  # fmt: skip

    @property
    def total(self) -> Fraction | None:
        """The sum of all computed needs; None where none could be computed."""
        computed = [n.need for n in self.needs if n.need is not None and not n.alternative]
        return sum(computed, Fraction(0)) if computed else None

    @property
    def need(self) -> Fraction | None:
        """The sum of the standards that come nearest to the budget."""
        return sum((n.need or Fraction(0) for n in self.combined), Fraction(0)) or None

    @property
    def residual(self) -> Fraction | None:
        """Budget less the sum of all computed needs."""
        if self.budget is None or self.total is None:
            return None
        return self.budget - self.total

    @property
    def share(self) -> Fraction | None:
        """All computed needs as a share of the budget: 1 is all of it."""
        return self.total / self.budget if self.budget and self.total is not None else None

    @property
    def main(self) -> Need | None:
        """The standard with the largest need, those per person or household before lump sums."""
        usable = [need for need in self.needs if need.need and not need.alternative]
        return max(
            usable,
            key=lambda need: (need.standard.per != "none", need.need or 0),
            default=None,
        )

    @property
    def implied_headcount(self) -> Fraction | None:
        """How many receivers the budget pays at the main standard, were it spent on that alone."""
        main = self.main
        if main is None or main.standard.per == "none" or not self.budget or not main.times:
            return None
        return self.budget / (Fraction(main.standard.yuan) * main.times)

    @property
    def implied_standard(self) -> Fraction | None:
        """What the budget pays each named receiver per period of the main standard, in 元."""
        main = self.main
        if main is None or main.standard.per == "none" or not self.budget:
            return None
        if not main.count or not main.times:
            return None
        return self.budget / (main.count * main.times)

    @property
    def headcount(self) -> Fraction | None:
        """The receivers of the main standard, else the project's."""
        main = self.main
        if main is not None and main.standard.per != "none":
            return main.count
        named = self.project.beneficiaries
        return None if named is None else Fraction(named)

    @property
    def cost_per_person(self) -> Fraction | None:
        """Budget by receiver, in 元."""
        if not self.headcount or self.budget is None:
            return None
        return self.budget / self.headcount


def project_need(project: Project) -> ProjectNeed:
    """The computed need of one project.

    A standard of its performance table counts only where the description has none of its name.
    """
    known = [standard.label for standard in project.standards]
    needs = tuple(
        _need(standard, project, any(alike(standard.label, k) for k in known))
        for standard in project.target_standards
    )
    needs = (*(_need(standard, project) for standard in project.standards), *needs)
    combined = _nearest(needs, project)
    outcome = "not_computed"
    assumptions: tuple[Assumption, ...] = ()
    if project.yuan is None:
        assumptions = (Assumption("budget_unknown"),)
    elif combined:
        limits = load("projects.toml")["need"]
        share = sum((n.need or Fraction(0) for n in combined), Fraction(0)) / Fraction(project.yuan)
        near = Fraction(limits["at_least"]) <= share <= Fraction(limits["at_most"])
        outcome = "explained" if near else "not_explained"
        guessed = any(need.standard.count_of == "only_target" for need in combined)
        floor = all(need.standard.bound == "at_least" for need in combined)
        if guessed and not near and not (floor and share > 1):
            # Whether these are the receivers nobody says: no reason to doubt the budget. Where
            # even the least that is promised is more than the budget, a reader would ask.
            outcome = "not_judged"
    return ProjectNeed(project, needs, combined, outcome, assumptions)


def alike(one: str, other: str) -> bool:
    """Whether two labels name one thing: one holds the other."""
    one, other = plain_name(one), plain_name(other)
    return one in other or other in one


def _nearest(needs: Sequence[Need], project: Project) -> tuple[Need, ...]:
    """The standards whose sum comes nearest to the budget; more of them where equally near."""
    computed = [need for need in needs if need.need and not need.alternative][:_MOST_COMBINED]
    if not project.yuan or not computed:
        return ()
    budget = Fraction(project.yuan)
    return min(
        (chosen for size in range(len(computed), 0, -1) for chosen in combinations(computed, size)),
        key=lambda chosen: abs(sum((n.need or Fraction(0) for n in chosen), Fraction(0)) - budget),
    )


def _need(standard: Standard, project: Project, alternative: bool = False) -> Need:
    count, assumed = _count(standard, project)
    times, timed = _times(standard, project)
    bounds = {"at_most": "limit", "at_least": "floor"}
    more = (Assumption(bounds[standard.bound]),) if standard.bound else ()
    if alternative:
        more = (*more, Assumption("alternative"))
    limit = next((lim for lim in project.limits if alike(lim.label, standard.label)), None)
    return Need(standard, count, times, (*assumed, *timed, *more), alternative, limit)


def _count(standard: Standard, project: Project) -> tuple[Fraction | None, tuple[Assumption, ...]]:
    if standard.per == "none":
        if standard.period in {"once", "year"}:
            return Fraction(1), ()
        # 235 元 a month: paid to somebody, but to how many nobody says.
        return None, (Assumption("no_receiver"),)
    if standard.count is None:
        return None, (Assumption("no_count"),)
    count = f"{standard.count:f}"
    assumed: tuple[Assumption, ...] = ()
    if standard.condition and standard.count_of != "sentence":
        values = (("count", count), ("condition", standard.condition))
        assumed = (Assumption("count_upper", values),)
    elif standard.count_of == "target":
        name = next(c.label for c in project.headcounts if c.number == standard.count_number)
        assumed = (Assumption("count_of_target", (("count", count), ("name", name))),)
    elif standard.count_of == "only_target":
        name = next(c.label for c in project.headcounts if c.number == standard.count_number)
        assumed = (Assumption("count_of_only_target", (("count", count), ("name", name))),)
    elif standard.count_of == "project":
        assumed = (Assumption("count_of_project", (("count", count),)),)
    return Fraction(standard.count), assumed


def _times(standard: Standard, project: Project) -> tuple[Fraction | None, tuple[Assumption, ...]]:
    """How often a standard is paid in the year, with what that takes for granted."""
    if standard.per == "none" and standard.period == "once":
        return Fraction(1), (Assumption("lump"),)
    if standard.period in MONTHS:
        months, assumed = _months(project)
        return months * MONTHS[standard.period], assumed
    if standard.period == "day":
        days = _counted(project, "day")
        if days is None:
            return None, (Assumption("no_times", (("per", "days"),)),)
        kind = "days_of_target" if days.field == "targets" else "days_of_text"
        values = (("days", f"{days.value:f}"), ("name", days.label))
        return Fraction(days.value), (Assumption(kind, values),)
    if standard.per == "event":
        return None, (Assumption("no_times", (("per", "events"),)),)
    if standard.period == "week":
        return None, (Assumption("no_times", (("per", "weeks"),)),)
    once = load("projects.toml")["period"]["once"]
    said = any(word in standard.text for word in once)
    return Fraction(1), (Assumption("per_person_once" if said else "period_unsaid"),)


def _months(project: Project) -> tuple[Fraction, tuple[Assumption, ...]]:
    if project.months:
        return Fraction(project.months), (
            Assumption("months_of_period", (("months", str(project.months)),)),
        )
    monthly = any(any_of("rates", "monthly").search(text) for _, text in project.fields)
    return Fraction(12), (Assumption("months_of_monthly" if monthly else "months_of_year"),)


def _counted(project: Project, what: str) -> Headcount | None:
    units = words("counts", what)
    return next((count for count in project.headcounts if count.unit in units), None)


def pays_receivers(project: Project) -> bool:
    """True where a project names what a person, household or event gets."""
    return any(s.per != "none" or s.count for s in (*project.standards, *project.target_standards))
