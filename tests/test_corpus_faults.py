"""Accidents in the middle of a run: nothing lost, nothing half-written, and the same command goes
on to the data of a run that nobody disturbed."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest

from budgetkit.corpus import documents, publish, run, tasks
from budgetkit.corpus.publish import MANIFEST, finish_earlier
from budgetkit.corpus.query import open_corpus
from budgetkit.corpus.store import Store
from budgetkit.corpus.tasks import Merge, Result, Task, merge_documents, process_document
from budgetkit.errors import SourceError
from tests.corpora import (
    BAD,
    BAD_KEY,
    GOOD,
    GOOD_KEY,
    RULES,
    check_whole,
    here,
    leftovers,
    make_corpus,
    run_quietly,
    visible,
)

__all__ = ["here"]
NAMES = (GOOD, BAD, "structure.row_total.good.md", "structure.row_total.bad.md")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four documents."""
    return make_corpus(tmp_path_factory.mktemp("corpus") / "documents", *NAMES)


@pytest.fixture(scope="module")
def whole(corpus: Path) -> dict[str, str]:
    """What an undisturbed run makes of them."""
    out = corpus.with_name("whole")
    assert not run_quietly(corpus, out).failed
    return visible(out)


def start(corpus: Path, out: Path, **options: Any) -> "subprocess.Popen[str]":
    """A run as the command line starts it, with a place for temporary files beside the output."""
    temporary = out.with_name("temporary")
    temporary.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "budgetkit", "corpus", corpus, "--out", out, "--workers", "2"],
        **{
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            "encoding": "utf-8",
            "env": {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": os.getcwd()},
            **options,
        },
    )


