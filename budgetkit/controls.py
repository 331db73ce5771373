"""Signs that would command a terminal or turn a text around, made visible.

Titles, labels and file names come from strangers. As data they stay as they are; where somebody
reads them, on a terminal or a page, such a sign is shown by its number: ``[U+001B]``.
"""

from __future__ import annotations

import re

__all__ = ["encodable", "escape_json", "show_line", "show_page"]

# Control characters of both sets, line separators, embeddings, overrides and isolates of bidi
# text, and halves of characters. The marks 200E, 200F and 061C turn nothing but themselves.
_HIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_COMMAND = re.compile(f"[{_HIDDEN}]")
_LINE_END = re.compile(r"\s*[\r\n]\s*")


def show_line(text: str) -> str:
    """A text as one line that cannot command a terminal."""
    return show_page(_LINE_END.sub(" ", text))


def show_page(html: str) -> str:
    """A page, or a piece of one, whose texts stay in their order; line ends stay too."""
    return _COMMAND.sub(_number, html)


def escape_json(text: str) -> str:
    """JSON whose strings are the same, with such signs escaped, so that it may be printed."""
    return _COMMAND.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def encodable(name: str) -> str:
    """The name of a file; bytes in it that are no UTF-8 are written as escapes."""
    return name.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _number(match: re.Match[str]) -> str:
    return f"[U+{ord(match[0]):04X}]"
