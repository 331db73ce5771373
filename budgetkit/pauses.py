"""A pause of the garbage collector while a document is built up.

Reading makes a hundred thousand small objects that all stay; the collector would scan them again
and again for cycles that are not there, a quarter of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pauses the collector, and starts it again if it was on before."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
