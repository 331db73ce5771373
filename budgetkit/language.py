"""Sentences for people, in English and Chinese.

A sentence is said once, in English, with its values apart; as a string it is that English text.
Its Chinese is looked up in ``vocabulary/chinese.toml`` when somebody reads it. The language is a
setting of the display, like a number format: it never changes what is found.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from budgetkit.vocabulary import load

__all__ = [
    "LANGUAGES",
    "Said",
    "beside",
    "both",
    "in_language",
    "joined",
    "language",
    "retold_place",
    "said",
    "said_in",
    "tell",
    "told",
    "translated",
    "use_language",
]

LANGUAGES = ("en", "zh")

# Not a context variable: every cell of a notebook runs in a context of its own.
_in_use = ["en"]
_SEPARATORS = {"; ": "；", ", ": "、", ": ": "：", " and ": "和", "": ""}


class Said(str):
    """A sentence: the English text as a string, and what it was made of."""

    template: str
    values: dict[str, Any]
    parts: tuple[str, ...]
    separator: str
    chinese: str


def said(template: str, /, **values: Any) -> Said:
    """The sentence of a template with its values; its Chinese stands in chinese.toml."""
    sentence = Said(template.format(**values) if values else template)
    sentence.template, sentence.values, sentence.parts = template, values, ()
    sentence.chinese = ""
    return sentence


def said_in(row: Mapping[str, Any], /, **values: Any) -> Said:
    """The sentence of a row of the vocabulary, which holds both templates as `en` and `zh`."""
    sentence = said(str(row["en"]), **values)
    sentence.chinese = str(row["zh"])
    return sentence


def joined(parts: Iterable[str], separator: str = "; ") -> Said:
    """Several sentences as one; empty ones are left out."""
    kept = tuple(part for part in parts if part)
    sentence = Said(separator.join(kept))
    sentence.template, sentence.parts, sentence.separator = "", kept, separator
    sentence.values, sentence.chinese = {}, ""
    return sentence


def use_language(name: str) -> None:
    """Sets the language of figures, tables and sentences: en or zh. Raises ValueError for others."""
    if name not in LANGUAGES:
        raise ValueError(f"language '{name}' is not known; use one of {', '.join(LANGUAGES)}")
    _in_use[0] = name


@contextmanager
def in_language(name: str) -> Iterator[None]:
    """Uses a language for a while."""
    before = language()
    use_language(name)
    try:
        yield
    finally:
        use_language(before)


def language() -> str:
    """The language that is in use: en or zh."""
    return _in_use[0]


def tell(text: object, name: str = "") -> str:
    """A sentence in a language (the one in use, if none is named); other texts as they are.

    A sentence without a Chinese template keeps its English one: nothing is withheld.
    """
    if (name or language()) != "zh" or not isinstance(text, Said):
        return str(text)
    if text.parts:
        between = _SEPARATORS.get(text.separator, text.separator)
        return between.join(tell(part, "zh") for part in text.parts)
    template = text.chinese or chinese().get(text.template, text.template)
    return template.format(**{key: tell(value, "zh") for key, value in text.values.items()})


def told(template: str, /, **values: Any) -> str:
    """The sentence of a template in the language in use."""
    return tell(said(template, **values))


def translated(text: str) -> str:
    """A plain English text of a notebook in the language in use, where its Chinese is on file."""
    return chinese().get(text, text) if language() == "zh" else text


_PLACES = (
    "table {table}, row {row}, column {column}",
    "line {line}, characters {start}-{end}",
    "line {line}",
    "page {page}",
)
"""Templates of places, the longest first."""


def retold_place(text: str) -> str:
    """A place that was stored in English, in the language in use; other texts as they are."""
    if language() != "zh":
        return text
    return tell(joined((_place(part) for part in text.split("; ")), "; "), "zh")


def _place(text: str) -> str:
    for template in _PLACES:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(template))
        if match := re.fullmatch(pattern, text):
            return said(template, **match.groupdict())
    return text


def both(english: str, chinese: str) -> str:
    """A term in both languages, or in Chinese alone where that is the language in use."""
    return chinese if language() == "zh" else f"{english} {chinese}".strip()


def beside(printed: str, english: str) -> str:
    """A printed Chinese term with its English one beside it, unless Chinese is in use."""
    return printed if language() == "zh" else f"{printed} {english}".strip()


@functools.cache
def chinese() -> dict[str, str]:
    """The Chinese templates by their English ones."""
    templates: dict[str, str] = load("chinese.toml")["text"]
    return templates
