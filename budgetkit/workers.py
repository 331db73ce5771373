"""Worker processes that may die or hang without costing more than the task they were at.

Workers are spawned, never forked: a Java machine that was forked deadlocks.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from budgetkit.errors import SourceError

__all__ = ["Outcome", "Work", "run_tasks"]

Work = Callable[[Any], Any]
"""What a worker does with one task: a function of a module, so that its name can be sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task: its result, or in one line why there is none."""

    task: int
    result: Any = None
    failure: str = ""
    trace: str = ""
    """Where in the program an unforeseen failure arose."""


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    channel: Connection
    task: int | None = None
    since: float = field(default_factory=time.monotonic)


def run_tasks(tasks: Sequence[Any], work: Work, workers: int, seconds: float) -> Iterator[Outcome]:
    """The outcome of every task, in the order in which they end.

    A worker that dies, or is at one task for longer than `seconds`, is replaced, and its task
    fails. Whoever stops asking for outcomes ends the workers too.
    """
    waiting = deque(range(len(tasks)))
    pool = [_start(work) for _ in range(min(workers, len(tasks)))]
    try:
        while waiting or any(worker.task is not None for worker in pool):
            for position, worker in enumerate(pool):
                if worker.task is None and waiting:
                    if not _lives(worker):
                        worker = pool[position] = _start(work)
                    _send(worker, waiting.popleft(), tasks)
            _wait(pool, seconds)
            for worker in pool:
                outcome = _outcome(worker, seconds)
                if outcome is not None:
                    yield outcome
    finally:
        for worker in pool:
            _end(worker)


def _start(work: Work) -> _Worker:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, work), daemon=True)
    process.start()
    there.close()
    return _Worker(process, here)


def _serve(channel: Connection, work: Work) -> None:
    """A worker's life: it takes tasks until nobody sends any."""
    if hasattr(os, "setsid"):
        os.setsid()  # what it starts ends with it, and Ctrl-C is for the process that waits
    while True:
        try:
            task = channel.recv()
        except EOFError:
            return
        try:
            answer = (work(task), "", "")
        except SourceError as error:
            answer = (None, " ".join(str(error).split()), "")
        except Exception as error:  # told in the summary: the other documents go on
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            answer = (None, reason[:300], traceback.format_exc())
        try:
            channel.send(answer)
        except BrokenPipeError:
            return


def _send(worker: _Worker, task: int, tasks: Sequence[Any]) -> None:
    worker.task, worker.since = task, time.monotonic()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # found dead when asked
        worker.channel.send(tasks[task])


def _outcome(worker: _Worker, seconds: float) -> Outcome | None:
    """What a worker's task came to; None while it works. It ends the worker that takes too long."""
    if worker.task is None:
        return None
    task = worker.task
    try:
        if worker.channel.poll():
            result, failure, trace = worker.channel.recv()
            worker.task = None
            return Outcome(task, result, failure, trace)
    except (EOFError, OSError):
        _end(worker)
        worker.task = None
        return Outcome(task, failure=f"the process that read it died ({_death(worker.process)})")
    if time.monotonic() - worker.since <= seconds:
        return None
    _end(worker)
    worker.task = None
    return Outcome(
        task, failure=f"it took more than {seconds:g} seconds and was stopped; give it more time"
    )


def _death(process: BaseProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name}, often want of memory"
    return f"exit status {code}"


def _lives(worker: _Worker) -> bool:
    return not worker.channel.closed and worker.process.is_alive()


def _wait(pool: Sequence[_Worker], seconds: float) -> None:
    """Waits until a worker answers or dies, or the first one's time is over."""
    busy = [worker for worker in pool if worker.task is not None]
    if busy:
        left = min(worker.since + seconds for worker in busy) - time.monotonic()
        wait([worker.channel for worker in busy], timeout=max(0.0, left) + 0.01)


def _end(worker: _Worker) -> None:
    """Ends a worker and all that it started."""
    worker.channel.close()
    process = worker.process
    # Idle, it ends by itself when its channel closes; so does one that died a moment ago.
    process.join(2 if worker.task is None else 0.2)
    if process.pid is not None and process.is_alive():
        _kill_group(process.pid)
        process.join(5)


def _kill_group(pid: int) -> None:
    """Kills a worker with its own group; one that has no group of its own yet, alone."""
    if not hasattr(os, "killpg"):
        os.kill(pid, signal.SIGTERM)
        return
    with contextlib.suppress(ProcessLookupError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
