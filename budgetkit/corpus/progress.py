"""What a long run says of itself: how far it is, how fast, how long it will take, what came of it."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from budgetkit.corpus.tasks import Result

__all__ = ["Progress", "failures_by_reason", "general_reason", "summarise_run"]

_EVERY = 30.0
"""Seconds between two lines of a quiet run."""
_SHOWN = 8


class Progress:
    """Tells of every document that has ended; `quiet`, of the whole now and then, and of failures."""

    def __init__(self, total: int, say: Callable[[str], object], quiet: bool) -> None:
        self._total, self._say, self._quiet = total, say, quiet
        self._done, self._start = 0, time.monotonic()
        self._told = self._start

    def tell(self, result: Result) -> None:
        """Counts a document that has ended, with a line where it is time for one."""
        self._done += 1
        now = time.monotonic()
        if not self._quiet:
            self._say(f"[{self._state(now)}] {result.key}: {_outcome(result)}")
            return
        if result.status == "failed":
            self._say(f"{result.key}: {_outcome(result)}")
        if now - self._told >= _EVERY or self._done == self._total:
            self._told = now
            self._say(f"[{self._state(now)}]")

    def _state(self, now: float) -> str:
        passed = max(now - self._start, 1e-9)
        rate = self._done / passed
        speed = f"{rate:.1f} a second" if rate >= 1 else f"{60 * rate:.0f} a minute"
        rest = self._total - self._done
        left = f", {duration(rest / rate)} left" if rest else ""
        return f"{self._done}/{self._total}, {speed}{left}"


def _outcome(result: Result) -> str:
    if result.status == "failed":
        return f"failed: {result.reason}"
    counts = dict(result.counts)
    return (
        f"{counts['tables']} tables, {counts['numbers']} numbers, "
        f"{counts['inconsistent']} inconsistent, {result.seconds:.1f} s"
    )


def duration(seconds: float) -> str:
    """Hours, minutes and seconds."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def failures_by_reason(results: Sequence[Result]) -> list[tuple[str, int]]:
    """The reasons why documents failed, most frequent first: without the document's name, and
    without what differs from one to the next."""
    found = Counter(
        general_reason(result.reason) for result in results if result.status == "failed"
    )
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def general_reason(reason: str) -> str:
    """A reason without the name in front, and with one sign for any number in it."""
    _, colon, rest = reason.partition(": ")
    text = rest if colon else reason
    return re.sub(r"\d+", "…", text)


def summarise_run(results: Sequence[Result], fresh: int, seconds: float) -> Iterator[str]:
    """The last lines of a run: documents, failures by reason, findings by level."""
    failed = [result for result in results if result.status == "failed"]
    wrong = sum(result.status == "inconsistent" for result in results)
    kept = len(results) - fresh
    earlier = f" ({kept} from an earlier run)" if kept else ""
    yield (
        f"{len(results)} documents{earlier} in {duration(seconds)}: "
        f"{wrong} inconsistent, {len(failed)} failed"
    )
    reasons = failures_by_reason(results)
    for reason, count in reasons[:_SHOWN]:
        yield f"  {count} × {reason}"
    if len(reasons) > _SHOWN:
        yield f"  and {len(reasons) - _SHOWN} reasons more, in summary.csv"
    levels = Counter({name: 0 for name in ("inconsistent", "implausible", "wording")})
    numbers = 0
    for result in results:
        counts = dict(result.counts)
        numbers += counts.get("numbers", 0)
        for level in levels:
            levels[level] += counts.get(level, 0)
    told = ", ".join(f"{count} {level}" for level, count in levels.items())
    yield f"{numbers} numbers; findings: {told}"
