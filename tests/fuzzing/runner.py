"""Runs cases in child processes that may hang, grow or die, and measures each of them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from budgetkit.corpus.processes import memory_kept
from tests.fuzzing.cases import make_case
from tests.fuzzing.oracle import FAILURE

_PEAK = Path("/proc/self/clear_refs")
_POLL = 0.2
_CASES_A_CHILD = 1_000
_TIDY_ABOVE = 350
"""Megabytes that a child may hold before a case without giving back what it can."""


@dataclass(frozen=True)
class Limits:
    """How much processor time a case may take and memory its process may hold, Java included.

    On the wall it may take four times as long, since other work keeps a machine busy.
    """

    seconds: float = 20.0
    megabytes: float = 600.0


@dataclass(frozen=True)
class Plan:
    """Which cases: the seed, the formats, the corpus, the longest line."""

    seed: int
    formats: tuple[str, ...]
    corpus: tuple[Path, ...] = ()
    longest: int = 10_000_000


@dataclass(frozen=True)
class Result:
    """What a case came to, with its time and the most memory that its process held meanwhile."""

    number: int
    format: str
    outcome: str
    detail: str
    history: tuple[str, ...]
    size: int
    seconds: float
    megabytes: float


@dataclass
class _Child:
    process: Any
    channel: Connection
    case: int | None = None
    since: float = 0.0
    done: int = 0


def run_cases(plan: Plan, numbers: Sequence[int], workers: int, limits: Limits) -> Iterator[Result]:
    """The result of every case, in the order in which they end."""
    waiting = list(reversed(numbers))
    children = [_start(plan) for _ in range(min(workers, len(numbers)))]
    try:
        while waiting or any(child.case is not None for child in children):
            for position, child in enumerate(children):
                if child.case is None and waiting:
                    if child.done >= _CASES_A_CHILD or not child.process.is_alive():
                        _end(child)
                        child = children[position] = _start(plan)
                    child.case, child.since = waiting.pop(), time.monotonic()
                    child.channel.send(child.case)
            busy = [child for child in children if child.case is not None]
            wait([child.channel for child in busy], timeout=_POLL)
            for position, child in enumerate(children):
                if child.case is not None and (result := _result(child, plan, limits)):
                    child.case, child.done = None, child.done + 1
                    if result.outcome == FAILURE and not child.process.is_alive():
                        children[position] = _start(plan)
                    yield result
    finally:
        for child in children:
            _end(child)


def _result(child: _Child, plan: Plan, limits: Limits) -> Result | None:
    number = child.case
    assert number is not None
    spent = time.monotonic() - child.since
    try:
        if child.channel.poll():
            result: Result = child.channel.recv()
            return _within(result, limits)
    except (EOFError, OSError):
        _end(child)
        return _failed(plan, number, f"died: exit {child.process.exitcode}", spent)
    grown = _resident(child.process.pid)
    if spent > 4 * limits.seconds:
        _end(child)
        return _failed(plan, number, f"hang: more than {limits.seconds:g} s", spent, grown)
    if grown > 2 * limits.megabytes:
        _end(child)
        return _failed(plan, number, f"memory: more than {limits.megabytes:g} MB", spent, grown)
    return None


def _within(result: Result, limits: Limits) -> Result:
    detail = ""
    if result.seconds > limits.seconds:
        detail = f"slow: {result.seconds:.1f} s"
    elif result.megabytes > limits.megabytes:
        detail = f"memory: {result.megabytes:.0f} MB"
    if not detail or result.outcome == FAILURE:
        return result
    return Result(**{**result.__dict__, "outcome": FAILURE, "detail": f"{detail}; {result.detail}"})


def _failed(plan: Plan, number: int, detail: str, spent: float, grown: float = 0.0) -> Result:
    case = make_case(plan.seed, number, plan.formats, plan.corpus, plan.longest)
    return Result(number, case.format, FAILURE, detail, case.history, len(case.data), spent, grown)


def _resident(pid: int | None) -> float:
    """The megabytes that a process holds now."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _start(plan: Plan) -> _Child:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, plan), daemon=True)
    process.start()
    there.close()
    return _Child(process, here)


def _end(child: _Child) -> None:
    child.channel.close()
    child.process.join(0.5)
    if child.process.is_alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.process.pid, signal.SIGKILL)
        child.process.join(5)


def _serve(channel: Connection, plan: Plan) -> None:
    """A child's life: case after case, until nobody sends any."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        while True:
            try:
                number = channel.recv()
            except EOFError:
                return
            if _resident(os.getpid()) > _TIDY_ABOVE:
                memory_kept()  # as a reading process of a corpus: what is left is not the case's
            result = run_case(plan, number, Path(folder))
            try:
                channel.send(result)
            except BrokenPipeError:
                return


def run_case(plan: Plan, number: int, folder: Path) -> Result:
    """Makes one case and judges it in this process."""
    from tests.fuzzing.oracle import judge

    case = make_case(plan.seed, number, plan.formats, plan.corpus, plan.longest)
    _forget_peak()
    start = time.process_time()
    verdict = judge(case, folder)
    spent = time.process_time() - start
    return Result(
        number,
        case.format,
        verdict.outcome,
        verdict.detail,
        case.history,
        len(case.data),
        spent,
        _peak(),
    )


def _forget_peak() -> None:
    """Lets the system count the most memory of this process anew, where it can."""
    with contextlib.suppress(OSError):
        _PEAK.write_text("5", encoding="ascii")


def _peak() -> float:
    """The most megabytes that this process has held since."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0")
    return int(line.split()[1]) / 1024
