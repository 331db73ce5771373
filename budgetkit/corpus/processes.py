"""A process that reads documents, watched: it may die, hang or grow without costing more than one.

Whoever runs a task (a thread of the pool on this machine, a thread of a Dask worker) keeps one such
process, with its Java inside, and starts a new one when the old one broke a limit. It is spawned,
never forked: a Java machine that was forked deadlocks.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import os
import pickle
import queue
import secrets
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any, BinaryIO, NoReturn

from budgetkit.corpus.store import OutputError, why
from budgetkit.errors import PassingError, SourceError
from budgetkit.readers.java import free_memory, take_turns, was_left

__all__ = ["Limits", "Reply", "close_processes", "memory_kept", "run_watched"]

_SERVE = "import sys; from budgetkit.corpus.processes import serve; serve(sys.argv[1])"
_LENGTH = struct.Struct(">Q")
_LOOK = 0.2
"""Seconds between two looks at a process's memory."""
_FAMILY = 10
"""Every so many looks count what it started too, for which all processes must be gone through."""
_IDLE = 120.0
"""Seconds after which a process that nobody gives work to ends itself."""
SIDE_BY_SIDE = "BUDGETKIT_SIDE_BY_SIDE"
"""Set to anything, Java and Python work at the same time: where there are processors to spare."""
_START = 120.0
"""Seconds for a process to start; a document's own limit counts from when it is begun."""
_BEGUN = "begun"
_TRIES = 2
"""A process that dies may have been killed for reasons that are not the document's."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may take: seconds, and megabytes of memory with Java's.

    A process that holds more than `fresh_above` megabytes after its document is replaced.
    """

    seconds: float = 300.0
    megabytes: int = 2000
    fresh_above: int = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """What a task came to: its result, or in one line why there is none.

    `blame` is "" with a result; "input" where the document cannot be used, which another try
    would not change; "passing", "limit", "death" or "mistake" where one might; "output" where the
    output cannot be written or no process be started, which is no document's fault.
    """

    result: Any = None
    blame: str = ""
    reason: str = ""
    trace: str = ""
    worn: bool = False
    """Whether the process should not be given another task."""
    peak: int = 0
    """The most megabytes that were seen in use."""


_own = threading.local()
_all: set[_Process] = set()
_guard = threading.Lock()


def run_watched(work: str, task: Any, limits: Limits) -> Reply:
    """Runs ``module:function`` on a task in this thread's own process, and waits for the reply.

    A process that dies is replaced and the task tried once more; one that takes too long or too
    much memory is ended. Its replacement is started with the next task.
    """
    reply = Reply(blame="death", reason="it was not begun")
    for _ in range(_TRIES):
        process = getattr(_own, "process", None)
        if process is None or not process.ready:
            try:
                process = _own.process = _Process()
            except OSError as error:
                return Reply(
                    blame="output",
                    reason=f"no process can be started to read with ({why(error)}); make room (memory, "
                    "temporary files), then run the same command again",
                )
        reply = process.ask(work, task, limits)
        stopped = process.stopped
        if reply.blame in {"limit", "death"} or reply.worn:
            process.end()
        if reply.blame != "death" or stopped:
            break
    return reply


def close_processes() -> None:
    """Ends the processes of all threads, at whatever they are; later tasks find them dead."""
    with _guard:
        running = list(_all)
    for process in running:
        process.leave()
    for process in running:
        process.end()


atexit.register(close_processes)


