"""The one error that a user sees: what is wrong, where, and what to do."""

from __future__ import annotations

__all__ = ["PassingError", "SourceError"]


class SourceError(Exception):
    """Input that cannot be used. The message is one line: what, where, what to do."""


class PassingError(SourceError):
    """Input that cannot be used now, for a reason that is not in it and may pass: a disk that is
    full or does not answer, no Java. Another try may succeed."""
