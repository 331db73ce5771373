"""Bands between layers of nodes: what flows, as wide as its amount, with labels kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from budgetkit.display import group_digits
from budgetkit.figures.style import INK, PALETTE, wrap_label
from budgetkit.language import told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Bands", "Edge", "arrange", "draw_bands"]

Edge = tuple[int, str, str, Decimal]
"""A band: the layer it leaves, the node it leaves, the node it reaches, its amount."""

Nodes = list[dict[str, str]]
"""For every layer its nodes in printed order, each with its printed amount."""

_MOST_NODES = 10
_BANDS = 3.2
"""Inches that all bands of a layer together take."""
_LINE, _SPACE, _GAP = 0.138, 0.05, 0.13
"""Inches: a line of a label, the least distance of two labels and of two nodes."""
_NODE = 0.016
"""Width of a node; the layers lie between 0 and 1."""
_DARK = "#3c3c3c"


@dataclass(frozen=True, slots=True)
class Bands:
    """What is drawn: edges, labels, and the top and height of each node in inches."""

    edges: list[Edge]
    labels: list[dict[str, str]]
    tops: list[dict[str, float]]
    heights: list[dict[str, float]]

    @property
    def top(self) -> float:
        """The upper end of all nodes and labels."""
        return min(self._ends(-1))

    @property
    def bottom(self) -> float:
        """Their lower end."""
        return max(self._ends(1))

    def _ends(self, side: int) -> list[float]:
        found = []
        for tops, heights, labels in zip(self.tops, self.heights, self.labels, strict=True):
            for name, top in tops.items():
                reach = max(heights[name], _label_height(labels[name])) / 2
                found.append(top + heights[name] / 2 + side * reach)
        return found


def arrange(edges: Sequence[Edge], nodes: Nodes) -> Bands:
    """Places the nodes of at least one band: zero and negative amounts are not drawn.

    The smallest nodes of a layer with too many become one, "other", whose amount is computed.
    """
    flowing = [edge for edge in edges if edge[3] > 0]
    for position in range(len(nodes)):
        flowing, nodes = _group(flowing, nodes, position)
    kept: Nodes = [
        {name: text for name, text in layer.items() if _amount(flowing, position, name)}
        for position, layer in enumerate(nodes)
    ]
    sums = [sum(_amount(flowing, i, name) for name in layer) for i, layer in enumerate(kept)]
    scale = _BANDS / float(max(sums, default=1) or 1)
    labels, heights = [], []
    for position, layer in enumerate(kept):
        ends = position in {0, len(kept) - 1}
        labels.append({
            name: f"{wrap_label(name, 26)}\n{text}".rstrip() if ends else wrap_label(f"{name}  {text}", 40)
            for name, text in layer.items()
        })  # fmt: skip
        heights.append({n: float(_amount(flowing, position, n)) * scale for n in layer})
    tops = [_stack(layer, labels[position]) for position, layer in enumerate(heights)]
    return Bands(flowing, labels, tops, heights)


def _stack(heights: Mapping[str, float], labels: Mapping[str, str]) -> dict[str, float]:
    """The tops of one layer's nodes, centred on 0: no two nodes and no two labels overlap."""
    tops: dict[str, float] = {}
    node_end = label_end = 0.0
    for name, height in heights.items():
        half = _label_height(labels[name]) / 2
        top = max(node_end + _GAP, label_end + _SPACE + half - height / 2) if tops else 0.0
        tops[name] = top
        node_end, label_end = top + height, top + height / 2 + half
    return {name: top - node_end / 2 for name, top in tops.items()}


def _label_height(label: str) -> float:
    return _LINE * (label.count("\n") + 1)


