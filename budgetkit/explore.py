"""Sliders for one project's standard: headcount, months, standard and take-up beside the budget.

ipywidgets is loaded when it is asked for; the report shows the same as small pictures.
"""

from __future__ import annotations

import io
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, Any

from budgetkit.display import group_digits
from budgetkit.language import joined, said, tell, told
from budgetkit.scenarios import Scenario, find_scenarios, variable_name
from budgetkit.standards import decimal_of

if TYPE_CHECKING:
    from ipywidgets import Widget

    from budgetkit.disclosure import Disclosure

__all__ = ["describe_scenario", "explore_standards"]


def explore_standards(disclosure: Disclosure) -> Widget | str:
    """A box of sliders with the picture that follows them; a sentence where there is nothing to vary.

    With several projects a list above the sliders chooses one. The sliders start at what the
    document states and end at twice that (months at 24, take-up at 100 %).
    """
    found = find_scenarios(disclosure)
    if not found:
        return told("No project of this document names a standard, a headcount and a budget.")
    import ipywidgets as widgets

    rooms = [_sliders(scenario, widgets) for scenario in found]
    if len(rooms) == 1:
        return rooms[0]
    chooser = widgets.Dropdown(
        options=[(scenario.project, index) for index, scenario in enumerate(found)],
        description=told("project"),
        layout=widgets.Layout(width="36em", max_width="100%"),
    )
    room = widgets.VBox([rooms[0]])

    def show(change: Any) -> None:
        room.children = (rooms[change["new"]],)

    chooser.observe(show, names="value")
    return widgets.VBox([chooser, room])


def _sliders(scenario: Scenario, widgets: Any) -> Any:
    made: dict[str, Any] = {}
    wide = widgets.Layout(width="36em", max_width="100%")
    style = {"description_width": "14em"}
    ends = {
        "headcount": (int(scenario.headcount * 2), 1),
        "times": (24 if scenario.unit == "month" else int(scenario.times * 2) + 1, 1),
        "standard": (int(scenario.standard * 2), max(int(scenario.standard / 200), 1)),
        "takeup": (100, 1),
    }
    for variable, (end, step) in ends.items():
        if variable == "times" and scenario.unit == "once":
            continue
        start: Fraction = getattr(scenario, variable)
        made[variable] = widgets.IntSlider(
            value=int(start * 100 if variable == "takeup" else start), min=0, max=end, step=step,
            description=variable_name(variable, scenario), layout=wide, style=style,
        )  # fmt: skip
    picture = widgets.Image(format="png", layout=widgets.Layout(width="760px", max_width="100%"))
    sentence = widgets.HTML()

    def draw(_: Any = None) -> None:
        from budgetkit.figures.standard_fit import plot_scenario

        values = {name: Fraction(slider.value) for name, slider in made.items()}
        values["takeup"] /= 100
        chosen = scenario.vary(**values)
        buffer = io.BytesIO()
        plot_scenario(chosen).savefig(buffer, format="png")
        picture.value = buffer.getvalue()
        sentence.value = escape(describe_scenario(chosen))

    for slider in made.values():
        slider.observe(draw, names="value")
    draw()
    return widgets.VBox([*made.values(), picture, sentence])


def describe_scenario(scenario: Scenario) -> str:
    """The need beside the budget in one sentence, in the language in use."""
    need = said("need {amount} 万元", amount=_myriads(scenario.need))
    budget = said("budget {amount} 万元", amount=_myriads(scenario.budget))
    if scenario.left >= 0:
        rest = said("{amount} 万元 are left", amount=_myriads(scenario.left))
    else:
        rest = said("{amount} 万元 are missing", amount=_myriads(-scenario.left))
    return tell(joined([need, budget, rest]))


def _myriads(yuan: Fraction) -> str:
    value = decimal_of(yuan / 10_000)
    assert value is not None
    return group_digits(value)
