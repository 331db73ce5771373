"""Pieces of HTML that show themselves in a notebook: data frames and lists of facts."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from importlib.resources import files
from numbers import Number as AnyNumber
from typing import TYPE_CHECKING, Any

from budgetkit.controls import show_page
from budgetkit.display import display_width, group_digits
from budgetkit.language import joined, language, tell, told, translated
from budgetkit.vocabulary import load

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Html", "render_both", "render_facts", "render_frame", "render_sentences", "table_css"]


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of HTML that shows itself in a notebook; `summary` stands for it in plain text."""

    html: str
    summary: str

    def _repr_html_(self) -> str:
        return f"<style>{table_css()}</style>\n{self}"

    def __repr__(self) -> str:
        return f"<{self.summary}>"

    def __str__(self) -> str:
        return show_page(self.html)


@functools.cache
def table_css() -> str:
    """The style sheet of rendered tables, findings and frames."""
    return files("budgetkit").joinpath("templates", "table.css").read_text(encoding="utf-8")


def render_both(english: str, chinese: str) -> str:
    """A term in both languages as HTML, or in Chinese alone where that is the language in use."""
    if language() == "zh":
        return f'<span lang="zh">{escape(chinese)}</span>'
    return f'{escape(english)} <span lang="zh">{escape(chinese)}</span>'


def render_facts(facts: Iterable[tuple[str, str]], summary: str = "facts") -> Html:
    """Pairs of name and text as a two-column list."""
    rows = "".join(
        f"<tr><th>{escape(tell(k))}</th><td>{escape(tell(v))}</td></tr>" for k, v in facts if v
    )
    return Html(f'<div class="bk-box"><table class="bk-facts">{rows}</table></div>', summary)


def render_sentences(sentences: Sequence[str]) -> Html:
    """Sentences as a list; nothing where there are none."""
    items = "".join(f"<li>{escape(tell(sentence))}</li>" for sentence in sentences)
    html = f'<ul class="bk-note">{items}</ul>' if items else ""
    return Html(html, f"{len(sentences)} sentences")


def render_frame(frame: pd.DataFrame, note: str = "", counts: Sequence[str] = ()) -> Html:
    """A DataFrame with all its rows and full texts; amounts to the right, with separators.

    Columns named in `counts` count people or months: whole numbers stand there without places.
    """
    frame = frame.copy()
    if language() == "zh" and {"title", "title_zh"} <= set(frame.columns):
        frame = frame.drop(columns="title")
    for name in counts:
        frame[name] = [_plain(value) for value in frame[name]]
    numeric = {name for name in frame.columns if _is_numeric(frame[name])}
    head = "".join(
        f"<th{' class=bk-n' if name in numeric else ''}>{escape(column_name(str(name)))}</th>"
        for name in frame.columns
    )
    body = "".join(
        "<tr>"
        + "".join(
            _frame_cell(str(name), value, name in numeric)
            for name, value in zip(frame.columns, row, strict=True)
        )
        + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    html = (
        f'<div class="bk-box bk-scroll" tabindex="0"><table class="bk-frame">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    if not len(frame):
        html = f'<p class="bk-note">{escape(told("None."))}</p>'
    if note:
        html += f'<p class="bk-note">{escape(translated(note))}</p>'
    return Html(html, f"table of {len(frame)} rows and {len(frame.columns)} columns")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return value.quantize(Decimal(1))
    return value


def _is_numeric(values: pd.Series) -> bool:
    found = [value for value in values if not _is_missing(value)]
    return bool(found) and all(
        isinstance(value, (Decimal, AnyNumber)) and not isinstance(value, bool) for value in found
    )


def _is_missing(value: object) -> bool:
    return value is None or value != value


def column_name(name: str) -> str:
    """What a column of a frame is called in the language in use."""
    words = load("display.toml")["column"]
    found: str = words.get(name, "") if language() == "zh" else ""
    return found or name.replace("_", " ")


def _word(name: str, value: str) -> str:
    """A cell's text; a coded value (a status, a level …) in the language in use."""
    told_so = tell(value)
    if language() != "zh" or name not in load("display.toml")["coded"]:
        return told_so
    words: dict[str, str] = load("display.toml")["code"]
    return words.get(f"{name}:{told_so}") or words.get(told_so, told_so)


def _frame_cell(name: str, value: object, numeric: bool) -> str:
    if _is_missing(value):
        return "<td></td>"
    if isinstance(value, bool):
        text = "✓" if value else "–"
    elif isinstance(value, Decimal):
        text = group_digits(value)
    elif isinstance(value, tuple | list):
        text = tell(joined([str(item) for item in value]))
    else:
        text = _word(name, value) if isinstance(value, str) else str(value)
    kind = "bk-n" if numeric else "bk-long" if display_width(text) > 26 else "bk-short"
    return f'<td class="{kind}">{escape(text)}</td>'