class _Process:
    """One process that reads, with a thread that listens to it."""

    def __init__(self) -> None:
        self.stopped = False
        """Whether it was ended because nobody wants its reply any more."""
        # The process makes it and removes it: this one may be killed at any moment.
        self._folder = os.path.join(tempfile.gettempdir(), f"budgetkit-{secrets.token_hex(8)}")
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, self._folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
                "PYTHONSAFEPATH": "1",  # a folder of documents may hold a pandas.py
            },
            start_new_session=True,  # Ctrl-C is for the process that waits
        )
        self._replies: queue.Queue[Reply | None] = queue.Queue()
        threading.Thread(target=self._listen, name="replies", daemon=True).start()
        with _guard:
            _all.add(self)

    @property
    def ready(self) -> bool:
        """Whether it can be given a task."""
        return self._process.poll() is None

    def ask(self, work: str, task: Any, limits: Limits) -> Reply:
        """The reply to one task."""
        end = time.monotonic() + max(limits.seconds, _START)
        assert self._process.stdin is not None
        try:
            _send(self._process.stdin, (work, task, limits.fresh_above))
        except (OSError, ValueError):  # it is gone, or its pipe was closed
            return self._dead()
        peak, looks = 0, 0
        while True:
            try:
                reply = self._replies.get(timeout=_LOOK)
            except queue.Empty:
                looks += 1
                peak = max(peak, _memory(self._process.pid, family=looks % _FAMILY == 0))
                if peak > limits.megabytes:
                    return _over(f"more than {limits.megabytes} MB of memory", "memory", peak)
                if time.monotonic() > end:
                    return _over(f"more than {limits.seconds:g} seconds", "time", peak)
                continue
            if reply is not None and reply.blame == _BEGUN:
                end = time.monotonic() + limits.seconds
                continue
            return self._dead() if reply is None else replace(reply, peak=max(peak, reply.peak))

    def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            while (reply := _receive(self._process.stdout)) is not None:
                self._replies.put(reply)
        except (OSError, EOFError, pickle.UnpicklingError):
            pass  # it died while it spoke
        self._replies.put(None)

    def _dead(self) -> Reply:
        _kill_family(self._process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        code = self._process.poll()
        how = f"exit status {code}"
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                how = f"signal {signal.Signals(-code).name}, often want of memory"
        said = ""
        with contextlib.suppress(ValueError):  # closed: nobody wants its reply any more
            self._errors.seek(0)
            said = self._errors.read().decode("utf-8", "replace")
        return Reply(
            blame="death", reason=f"the process that read it died ({how})", trace=said[-4000:]
        )

    def leave(self) -> None:
        """Tells the process that nobody waits for it any more: it goes by itself, at once, with all
        that it started, even where this process is killed before the end."""
        self.stopped = True
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it is gone, or was told already
            self._process.stdin.close()

    def end(self) -> None:
        """Ends the process and all that it started."""
        with _guard:
            _all.discard(self)
        if self.stopped:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
        _kill_family(self._process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._errors.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _over(what: str, limit: str, peak: int) -> Reply:
    return Reply(
        blame="limit", reason=f"it took {what} and was stopped; give it more {limit}", peak=peak
    )


def _memory(pid: int, family: bool = False) -> int:
    """Megabytes that a process holds; with its `family`, what it started too."""
    import psutil

    try:
        process = psutil.Process(pid)
        members = [process, *(process.children(recursive=True) if family else ())]
    except psutil.Error:
        return 0
    total = 0
    for member in members:
        with contextlib.suppress(psutil.Error):
            total += int(member.memory_info().rss)
    return total // 2**20


def _kill_family(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that nobody has waited for yet with all that it started: its group, and those
    who made groups of their own, as the kernels of notebooks do."""
    if process.returncode is not None:  # its number may be somebody else's by now
        return
    family = _children(process.pid)
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    _kill(family)


def _children(pid: int) -> list[Any]:
    import psutil

    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []


def _kill(family: Sequence[Any]) -> None:
    import psutil

    for member in family:
        with contextlib.suppress(psutil.Error):
            member.kill()


def _send(pipe: IO[bytes], message: Any) -> None:
    data = pickle.dumps(message)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    """The next message, None where the other side has closed. Raises EOFError in mid-message."""
    head = pipe.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)


def serve(folder: str) -> None:
    """A reading process's life: it takes tasks until nobody sends any; `folder` is for its
    temporary files, and goes with it."""
    os.mkdir(folder, 0o700)
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no reply
    if not os.environ.get(SIDE_BY_SIDE):
        take_turns()  # there is such a process for every processor
    tasks: queue.Queue[Any] = queue.Queue()
    threading.Thread(target=_take, args=(sys.stdin.buffer, tasks, folder), daemon=True).start()
    try:
        while True:
            work, task, fresh_above = tasks.get(timeout=_IDLE)
            function = _find(work)
            _send(out, Reply(blame=_BEGUN))
            reply = _answer(function, task)
            held = _memory(os.getpid())
            worn = reply.worn or was_left() or (held > fresh_above and memory_kept() > fresh_above)
            _send(out, replace(reply, worn=worn, peak=held))
    except (queue.Empty, OSError):  # nobody gives it work, or nobody wants it
        _leave(folder)


def memory_kept() -> int:
    """Megabytes that this process holds after it has given back what it can."""
    gc.collect()
    free_memory()
    with contextlib.suppress(OSError, AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
    return _memory(os.getpid())


def _take(pipe: BinaryIO, tasks: queue.Queue[Any], folder: str) -> None:
    """Hands on the tasks; when whoever sends them is gone, this process goes too, at once."""
    while True:
        try:
            message = _receive(pipe)
        except (OSError, EOFError):
            message = None
        if message is None:
            _leave(folder)
        tasks.put(message)


def _leave(folder: str) -> NoReturn:
    """Ends this process at once, with all that it started and the temporary files of all of them."""
    _kill(_children(os.getpid()))
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _find(work: str) -> Callable[[Any], Any]:
    module, _, name = work.partition(":")
    found: Callable[[Any], Any] = getattr(importlib.import_module(module), name)
    return found


def _answer(work: Callable[[Any], Any], task: Any) -> Reply:
    try:
        return Reply(work(task))
    except OutputError as error:
        return Reply(blame="output", reason=_one_line(error))
    except PassingError as error:
        return Reply(blame="passing", reason=_one_line(error))
    except SourceError as error:
        return Reply(blame="input", reason=_one_line(error))
    except MemoryError as error:
        return Reply(
            blame="limit", reason="there was not enough memory", trace=str(error), worn=True
        )
    except Exception as error:  # told with its document: the other documents go on
        reason = f"{type(error).__name__}: {_one_line(error)}"
        return Reply(blame="mistake", reason=reason[:300], trace=traceback.format_exc())


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
