"""Disclosures side by side: totals, composition, per head."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetkit.compare import composition_frame, per_head_frame, totals_frame
from budgetkit.display import describe_unit, display_width, group_digits
from budgetkit.editions import Comparison
from budgetkit.figures.style import (
    GREY,
    INK,
    PALETTE,
    Picture,
    add_source,
    in_style,
    new_picture,
    rows_of,
    wrap_label,
    write_value,
)
from budgetkit.language import said, tell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_compared_shares", "plot_compared_totals", "plot_per_head"]

_Bars = list[tuple[str, dict[str, Decimal]]]
"""Groups of bars: what each is about, and the value of every edition that states it."""

_CENT = Decimal("0.01")


@in_style
def plot_compared_totals(comparison: Comparison) -> Picture:
    """The totals of all editions, a group of bars a quantity; an implied edition is hatched."""
    frame = totals_frame(comparison)
    bars: _Bars = []
    for row in frame.to_dict("records"):
        name = row.pop("quantity")
        bars.append((name, {str(k): v for k, v in row.items() if isinstance(v, Decimal)}))
    return _plot_groups(
        comparison,
        bars,
        tell(said("Totals side by side")),
        describe_unit("万元"),
        _source(comparison),
    )


@in_style
def plot_per_head(comparison: Comparison) -> Picture:
    """Expenditure per person in yuan, where a document prints the headcount; else one line."""
    frame = per_head_frame(comparison)
    groups: dict[str, dict[str, Decimal]] = {}
    for row in rows_of(frame):
        groups.setdefault(f"{row.quantity}\n/ {row.per}", {})[row.edition] = row.yuan
    return _plot_groups(
        comparison, list(groups.items()), tell(said("Per head")), describe_unit("元"),
        _source(comparison),
    )  # fmt: skip


def _plot_groups(
    comparison: Comparison, bars: _Bars, title: str, unit: str, source: str
) -> Picture:
    labels = [edition.label for edition in comparison.editions]
    labelled = [(wrap_label(name, 38, 4), values) for name, values in bars]
    # A group is as high as its bars, or as the lines of its label.
    room = [max(len(values), 0.75 * (1 + name.count("\n"))) for name, values in labelled]
    picture = new_picture(
        height=1.4 + 0.2 * sum(room) + 0.14 * len(bars) if bars else 1.3,
        title=title,
        alt=tell(said("{title}: bars for {editions}", title=title, editions=", ".join(labels))),
    )
    ax = picture.subplots()
    if not bars:
        return _say_nothing(picture, ax)
    y, ticks = 0.0, []
    for (_, values), needed in zip(labelled, room, strict=True):
        first = y + (needed - len(values)) / 2
        end = y + needed
        y = first
        for position, edition in enumerate(comparison.editions):
            value = values.get(edition.label)
            if value is None:
                continue
            ax.barh(y, float(value), height=0.86, **_colour(position, edition.implied))
            write_value(ax, y, float(max(value, Decimal(0))), group_digits(_short(value)))
            y += 1
        ticks.append((first + y - 1) / 2)
        y = end + 0.7
    ax.set_yticks(ticks, [name for name, _ in labelled])
    ax.set_ylim(y - 1.1, -0.7)
    ax.margins(x=0.14)
    ax.set_xlabel(unit)
    _legend(ax, comparison)
    add_source(picture, source)
    return picture


@in_style
def plot_compared_shares(comparison: Comparison, by: str = "function") -> Picture:
    """What expenditure is made up of, every edition one bar of 100 %; small parts unlabelled."""
    frame = composition_frame(comparison, by)
    title = tell(said("What it is spent on") if by == "function" else said("How it is spent"))
    shown = [e for e in comparison.editions if e.label in set(frame["edition"])]
    parts = _largest(frame)
    picture = new_picture(
        height=1.5 + 0.42 * len(shown) + 0.19 * len(parts) if shown else 1.3,
        title=title,
        alt=tell(said("{title}: shares for {editions}", title=title,
                      editions=", ".join(e.label for e in shown))),
    )  # fmt: skip
    ax = picture.subplots()
    if not shown:
        return _say_nothing(picture, ax)
    for y, edition in enumerate(shown):
        own = frame[frame["edition"] == edition.label]
        shares: dict[str, Decimal] = {}
        for row in rows_of(own):
            name = _part(row) if _part(row) in parts else _OTHERS
            shares[name] = shares.get(name, Decimal(0)) + (row.share or Decimal(0))
        _draw_shares(ax, y, shares, parts)
    ax.set_yticks(range(len(shown)), [wrap_label(e.label, 30, 2) for e in shown])
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.set_xlabel(tell(said("% of {whole}", whole=str(frame["of"].iloc[0]))))
    _part_legend(ax, [*parts, _OTHERS] if _has_others(frame, parts) else parts)
    add_source(picture, _source(comparison))
    return picture


_OTHERS = "…"


def _draw_shares(ax: Axes, y: int, shares: dict[str, Decimal], parts: Sequence[str]) -> None:
    left = Decimal(0)
    for position, name in enumerate([*parts, _OTHERS]):
        share = shares.get(name, Decimal(0))
        if share <= 0:
            continue
        colour = {"color": GREY} if name == _OTHERS else _colour(position, False)
        ax.barh(y, float(share), left=float(left), height=0.7, **colour)
        if share >= 5:
            ax.text(float(left + share / 2), y, f"{share:.1f}", ha="center", va="center",
                    fontsize=7.5, color=INK,
                    bbox={"boxstyle": "round,pad=0.18", "fc": "white", "ec": "none"})  # fmt: skip
        left += share


def _largest(frame: Any) -> list[str]:
    """The parts that have a colour of their own: the largest over all editions, in code order."""
    size: dict[str, Decimal] = {}
    for row in rows_of(frame):
        size[_part(row)] = max(size.get(_part(row), Decimal(0)), row.share or Decimal(0))
    kept = sorted(size, key=lambda name: -size[name])[: len(PALETTE) - 1]
    named = [name for name in size if name in kept and size[name] > 0]
    return sorted(named) if all(name[0].isdigit() for name in named) else named


def _has_others(frame: Any, parts: Sequence[str]) -> bool:
    return any(_part(row) not in parts and row.share for row in rows_of(frame))


def _part(row: Any) -> str:
    return f"{row.code} {row.part}".strip()


def _colour(position: int, implied: bool) -> dict[str, Any]:
    colour, hatch = PALETTE[position % len(PALETTE)]
    if implied:
        return {"facecolor": "white", "hatch": "////", "edgecolor": colour, "linewidth": 0.9,
                "hatchcolor": colour}  # fmt: skip
    return {"facecolor": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.6}


def _legend(ax: Axes, comparison: Comparison) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(label=wrap_label(edition.label, 60, 1), **_colour(position, edition.implied))
        for position, edition in enumerate(comparison.editions)
    ]
    widest = max(display_width(edition.label) for edition in comparison.editions)
    _put_above(ax, handles, 4 if widest < 16 else 2)


def _part_legend(ax: Axes, parts: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(color=GREY, label=tell(said("smaller parts"))) if name == _OTHERS
        else Patch(label=wrap_label(name, 60, 1), **_colour(position, False))
        for position, name in enumerate(parts)
    ]  # fmt: skip
    _put_above(ax, handles, 2)


def _put_above(ax: Axes, handles: list[Any], columns: int) -> None:
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns,
              borderaxespad=0.2)  # fmt: skip


def _say_nothing(picture: Picture, ax: Axes) -> Picture:
    ax.axis("off")
    ax.text(0, 0.5, tell(said("These documents state nothing of it in common.")), color=INK)
    return picture


def _short(value: Decimal) -> Decimal:
    """At most two places, as beside a bar; the table has all of them."""
    return value if value == value.quantize(_CENT) else value.quantize(_CENT)


def _source(comparison: Comparison) -> str:
    """Whose documents, and what an implied year is."""
    names = [edition.disclosure.key for edition in comparison.published]
    text = tell(said("Source: {documents}; places in the table", documents=", ".join(names)))
    if any(edition.implied for edition in comparison.editions):
        note = tell(said("implied = this year less the stated change, not printed"))
        return f"{text}; {note}"
    return text
