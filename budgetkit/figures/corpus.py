"""Many documents in one picture: their sizes, how well they agree, what is spent, years joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from budgetkit.corpus.panel import (
    personnel_frame,
    sizes_frame,
    three_public_frame,
    year_before_frame,
)
from budgetkit.corpus.query import Column, ask, questions
from budgetkit.display import find_sign, group_digits
from budgetkit.figures.style import (
    GREY,
    INK,
    PALETTE,
    Picture,
    add_source,
    in_style,
    new_picture,
    rows_of,
    say_nothing,
    wrap_label,
    write_value,
)
from budgetkit.language import language, said, tell
from budgetkit.vocabulary import load

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "plot_document_sizes",
    "plot_personnel_shares",
    "plot_place_quality",
    "plot_three_public",
    "plot_year_before",
]

_MOST = 18
"""Bars of a picture; the table beside it has all."""
_STEPS = (1, 2, 5)
_STATUSES = ("confirmed", "confirmed_by_rounding", "unchecked", "contradicted")
_OUTCOMES = {
    "agrees": "#b9cfe2", "agrees_by_rounding": "#5f97c4", "differs": "#c4410c",
    "below_zero": "#5c1f06", "other_base": "#e8c15a", "not_stated": "#d9dadb",
}  # fmt: skip
_Stack = list[tuple[str, str, str, Decimal]]
"""Parts of a bar: words, colour, hatching, value."""


@in_style
def plot_document_sizes(out: str | Path) -> Picture:
    """How many documents have how many numbers, by format; steps of a scale that doubles."""
    frame = sizes_frame(out)
    title = tell(said("How large the documents are"))
    if frame.empty:
        return say_nothing(title, tell(said("No document could be read.")))
    edges = _edges(max(int(size) for size in frame["numbers"]))
    formats = [name for name, _ in Counter(frame["format"]).most_common()]
    counts = Counter((_step(int(row.numbers), edges), row.format) for row in rows_of(frame))
    used = sorted({step for step, _ in counts})
    steps = range(used[0], used[-1] + 1)
    picture = new_picture(1.5 + 0.3 * len(steps), title, title)
    ax = picture.subplots()
    for y, step in enumerate(steps):
        parts = [(name, *_look(i), Decimal(counts[step, name])) for i, name in enumerate(formats)]
        _draw(ax, y, parts)
        total = sum((value for *_, value in parts), Decimal(0))
        write_value(ax, y, float(total), str(total))
    names = [f"{edges[step]:,}–{edges[step + 1] - 1:,}" for step in steps]
    ax.set_yticks(range(len(steps)), names)
    ax.set_ylim(len(steps) - 0.4, -0.6)
    ax.set_ylabel(tell(said("numbers in a document")))
    ax.set_xlabel(tell(said("documents")))
    ax.margins(x=0.08)
    ax.xaxis.get_major_locator().set_params(integer=True)
    _legend(ax, [(name, *_look(i)) for i, name in enumerate(formats)])
    add_source(picture, _source(len(frame)))
    return picture


def _edges(largest: int) -> list[int]:
    """1, 2, 5, 10, 20 … up to beyond the largest; 0 in front, for documents without a number."""
    edges, scale = [0], 1
    while edges[-1] <= largest:
        edges += [step * scale for step in _STEPS]
        scale *= 10
    return edges


def _step(size: int, edges: Sequence[int]) -> int:
    return max(i for i, edge in enumerate(edges) if edge <= size)


@in_style
def plot_place_quality(out: str | Path) -> Picture:
    """What the checks say of the numbers of each place, in percent; the largest places."""
    answer = ask(
        out,
        sql="SELECT place, count(*), sum(numbers)::BIGINT AS numbers, "
        + ", ".join(f"sum({name})::BIGINT" for name in _STATUSES)
        + " FROM documents WHERE numbers > 0 GROUP BY place "
        f"ORDER BY numbers DESC, place LIMIT {_MOST}",
    )
    title = tell(said("What the checks say of the numbers, by place"))
    if not answer.rows:
        return say_nothing(title, tell(said("No document could be read.")))
    picture = new_picture(1.5 + 0.34 * len(answer.rows), title, title)
    ax = picture.subplots()
    for y, (_, _, numbers, *counts) in enumerate(answer.rows):
        parts = [
            (*_sign(name), 100 * Decimal(count) / Decimal(numbers))
            for name, count in zip(_STATUSES, counts, strict=True)
        ]
        _draw(ax, y, parts)
        wrong = counts[-1]
        if wrong:
            write_value(ax, y, 100, f"{wrong:,} ✗")
    names = [_place(place, documents) for place, documents, *_ in answer.rows]
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(0, 108)
    ax.set_xticks(range(0, 101, 20))
    ax.set_xlabel(tell(said("% of the numbers")))
    _legend(ax, [_sign(name) for name in _STATUSES])
    add_source(picture, _source(sum(row[1] for row in answer.rows)))
    return picture


def _sign(name: str) -> tuple[str, str, str]:
    sign = find_sign("status", name)
    return sign.label, sign.fill, ""


def _place(place: str | None, documents: int) -> str:
    name = place or tell(said("place not named"))
    return f"{wrap_label(name, 26, 2)} · {documents}"


@in_style
def plot_personnel_shares(out: str | Path) -> Picture:
    """The share of personnel in basic expenditure: a dot an office and year, a line at the median."""
    frame = personnel_frame(out)
    title = tell(said("Share of personnel in basic expenditure"))
    if frame.empty:
        return say_nothing(title, tell(said("No document prints enough for it.")))
    groups: dict[str, list[tuple[int, float]]] = {}
    for row in rows_of(frame):
        name = row.place or tell(said("place not named"))
        groups.setdefault(name, []).append((row.year or 0, float(row.share)))
    shown = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))[:_MOST]
    shown.sort(key=lambda item: -_latest_median(item[1]))
    picture = new_picture(1.4 + 0.36 * len(shown), title, title)
    ax = picture.subplots()
    for y, (_, dots) in enumerate(shown):
        last = max(year for year, _ in dots)
        for year, share in dots:
            face = PALETTE[0][0] if year == last else "white"
            ax.scatter(share, y, s=34, color=face, edgecolor=PALETTE[0][0], linewidth=1, zorder=3)
        middle = _latest_median(dots)
        ax.plot([middle, middle], [y - 0.32, y + 0.32], color="#c4410c", linewidth=1.6, zorder=2)
    ax.set_yticks(range(len(shown)), [wrap_label(name, 26, 2) for name, _ in shown])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.margins(x=0.06)
    ax.set_xlabel(
        tell(said("% of basic expenditure, general public budget; the latest year's median in red"))
    )
    note = tell(said("Filled: the place's latest year; hollow: earlier ones."))
    add_source(picture, f"{_source(len(frame))} {note}")
    return picture


def _latest_median(dots: Sequence[tuple[int, float]]) -> float:
    last = max(year for year, _ in dots)
    return median(share for year, share in dots if year == last)


@in_style
def plot_three_public(out: str | Path) -> Picture:
    """The three public expenses by place and year, in 万元, with what they are spent on."""
    frame = three_public_frame(out)
    title = tell(said("Three public expenses by place"))
    rows = [row for row in rows_of(frame) if row.total is not None][:_MOST]
    if not rows:
        return say_nothing(title, tell(said("No document states them.")))
    picture = new_picture(1.6 + 0.36 * len(rows), title, title)
    ax = picture.subplots()
    rest = False
    for y, row in enumerate(rows):
        parts = _spent({name: getattr(row, name) for name in _ITEMS}, row.total)
        rest = rest or parts[-1][-1] > 0
        _draw(ax, y, parts)
        write_value(ax, y, float(row.total), group_digits(_short(row.total)))
    names = [_place_year(row.place, row.year, row.stating, row.offices) for row in rows]
    ax.set_yticks(range(len(rows)), names)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.margins(x=0.12)
    ax.set_xlabel(tell(said("in {unit}", unit="万元")))
    kinds = [(_item(name), *_look(i)) for i, name in enumerate(_ITEMS)]
    _legend(ax, [*kinds, (tell(said("not told apart")), GREY, "")] if rest else kinds)
    note = tell(said("Beside the place: how many of its offices state the total."))
    add_source(picture, f"{tell(said('Source: budgets of the corpus.'))} {note}")
    return picture


_ITEMS = ("travel_abroad", "vehicles", "receptions")


def _item(name: str) -> str:
    columns = {column.name: column for column in _columns("three-public")}
    return columns[name].title


def _columns(question: str) -> Sequence[Column]:
    return questions()[question].columns


def _spent(items: Mapping[str, Decimal | None], total: Decimal) -> _Stack:
    """The parts that are stated; what they leave of the total is a part of its own."""
    parts = [(_item(name), *_look(i), items[name] or Decimal(0)) for i, name in enumerate(_ITEMS)]
    rest = total - sum((part[-1] for part in parts), Decimal(0))
    if rest < 0:  # an office states parts and no total: no whole to divide
        return [(tell(said("not told apart")), GREY, "", total)]
    return [*parts, (tell(said("not told apart")), GREY, "", rest)]


def _place_year(place: str | None, year: int | None, stating: int, offices: int) -> str:
    name = place or tell(said("place not named"))
    return f"{wrap_label(name, 26, 2)} {year or '?'} · {stating}/{offices}"


@in_style
def plot_year_before(out: str | Path) -> Picture:
    """How what documents tell of the year before stands to what was published: a bar a document."""
    frame = year_before_frame(out)
    title = tell(said("The year before: told and published"))
    if frame.empty:
        nothing = said("No two documents are of one office and of years running.")
        return say_nothing(title, tell(nothing))
    counts: dict[str, Counter[str]] = {}
    names: dict[str, str] = {}
    for row in rows_of(frame):
        counts.setdefault(row.key, Counter())[row.outcome] += 1
        names[row.key] = f"{row.department} {row.year}"
    shown = sorted(counts.items(), key=lambda item: (-item[1]["differs"], item[0]))[:_MOST]
    picture = new_picture(1.6 + 0.36 * len(shown), title, title)
    ax = picture.subplots()
    for y, (_, outcomes) in enumerate(shown):
        _draw(ax, y, [(*_outcome(name), Decimal(outcomes[name])) for name in _OUTCOMES])
    ax.set_yticks(range(len(shown)), [wrap_label(names[key], 34, 2) for key, _ in shown])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlabel(tell(said("quantities of which both documents tell")))
    ax.xaxis.get_major_locator().set_params(integer=True)
    used = [name for name in _OUTCOMES if any(found[name] for found in counts.values())]
    _legend(ax, [_outcome(name) for name in used])
    add_source(picture, tell(said("Source: totals of the corpus; every value is in the table.")))
    return picture


def _outcome(name: str) -> tuple[str, str, str]:
    row = load("compare.toml")["outcome"][name]
    return str(row["zh" if language() == "zh" else "en"]), _OUTCOMES[name], ""


def _draw(ax: Axes, y: int, parts: Sequence[tuple[str, str, str, Decimal]]) -> None:
    """One bar of parts, side by side."""
    left = Decimal(0)
    for _, colour, hatch, value in parts:
        if value > 0:
            ax.barh(y, float(value), left=float(left), height=0.68, color=colour, hatch=hatch,
                    edgecolor="white", linewidth=0.6)  # fmt: skip
            left += value


def _look(position: int) -> tuple[str, str]:
    return PALETTE[position % len(PALETTE)]


def _legend(ax: Axes, entries: Sequence[tuple[str, str, str]]) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=label)
        for label, colour, hatch in entries
    ]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2,
              ncols=min(4, len(handles)), labelcolor=INK)  # fmt: skip


def _short(value: Decimal) -> Decimal:
    """At most two places, as beside a bar; the table has all of them."""
    cent = Decimal("0.01")
    return value if value == value.quantize(cent) else value.quantize(cent)


def _source(count: int) -> str:
    return tell(said("Source: {count} documents of the corpus.", count=count))