def family_of(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """What a process has started by now."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def check_gone(family: list[psutil.Process], out: Path) -> None:
    """Nobody of a run is left, and no temporary file of it."""
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive, "processes of a run that is over"
    end = time.monotonic() + 20
    while (left := list(out.with_name("temporary").glob("budgetkit-*"))) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left, "temporary files of a run that is over"


def test_kill_9_at_any_moment_loses_nothing(
    corpus: Path, whole: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    before = time.monotonic()
    assert start(corpus, out).wait(120) == 1
    lasts = time.monotonic() - before
    chance = random.Random(6)
    for moment in range(5):
        shutil.rmtree(out, ignore_errors=True) if (out / MANIFEST).exists() else None
        process = start(corpus, out)
        time.sleep(lasts * (moment + chance.random()) / 5)
        family = family_of(process)
        process.kill()
        process.wait(10)
        check_gone(family, out)
        if out.exists():
            check_whole(out, whole)
    process = start(corpus, out)
    complaint = process.communicate(timeout=120)[1]
    assert process.returncode == 1, complaint
    assert visible(out) == whole
    assert not leftovers(out)


def stop_parent(number: signal.Signals) -> None:
    """What Ctrl-C does to the process that waits, as this one works."""
    os.kill(os.getppid(), number)
    time.sleep(60)


def interrupt_or_process(task: Task) -> Result:
    """Ctrl-C while the second document is read."""
    if "bad" in task.document.key:
        stop_parent(signal.SIGINT)
    return process_document(task)


def interrupt_or_merge(merge: Merge) -> int:
    """Ctrl-C while parts are written."""
    if merge.data_set == "checks":
        stop_parent(signal.SIGINT)
    return merge_documents(merge)


def interrupt(function: Callable[..., Any]) -> Callable[..., Any]:
    """Ctrl-C when this process comes to a function."""

    def call(*arguments: Any, **options: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        return function(*arguments, **options)

    return call


@pytest.mark.parametrize("phase", ["digests", "reading", "merging", "page", "putting in place"])
def test_ctrl_c_in_every_phase_leaves_nothing_behind(
    phase: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, out = make_corpus(tmp_path / "documents"), tmp_path / "out"
    run_quietly(corpus, tmp_path / "whole")
    places: dict[str, tuple[Any, str, Any]] = {
        "digests": (documents, "_with_keys", interrupt(documents._with_keys)),
        "reading": (run, "READ", f"{__name__}:interrupt_or_process"),
        "merging": (run, "MERGE", f"{__name__}:interrupt_or_merge"),
        "page": (publish, "_page", interrupt(publish._page)),
        "putting in place": (publish, "_replace", interrupt(publish._replace)),
    }
    with monkeypatch.context() as patch:
        patch.setattr(*places[phase])
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            run_quietly(corpus, out, work=run.READ)
        assert time.monotonic() - begun < 30
    children = psutil.Process().children(recursive=True)
    assert not [c for c in children if "serve" in " ".join(c.cmdline())]
    if out.exists():
        assert leftovers(out) == ([".new"] if phase == "putting in place" else [])
        check_whole(out, visible(tmp_path / "whole"))
    run_quietly(corpus, out)
    assert visible(out) == visible(tmp_path / "whole")


@pytest.mark.parametrize("signals", [1, 2])
def test_a_service_manager_stops_a_run_in_order_and_a_second_signal_at_once(
    signals: int, corpus: Path, whole: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = start(corpus, out)
    assert process.stdout is not None
    process.stdout.readline()
    family = family_of(process)
    for _ in range(signals):
        process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    if signals == 1:
        assert told == "budgetkit: stopped; the same command goes on where it was\n"
        assert not leftovers(out)
    check_gone(family, out)
    assert start(corpus, out).wait(120) == 1
    assert visible(out) == whole


class Crash(BaseException):
    """The end of a process in a test: nothing that cleans up is done."""


@pytest.mark.usefixtures("here")
def test_a_run_killed_at_any_step_of_putting_in_place_is_finished_by_the_next(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = make_corpus(tmp_path / "documents")
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    run_quietly(mine, out)
    before = visible(out)
    shutil.copy(RULES / "structure.row_total.bad.md", mine)
    run_quietly(mine, fresh)
    after = visible(fresh)

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(publish, "_put_in_place", crash)
        with pytest.raises(Crash):
            run_quietly(mine, out)
    with pytest.raises(SourceError, match="being replaced"), open_corpus(out):
        pass
    for step in range(200):
        copy = tmp_path / f"copy-{step}"
        shutil.copytree(out, copy)
        with monkeypatch.context() as patch:
            crash_at(patch, step)
            try:
                finish_earlier(Store(copy))
            except Crash:
                pass
            else:
                break
        check_whole(copy, before, after)
        finish_earlier(Store(copy))
        assert visible(copy) == after and not leftovers(copy)
        shutil.rmtree(copy)
    assert step > 20


def crash_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """The process ends before a change of the output, counted from 0."""
    steps = iter(range(step))

    def counted(change: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            if next(steps, None) is None:
                raise Crash
            change(*arguments)

        return call

    for name in ("move", "remove"):
        patch.setattr(Store, name, counted(getattr(Store, name)))


def change_or_process(task: Task) -> Result:
    """The file changes after its digest was taken: it is just being fetched."""
    path = Path(task.document.files[0])
    if "bad" in task.document.key and not path.with_suffix(".done").exists():
        path.with_suffix(".done").touch()
        shutil.copy(RULES / GOOD, path)
    return process_document(task)


def lose_or_process(task: Task) -> Result:
    """The file goes away after its digest was taken."""
    if "bad" in task.document.key:
        Path(task.document.files[0]).unlink(missing_ok=True)
    return process_document(task)


@pytest.mark.usefixtures("here")
def test_a_file_that_changes_while_the_run_is_on_is_read_by_the_next(tmp_path: Path) -> None:
    corpus, out = make_corpus(tmp_path / "documents"), tmp_path / "out"
    first = run_quietly(corpus, out, work=f"{__name__}:change_or_process")
    assert [result.key for result in first.failed] == [BAD_KEY]
    assert "was changed while the run was on" in first.failed[0].reason
    assert BAD_KEY not in pq.read_table(out / "numbers").column("key").to_pylist()
    second = run_quietly(corpus, out)
    assert second.fresh == 1 and not second.failed
    rows = {row["key"]: row for row in pq.read_table(out / "documents").to_pylist()}
    assert rows[BAD_KEY]["sha256"] == rows[GOOD_KEY]["sha256"]
    assert rows[BAD_KEY]["violated"] == 0


@pytest.mark.usefixtures("here")
def test_a_file_that_goes_and_comes_back_the_same_is_read_then(tmp_path: Path) -> None:
    corpus, out = make_corpus(tmp_path / "documents"), tmp_path / "out"
    run_quietly(corpus, tmp_path / "whole")
    first = run_quietly(corpus, out, work=f"{__name__}:lose_or_process")
    assert [result.key for result in first.failed] == [BAD_KEY]
    assert "No such file" in first.failed[0].reason
    shutil.copy(RULES / BAD, corpus)
    assert not run_quietly(corpus, out).failed
    assert visible(out) == visible(tmp_path / "whole")


@pytest.mark.usefixtures("here")
def test_a_mended_origin_card_is_looked_at_again(tmp_path: Path) -> None:
    corpus, out = make_corpus(tmp_path / "documents"), tmp_path / "out"
    carded = make_corpus(corpus / "carded", GOOD)
    (carded / "origin.toml").write_text(f'file = "{GOOD}"\nsha256 = "00"\n', encoding="utf-8")
    assert [result.key for result in run_quietly(corpus, out).failed] == ["carded"]
    assert run_quietly(corpus, out).fresh == 0
    (carded / "origin.toml").write_text('title = "Budget"\n', encoding="utf-8")
    assert not run_quietly(corpus, out).failed


@pytest.mark.usefixtures("here")
def test_a_document_that_can_no_longer_be_read_loses_its_clean_data(tmp_path: Path) -> None:
    corpus, out = make_corpus(tmp_path / "documents"), tmp_path / "out"
    run_quietly(corpus, out)
    (corpus / BAD).write_text("", encoding="utf-8")
    assert [result.key for result in run_quietly(corpus, out).failed] == [BAD_KEY]
    assert not (out / BAD_KEY).exists() and (out / GOOD_KEY).exists()


BACKWARDS = """
import datetime, time
start = time.time()
time.time = lambda: start - 86400 * (1 + 10 * time.monotonic() % 400)
time.time_ns = lambda: int(time.time() * 1e9)
"""


def test_a_clock_that_runs_backwards_changes_nothing(
    corpus: Path, whole: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(BACKWARDS, encoding="utf-8")
    out = tmp_path / "out"
    path = os.pathsep.join([str(tmp_path), os.getcwd()])
    environment = {**os.environ, "PYTHONPATH": path}
    told, complaint = start(corpus, out, env=environment).communicate(timeout=120)
    assert visible(out) == whole, complaint
    assert "[4/4, " in told and "-" not in told.split("] structure")[0]
    for stored in out.rglob("*"):
        os.utime(stored, (4e9, 4e9))  # as files of the future
    told, complaint = start(corpus, out, env=environment).communicate(timeout=120)
    assert told.startswith("4 of 4 documents stand from an earlier run\n"), complaint
    told, complaint = start(corpus, out).communicate(timeout=120)
    assert told.startswith("4 of 4 documents stand from an earlier run\n"), complaint
    assert visible(out) == whole


def test_a_run_goes_on_when_nobody_listens_any_more(
    corpus: Path, whole: dict[str, str], tmp_path: Path
) -> None:
    process = start(corpus, tmp_path / "out")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()  # as with | head -1
    assert process.stderr.read() == ""
    assert process.wait(120) == 1
    assert visible(tmp_path / "out") == whole


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_log_whose_disk_is_full_does_not_stop_the_run(
    corpus: Path, whole: dict[str, str], tmp_path: Path
) -> None:
    with open("/dev/full", "w") as full:
        process = start(corpus, tmp_path / "out", stdout=full, stderr=full)
        assert process.wait(120) == 1
    assert visible(tmp_path / "out") == whole


def start_others(task: Task) -> Result:
    """A process that has started others when it is killed: Java in a process of its own, and one
    that has left the group, as the kernels of notebooks do."""
    for options in ({}, {"start_new_session": True}):
        subprocess.Popen(["sleep", "300"], **options)  # type: ignore[call-overload]
    (Path(task.out).with_name("started")).touch()
    time.sleep(300)
    return process_document(task)


@pytest.fixture
def main_process(corpus: Path, tmp_path: Path) -> "Iterator[subprocess.Popen[str]]":
    """A run whose processes hang, with others below them."""
    code = (
        "import sys; from tests.corpora import run_quietly; "
        f"run_quietly(sys.argv[1], sys.argv[2], work='{__name__}:start_others')"
    )
    process = subprocess.Popen([sys.executable, "-c", code, corpus, tmp_path / "out"], text=True)
    yield process
    process.kill()
    process.wait(10)


def test_what_a_reading_process_started_ends_with_the_run(
    main_process: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    end = time.monotonic() + 60
    while not (tmp_path / "started").exists() and time.monotonic() < end:
        time.sleep(0.05)
    family = family_of(main_process)
    assert len(family) == 3
    main_process.kill()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive


def test_every_task_tells_the_toolkit_that_it_is_for(tmp_path: Path) -> None:
    merge = Merge(str(tmp_path), "0+other", "numbers", 0, ())
    with pytest.raises(Exception, match="install the same"):
        merge_documents(merge)
    assert tasks.toolkit() != "0+other"
