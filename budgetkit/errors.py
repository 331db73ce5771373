"""The one error that a user sees: what is wrong, where, and what to do."""

from __future__ import annotations

__all__ = ["SourceError"]


class SourceError(Exception):
    """Input that cannot be used. The message is one line: what, where, what to do."""
