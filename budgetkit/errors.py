"""The one error that a user sees: what is wrong, where, and what to do."""

from __future__ import annotations

__all__ = ["PassingError", "SourceError", "one_line"]

_LONGEST = 600


class SourceError(Exception):
    """Input that cannot be used. The message is one line: what, where, what to do.

    Whatever a message quotes (a library's complaint, a part's name) becomes one printable line.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(text: str) -> str:
    """A text as one line of what can be printed: � for the rest, the middle of a long one left out."""
    line = "".join(sign if sign.isprintable() else "\ufffd" for sign in " ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]} … {line[-_LONGEST // 2 :]}"


class PassingError(SourceError):
    """Input that cannot be used now, for a reason that is not in it and may pass: a disk that is
    full or does not answer, no Java. Another try may succeed."""
