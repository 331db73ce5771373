"""Per-person standards: the computed need beside the budget, project by project."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from budgetkit.disclosure import Disclosure
from budgetkit.display import describe_unit, group_digits
from budgetkit.figures.style import (
    GREY,
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
from budgetkit.language import Said, joined, said, tell, told
from budgetkit.ledger import YUAN
from budgetkit.standards import need_parts, standards_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_standards", "standards_frame", "standards_origin"]

_UNIT = "万元"
_RESIDUAL = "residual"
_MOST_PLACES = 12
_OWN = {
    _RESIDUAL: ("#ffffff", "////", said("not explained by a standard")),
    "budget": ("#3c3c3c", "", said("budget")),
    "carryover": (GREY, "....", said("carry-over")),
}


def standards_frame(disclosure: Disclosure) -> pd.DataFrame:
    """The segments of the bars: project, bar (need, budget), part, value (Decimal), unit (万元).

    The parts of a need and its residual add up to the budget, unless the need exceeds it. Empty,
    with the same columns, for a document that names no standard.
    """
    frame = need_parts(disclosure)
    frame["value"] = [yuan / YUAN[_UNIT] for yuan in frame["yuan"]]
    frame["unit"] = _UNIT
    return frame[["project", "bar", "part", "value", "unit"]]


@in_style
def plot_standards(disclosure: Disclosure) -> Picture:
    """What the standards explain of each budget: need and budget as two bars, a panel a project.

    Each panel has its own scale. One line says so where the document names no standard.
    """
    frame = standards_frame(disclosure)
    projects = list(dict.fromkeys(frame["project"]))
    title = said("What the standards explain of each budget")
    if not projects:
        return say_nothing(
            title, said("No project of this document names a standard per receiver.")
        )
    picture = new_picture(
        height=0.9 + 1.55 * len(projects),
        title=title,
        alt=said("Two bars a project: the need computed from its standards, and its budget"),
    )
    axes = picture.subplots(len(projects), 1, squeeze=False)[:, 0]
    for ax, project in zip(axes, projects, strict=True):
        _draw_project(ax, frame[frame["project"] == project], str(project))
    axes[-1].set_xlabel(describe_unit(_UNIT))
    add_source(
        picture,
        said(
            "Source: {origin}; the need is computed, the budget is printed; each panel has its "
            "own scale",
            origin=standards_origin(disclosure),
        ),
    )
    return picture


def standards_origin(disclosure: Disclosure) -> Said:
    """Whose document it is, and the lines or pages in which the standards stand."""
    owner = disclosure.department or disclosure.title
    places = list(dict.fromkeys(str(text) for text in standards_table(disclosure)["where"]))
    shown = joined([*places[:_MOST_PLACES], "…" * (len(places) > _MOST_PLACES)])
    return said("{owner}, standards in {places}", owner=owner, places=shown)


def _draw_project(ax: Axes, frame: pd.DataFrame, project: str) -> None:
    from matplotlib.patches import Patch

    handles = []
    standards = 0
    for y, (bar, name) in enumerate((("need", told("need")), ("budget", told("budget")))):
        start = total = Decimal(0)
        for row in rows_of(frame[frame["bar"] == bar]):
            colour, hatch, label = _OWN.get(str(row.part), ("", "", str(row.part)))
            if not colour:
                colour, hatch = PALETTE[standards % len(PALETTE)]
                standards += 1
            edge = "#9aa0a5" if row.part == _RESIDUAL else "white"
            ax.barh(y, float(row.value), left=float(start), height=0.66, color=colour,
                    hatch=hatch, edgecolor=edge, linewidth=0.6,
                    hatchcolor=edge)  # fmt: skip
            handles.append(
                Patch(facecolor=colour, hatch=hatch, edgecolor=edge, hatchcolor=edge,
                      label=tell(joined([label, _short(row.value)], ": ")))
            )  # fmt: skip
            start += row.value
            if row.part != _RESIDUAL:
                total += row.value
        drawn = (frame["bar"] == bar).any()
        write_value(ax, y, float(start), _short(total) if drawn else told("not computed"))
        ax.text(-0.01, y, name, transform=ax.get_yaxis_transform(), ha="right", va="center",
                fontsize=7.5, linespacing=1.0)  # fmt: skip
    ax.set_yticks([])
    ax.set_ylim(1.6, -0.6)
    ax.margins(x=0.12)
    ax.set_title(wrap_label(project, 90), loc="left", fontsize=8.5)
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.05), frameon=False,
              fontsize=7)  # fmt: skip


def _short(value: Decimal) -> str:
    """An amount with separators, two places or as many as it has."""
    places = -int(value.normalize().as_tuple().exponent)
    return group_digits(round(value, max(places, 2)))