def _group(edges: list[Edge], nodes: Nodes, layer: int) -> tuple[list[Edge], Nodes]:
    """The same with the smallest nodes of a layer taken together, where there are too many."""
    sizes = {name: _amount(edges, layer, name) for name in nodes[layer]}
    used = [name for name, size in sizes.items() if size]
    if len(used) <= _MOST_NODES:
        return edges, nodes
    large = set(sorted(used, key=lambda name: -sizes[name])[: _MOST_NODES - 1])
    small = [name for name in used if name not in large]
    other = told("{count} others", count=len(small))
    total = sum((sizes[name] for name in small), Decimal(0))
    merged: dict[tuple[int, str, str], Decimal] = {}
    for stage, source, target, amount in edges:
        leaves = other if stage == layer and source in small else source
        reaches = other if stage == layer - 1 and target in small else target
        key = (stage, leaves, reaches)
        merged[key] = merged.get(key, Decimal(0)) + amount
    kept = {name: text for name, text in nodes[layer].items() if name in large}
    layers = [*nodes[:layer], {**kept, other: group_digits(total)}, *nodes[layer + 1 :]]
    return [(*key, amount) for key, amount in merged.items()], layers


def _amount(edges: Sequence[Edge], layer: int, name: str) -> Decimal:
    """A node is as tall as the larger of what comes and what goes."""
    coming = sum((e[3] for e in edges if e[0] == layer - 1 and e[2] == name), Decimal(0))
    going = sum((e[3] for e in edges if e[0] == layer and e[1] == name), Decimal(0))
    return max(coming, going)


def draw_bands(ax: Axes, bands: Bands) -> None:
    """Draws nodes, labels and bands; bands take the colour of the first layer's nodes."""
    from matplotlib.patches import Rectangle

    last = len(bands.tops) - 1
    colours = {name: PALETTE[i % len(PALETTE)][0] for i, name in enumerate(bands.tops[0])}
    _draw_curves(ax, bands, colours)
    for position, tops in enumerate(bands.tops):
        x = position / last
        for name, top in tops.items():
            height = bands.heights[position][name]
            colour = _DARK if position else colours[name]
            ax.add_patch(Rectangle((x - _NODE / 2, top), _NODE, height, color=colour, lw=0))
            label = bands.labels[position][name]
            _write_label(ax, x, top + height / 2, label, position, last)
    ax.set_xlim(-0.3, 1.26)
    ax.set_ylim(bands.bottom, bands.top)


def _write_label(ax: Axes, x: float, y: float, text: str, position: int, last: int) -> None:
    side, align = (x - _NODE, "right") if position == 0 else (x + _NODE, "left")
    inside = 0 < position < last
    box = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1} if inside else None
    ax.text(side, y, text, ha=align, va="center", fontsize=7.5, color=INK, bbox=box, zorder=4)


def _draw_curves(ax: Axes, bands: Bands, colours: Mapping[str, str]) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    leaving = [dict(tops) for tops in bands.tops]
    arriving = [dict(tops) for tops in bands.tops]
    ranks = [{name: rank for rank, name in enumerate(tops)} for tops in bands.tops]
    widest = max(sum(heights.values()) for heights in bands.heights)
    largest = max(
        sum(_amount(bands.edges, i, name) for name in tops) for i, tops in enumerate(bands.tops)
    )

    def order(edge: Edge) -> tuple[int, int, int]:
        return edge[0], ranks[edge[0]][edge[1]], ranks[edge[0] + 1][edge[2]]

    for position, source, target, amount in sorted(bands.edges, key=order):
        x0 = position / (len(bands.tops) - 1) + _NODE / 2
        x1 = (position + 1) / (len(bands.tops) - 1) - _NODE / 2
        y0, y1 = leaving[position][source], arriving[position + 1][target]
        height = float(amount / largest) * widest
        leaving[position][source] += height
        arriving[position + 1][target] += height
        middle = (x0 + x1) / 2
        path = Path(
            [(x0, y0), (middle, y0), (middle, y1), (x1, y1), (x1, y1 + height),
             (middle, y1 + height), (middle, y0 + height), (x0, y0 + height), (x0, y0)],
            [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO,
             Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.CLOSEPOLY],
        )  # fmt: skip
        colour = colours.get(source, "#8a8a86")
        ax.add_patch(PathPatch(path, facecolor=colour, edgecolor=colour, alpha=0.38, lw=0.4))
