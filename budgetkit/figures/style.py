"""One look for all figures: the font that ships with the package, colours, units, source line."""

from __future__ import annotations

import dataclasses
import functools
import io
import re
from collections.abc import Callable, Iterator
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ParamSpec

import matplotlib
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter
from PIL import Image

from budgetkit.controls import show_page
from budgetkit.display import display_width
from budgetkit.language import tell

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = [
    "GREY",
    "INK",
    "PALETTE",
    "Picture",
    "add_source",
    "figure_style",
    "in_style",
    "new_picture",
    "register_font",
    "rows_of",
    "say_nothing",
    "thousands",
    "wrap_label",
    "write_value",
]

FAMILY = "budgetkit"
_COLOURS = 256
WIDTH = 7.6
_TITLE_COLUMNS, _TITLE_LINE = 12.4, 0.2
"""Columns of a title that fit into an inch, and the height of one more line of it in inches."""
INK = "#1f2326"
GREY = "#8a8f94"

# Colour and hatching of a series. Neighbours differ in lightness as well as in hue, so that the
# order is told by colour-blind readers and on a grey print.
PALETTE = (
    ("#0a4a7a", ""),
    ("#e8a33d", "////"),
    ("#5fb0d9", ""),
    ("#8c3b12", "...."),
    ("#b9d8b4", "\\\\\\\\"),
    ("#4d4d4d", ""),
    ("#d98fb4", "xxxx"),
    ("#2f7d62", ""),
)


@functools.cache
def register_font() -> str:
    """Makes the font that ships with the package known to matplotlib; returns its family name.

    The family has a name of its own, so that a fuller font of the same design on some machine
    never takes its place: pictures are the same everywhere.
    """
    path = files("budgetkit").joinpath("fonts", "NotoSansSC-subset.otf")
    font_manager.fontManager.addfont(str(path))
    entry = font_manager.fontManager.ttflist.pop()
    font_manager.fontManager.ttflist.append(dataclasses.replace(entry, name=FAMILY))
    return FAMILY


@functools.cache
def figure_style() -> dict[Any, Any]:
    """The matplotlib settings of every figure."""
    return {
        "font.family": register_font(),
        "font.size": 8.5,
        # A label of the document is text, whatever signs it holds, and never goes through TeX.
        "text.parse_math": False,
        "text.usetex": False,
        "text.color": INK,
        "axes.edgecolor": "#c9ccce",
        "axes.labelcolor": "#4a5056",
        "axes.labelsize": 8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "x",
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "axes.facecolor": "white",
        "figure.facecolor": "white",
        "grid.color": "#e6e8e9",
        "grid.linewidth": 0.7,
        "hatch.color": "white",
        "hatch.linewidth": 0.7,
        "legend.frameon": True,
        "legend.framealpha": 0.9,
        "legend.edgecolor": "none",
        "legend.fontsize": 7.5,
        "xtick.color": "#4a5056",
        "ytick.color": INK,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "ytick.left": False,
        "figure.dpi": 100,
        "savefig.dpi": 200,
        "svg.hashsalt": FAMILY,
    }


_P = ParamSpec("_P")


def in_style(plot: Callable[_P, Picture]) -> Callable[_P, Picture]:
    """Makes a plotting function draw in the house style, whatever the user's settings are."""

    @functools.wraps(plot)
    def styled(*args: _P.args, **kwargs: _P.kwargs) -> Picture:
        with matplotlib.rc_context(figure_style()):
            return plot(*args, **kwargs)

    return styled


