"""Disks that are full, closed or gone: one clear error, nothing half-written, and the same command
completes when the disk is well again."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from budgetkit.cli import main
from budgetkit.corpus import publish, tasks
from budgetkit.corpus.tasks import Result, Task, process_document
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


class Budget:
    """How many writes a disk still takes; then it is full."""

    def __init__(self) -> None:
        self.left = sys.maxsize
        self.done = 0
        self._guard = threading.Lock()

    def take(self) -> None:
        """Counts a write. Raises OSError where there is no room for it."""
        with self._guard:
            if self.left <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.left -= 1
            self.done += 1


BUDGET = Budget()


class SmallDisk(LocalFileSystem):
    """A file system that fills up, and is not known to be a local one."""

    protocol = "small"
    local_file = True

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> None:
        """Writes half of a file where there is no room for the whole."""
        try:
            BUDGET.take()
        except OSError:
            super().pipe_file(path, value[: len(value) // 2])
            raise
        super().pipe_file(path, value)

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        """Opens a file; to open one for writing needs room."""
        if "w" in mode:
            BUDGET.take()
        return super().open(path, mode, **options)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Makes a folder where there is room for it."""
        if not self.isdir(path):
            BUDGET.take()
        super().makedirs(path, exist_ok=exist_ok)

    def cp_file(self, path1: str, path2: str, **options: Any) -> None:
        """Copies where there is room."""
        BUDGET.take()
        super().cp_file(path1, path2, **options)

    def mv(self, path1: str, path2: str, **options: Any) -> None:
        """As an object store moves: it copies all, then removes all."""
        self.copy(path1, path2, recursive=True)
        self.rm(path1, recursive=True)

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        return LocalFileSystem._strip_protocol(str(path).removeprefix("small://"))


fsspec.register_implementation("small", SmallDisk, clobber=True)


@pytest.fixture
def filling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Budget]:
    """This machine's own disk, as far as the output is written to it: it fills up."""
    budget = Budget()

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            budget.take()
            return function(*arguments, **options)

        return call

    write = Path.write_bytes

    def write_half(path: Path, data: bytes) -> int:
        try:
            budget.take()
        except OSError:
            write(path, data[: len(data) // 2])
            raise
        return write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_half)
        for module, name in (
            (os, "fsync"), (os, "mkdir"), (os, "replace"), (os, "rename"), (tempfile, "mkstemp"),
        ):  # fmt: skip
            patch.setattr(module, name, counted(getattr(module, name)))
        yield budget


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """One document."""
    return make_corpus(tmp_path / "documents", BAD)


def fill_at_every_write(budget: Budget, corpus: Path, out: str, place: Path) -> int:
    """Runs with a disk that is full after 0, 1, 2 … writes, until one run comes to its end."""
    budget.left, budget.done = sys.maxsize, 0
    run_quietly(corpus, f"{out}/whole")
    wanted = visible(place / "whole")
    assert "numbers/part-00000.parquet" in wanted and f"{BAD_KEY}/numbers.csv" in wanted
    for room in range(budget.done + 50):
        budget.left = room
        name = f"{room:03d}"
        try:
            run_quietly(corpus, f"{out}/{name}")
        except SourceError as error:
            assert "No space left on device" in str(error) and len(str(error).splitlines()) == 1
        else:
            return room
        budget.left = sys.maxsize
        if (place / name).is_dir():
            assert {path.split("/")[0] for path in visible(place / name)} <= {
                path.split("/")[0] for path in wanted
            }
        run_quietly(corpus, f"{out}/{name}")
        assert visible(place / name) == wanted, f"after {room} writes"
        assert not leftovers(place / name)
        shutil.rmtree(place / name)
    raise AssertionError("no run came to its end")


@pytest.mark.usefixtures("here")
def test_a_disk_that_is_full_at_any_write_stops_the_run_and_space_completes_it(
    corpus: Path, tmp_path: Path, filling: Budget
) -> None:
    (tmp_path / "out").mkdir()
    assert fill_at_every_write(filling, corpus, str(tmp_path / "out"), tmp_path / "out") > 40


@pytest.mark.usefixtures("here")
def test_a_store_that_is_full_at_any_write_stops_the_run_and_space_completes_it(
    corpus: Path, tmp_path: Path
) -> None:
    place = tmp_path / "out"
    assert fill_at_every_write(BUDGET, corpus, f"small://{place}", place) > 40


@pytest.mark.usefixtures("here")
def test_what_was_published_stands_while_the_disk_is_full(
    corpus: Path, tmp_path: Path, filling: Budget
) -> None:
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    run_quietly(corpus, out, clean=False)
    before = visible(out)
    shutil.copy(RULES / GOOD, corpus)
    run_quietly(corpus, fresh, clean=False)
    after = visible(fresh)
    saved = tmp_path / "saved"
    shutil.copytree(out, saved)
    for room in range(200):
        filling.left = room
        try:
            run_quietly(corpus, out, clean=False)
        except SourceError:
            filling.left = sys.maxsize
            check_whole(out, before, after)
            shutil.rmtree(out)
            shutil.copytree(saved, out)
        else:
            break
    assert room > 30 and visible(out) == after


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_a_small_disk_that_is_full_costs_one_line_and_completes_with_space(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = make_corpus(tmp_path / "documents")
    run_quietly(corpus, tmp_path / "whole")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", os.fspath(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is not permitted")
    try:
        command = ["corpus", str(corpus), "--out", str(disk / "out"), "--workers", "1"]
        assert main(command) == 2
        told = capsys.readouterr().err
        assert "No space left on device" in told and len(told.splitlines()) == 1
        assert not leftovers(disk / "out")
        subprocess.run(["mount", "-o", "remount,size=8m", os.fspath(disk)], check=True)
        assert main(command) == 1
        assert visible(disk / "out") == visible(tmp_path / "whole")
    finally:
        subprocess.run(["umount", os.fspath(disk)], check=True)


def remove_or_process(task: Task) -> Result:
    """Somebody removes the output while the second document is read."""
    mark = Path(task.out).with_name("removed")
    if "good" in task.document.key and not mark.exists():
        mark.touch()
        shutil.rmtree(task.out)
    return process_document(task)


@pytest.mark.usefixtures("here")
def test_an_output_removed_while_reading_stops_the_run_and_a_later_one_completes(
    tmp_path: Path,
) -> None:
    corpus, out = make_corpus(tmp_path / "documents"), tmp_path / "out"
    run_quietly(corpus, tmp_path / "whole")
    with pytest.raises(SourceError, match=r"cannot be written \(No such file"):
        run_quietly(corpus, out, work=f"{__name__}:remove_or_process")
    assert not out.exists(), "what somebody removed was made again"
    assert run_quietly(corpus, out).fresh == 2
    assert visible(out) == visible(tmp_path / "whole")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("module", "name"),
    [(tasks, "_rows_of"), (publish, "_csv"), (publish, "_put_in_place"), (publish, "_replace")],
)
def test_an_output_removed_while_publishing_stops_the_run_and_a_later_one_completes(
    module: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, out = make_corpus(tmp_path / "documents"), tmp_path / "out"
    run_quietly(corpus, tmp_path / "whole")
    function = getattr(module, name)

    def remove(*arguments: Any, **options: Any) -> Any:
        shutil.rmtree(out, ignore_errors=True)
        return function(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, remove)
        with pytest.raises(SourceError) as raised:
            run_quietly(corpus, out)
    assert str(out) in str(raised.value) and len(str(raised.value).splitlines()) == 1
    run_quietly(corpus, out)
    assert visible(out) == visible(tmp_path / "whole")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "path",
    ["numbers/part-00000.parquet", "claims", f"{GOOD_KEY}/numbers.csv", "index.html", ".done"],
)
def test_a_part_of_the_output_that_is_gone_is_made_again(path: str, tmp_path: Path) -> None:
    corpus, out = make_corpus(tmp_path / "documents"), tmp_path / "out"
    run_quietly(corpus, out)
    before = visible(out)
    gone = out / path
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    run_quietly(corpus, out)
    assert visible(out) == before


