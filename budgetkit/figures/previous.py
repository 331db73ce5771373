"""From last year to this: the steps that the text names, as waterfalls."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from budgetkit.disclosure import Disclosure
from budgetkit.display import describe_unit, group_digits
from budgetkit.figures.style import (
    GREY,
    INK,
    Picture,
    add_source,
    in_style,
    new_picture,
    say_nothing,
    wrap_label,
)
from budgetkit.language import told
from budgetkit.previous_year import Waterfall, find_waterfalls

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_waterfalls", "waterfall_frame"]

UP, DOWN, TOTAL = "#2f7fb8", "#c4410c", "#3c3c3c"


def waterfall_frame(disclosure: Disclosure) -> pd.DataFrame:
    """The bars of the waterfalls: columns total, step, role, value (Decimal), unit.

    `role` is previous (implied), change, rest (what the named parts leave of the change) or
    current; previous, changes and rest add up to current.
    """
    import pandas as pd

    records = [
        {"total": made.name, "step": step, "role": role, "value": value, "unit": made.unit}
        for made in find_waterfalls(disclosure)
        for step, role, value in _bars(made, disclosure.year)
    ]
    return pd.DataFrame(records, columns=["total", "step", "role", "value", "unit"])


def _bars(made: Waterfall, year: int | None) -> list[tuple[str, str, Decimal]]:
    before = told("{year}, implied", year=year - 1) if year else told("last year, implied")
    bars = [(before, "previous", made.previous)]
    bars += [(name, "change", value) for name, value in made.steps]
    if made.rest:
        bars.append((told("not explained by the parts"), "rest", made.rest))
    return [*bars, (str(year) if year else told("this year"), "current", made.current)]


@in_style
def plot_waterfalls(disclosure: Disclosure) -> Picture:
    """From last year to this, a panel a total: the implied value, every change, this year.

    Parts that did not change are left out. One line says so where the text implies no last year.
    """
    found = find_waterfalls(disclosure)
    panels = [_visible(_bars(made, disclosure.year)) for made in found]
    title = told("From last year to this")
    if not found:
        return say_nothing(
            title,
            told("No sentence of this document states an amount together with its change."),
        )
    picture = new_picture(
        height=0.8 + sum(0.62 + 0.27 * len(bars) for bars in panels),
        title=title,
        alt=told("Waterfalls: last year as implied, the changes that the text names, this year"),
    )
    heights = [len(bars) + 1.0 for bars in panels]
    axes = picture.subplots(len(found), 1, squeeze=False, height_ratios=heights)[:, 0]
    for ax, made, bars in zip(axes, found, panels, strict=True):
        _draw(ax, bars)
        title = f"{made.name}, {describe_unit(made.unit)}" + (f", {made.base}" * bool(made.base))
        ax.set_title(wrap_label(title, 100), loc="left", fontsize=8.5)
    owner = disclosure.department or disclosure.title
    add_source(
        picture,
        told(
            "Source: {owner}, narrative; last year = this year less the stated change, it is not "
            "printed; each panel has its own scale",
            owner=owner,
        ),
    )
    return picture


def _visible(bars: Sequence[tuple[str, str, Decimal]]) -> list[tuple[str, str, Decimal]]:
    moved = [bar for bar in bars if bar[1] in {"previous", "current"} or bar[2]]
    return moved if len(moved) > 2 else list(bars[:1]) + list(bars[-1:])


def _draw(ax: Axes, bars: Sequence[tuple[str, str, Decimal]]) -> None:
    level = Decimal(0)
    ends = [Decimal(0)]
    for y, (_, role, value) in enumerate(bars):
        if role in {"previous", "current"}:
            start, level = Decimal(0), value
            colour, hatch = TOTAL, "////" if role == "previous" else ""
        else:
            start, level = level, level + value
            colour = GREY if role == "rest" else UP if value > 0 else DOWN
            hatch = "" if value > 0 else "...."
        ax.barh(y, float(level - start), left=float(start), height=0.66, color=colour,
                hatch=hatch, edgecolor="white", linewidth=0.6)  # fmt: skip
        right = max(start, level)
        text = group_digits(value) if role in {"previous", "current"} else f"{value:+,f}"
        ax.annotate(text.replace("-", "−"), (float(right), y), xytext=(4, 0),
                    textcoords="offset points", va="center", fontsize=8, color=INK)  # fmt: skip
        if y + 1 < len(bars):
            ax.plot([float(level)] * 2, [y, y + 1], color=GREY, linewidth=0.7, zorder=0)
        ends += [start, level]
    ax.set_yticks(range(len(bars)), [_label(name) for name, _, _ in bars], fontsize=7.5)
    ax.set_ylim(len(bars) - 0.45, -0.55)
    low, high = float(min(ends)), float(max(ends))
    ax.set_xlim(low if low < 0 else 0, (high or 1) * 1.14)


def _label(name: str) -> str:
    return wrap_label(name, 44) if len(name) <= 60 else wrap_label(name[:59] + "…", 44)