class Picture(Figure):
    """A figure that draws itself in the house style and shows itself in a notebook.

    `alt` says in words what is to be seen. The same figure gives the same bytes. Where there is
    nothing to draw, it shows itself as a line of text.
    """

    alt: str = ""
    nothing: str = ""
    """What is said instead of a picture, where there is nothing to draw."""

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Writes the picture in the house style; a PNG is made small and names no program."""
        with matplotlib.rc_context(figure_style()):
            for label in self.findobj(Text):
                label.set_text(show_page(label.get_text()))
            if not str(kwargs.get("format", fname)).endswith("png"):
                super().savefig(fname, **kwargs)
                return
            buffer = io.BytesIO()
            super().savefig(buffer, **{**kwargs, "format": "png"})
        # A few colours and their shades: a palette keeps the picture and a third of the bytes.
        image = Image.open(buffer).convert("RGB")
        image = image.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        image.save(fname, format="png")

    def _repr_html_(self) -> str | None:
        return f'<p class="bk-note">{escape(self.nothing)}</p>' if self.nothing else None

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]] | None:
        if self.nothing:
            return None
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        width = round(self.get_figwidth() * 100)
        return buffer.getvalue(), {"width": width, "alt": self.alt}

    def __repr__(self) -> str:
        return f"<Picture: {self.alt}>"

    def subplots(self, *args: Any, **kwargs: Any) -> Any:
        """Axes in the house style, with thousands separators on the amount axis."""
        axes = super().subplots(*args, **kwargs)
        for ax in self.axes:
            ax.xaxis.set_major_formatter(FuncFormatter(thousands))
        return axes


def thousands(value: float, _: int | None = None) -> str:
    """A number on an axis, with separators."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def new_picture(height: float, title: str, alt: str, width: float = WIDTH) -> Picture:
    """An empty figure (inches) with its title; `alt` describes it to those who do not see it.

    To be called inside a function marked `in_style`.
    """
    heading = wrap_label(tell(title), int(width * _TITLE_COLUMNS))
    height += _TITLE_LINE * heading.count("\n")
    picture = Picture(figsize=(width, height), layout="constrained")
    picture.alt = tell(alt)
    picture.suptitle(heading, x=0.01, ha="left", fontsize=11, color=INK)
    return picture


def say_nothing(title: str, text: str) -> Picture:
    """What a figure shows where there is nothing to draw: one line that says so.

    To be called inside a function marked `in_style`.
    """
    picture = new_picture(height=1.3, title=title, alt=text)
    picture.nothing = tell(text)
    ax = picture.subplots()
    ax.axis("off")
    said = wrap_label(picture.nothing, 84)
    ax.text(0, 0.5, said, transform=ax.transAxes, va="center", color=INK)
    return picture


def add_source(picture: Picture, text: str) -> None:
    """Writes where the numbers come from under a figure."""
    picture.supxlabel(wrap_label(tell(text), 150), x=0.01, ha="left", fontsize=6.8, color="#6a7076")


def wrap_label(text: str, width: int, most: int = 0) -> str:
    """Breaks a text into lines of at most `width` columns; a Chinese character takes two.

    Latin words stay whole where they fit; Chinese breaks anywhere but before a closing sign. With
    `most` the text ends with an ellipsis after so many lines.
    """
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for token in _tokens(paragraph):
            if line and display_width(line + token) > width and token not in "，。、；：）》”,.;:)":
                lines.append(line.rstrip())
                line = token.lstrip()
            else:
                line += token
        lines.append(line.rstrip())
    if most and len(lines) > most:
        last = lines[most - 1]
        while last and display_width(last) > width - 1:
            last = last[:-1]
        lines = [*lines[: most - 1], f"{last}…"]
    return "\n".join(lines)


def _tokens(text: str) -> list[str]:
    """Latin words whole, spaces and Chinese characters one by one."""
    return re.findall(r"[^\s\u2e80-\uffef]+|.", text)


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame, each with its columns as attributes."""
    return iter(frame.itertuples(index=False))


def write_value(ax: Axes, y: float, x: float, text: str) -> None:
    """Writes a printed amount behind the end of a bar."""
    ax.annotate(text, (x, y), xytext=(4, 0), textcoords="offset points", va="center",
                fontsize=8, color=INK)  # fmt: skip