@pytest.mark.usefixtures("here")
def test_temporary_files_without_room_stop_the_run_with_one_line(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match="no process can be started"):
        run_quietly(corpus, tmp_path / "out")
    monkeypatch.undo()
    run_quietly(corpus, tmp_path / "out")


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder of somebody to whom permissions matter, as whom the test runs."""
    if not hasattr(os, "seteuid"):
        pytest.skip("permissions are of another kind")
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        # What is imported later may not be readable for somebody else.
        run_quietly(make_corpus(Path(name) / "first"), Path(name) / "out")
        shutil.rmtree(Path(name) / "out")
        if root:
            os.chown(name, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)


@pytest.mark.usefixtures("here")
def test_what_may_not_be_read_is_told_and_read_when_it_may(nobody: Path) -> None:
    corpus = make_corpus(nobody / "documents", GOOD, "structure.row_total.good.md")
    below = make_corpus(corpus / "below", BAD)
    run_quietly(corpus, nobody / "whole")
    below.chmod(0)
    (corpus / GOOD).chmod(0)
    run = run_quietly(corpus, nobody / "out")
    assert [result.status for result in run.results].count("failed") == 2
    assert all("Permission denied" in result.reason for result in run.failed)
    below.chmod(0o755)
    (corpus / GOOD).chmod(0o644)
    assert not run_quietly(corpus, nobody / "out").failed
    assert visible(nobody / "out") == visible(nobody / "whole")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("folder", ["", ".done"])
def test_an_output_that_may_not_be_written_is_one_line_and_stays_as_it_is(
    folder: str, nobody: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus, out = make_corpus(nobody / "documents"), nobody / "out"
    run_quietly(corpus, out)
    before = visible(out)
    (out / folder).chmod(0o555)
    shutil.copy(RULES / "structure.row_total.bad.md", corpus)
    status = main(["corpus", str(corpus), "--out", str(out), "--workers", "1"])
    told = capsys.readouterr().err
    assert status == 2 and len(told.splitlines()) == 1 and "Permission denied" in told
    assert visible(out) == before
    (out / folder).chmod(0o755)
    run_quietly(corpus, out)
    run_quietly(corpus, nobody / "whole")
    assert visible(out) == visible(nobody / "whole")
