"""A run on a Dask cluster: the same data as on this machine, also when a worker dies."""

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from budgetkit.cli import main
from budgetkit.corpus.tasks import Result, Task, process_document
from budgetkit.errors import SourceError
from tests.corpora import BAD, GOOD, leftovers, make_corpus, run_quietly, visible

pytest.importorskip("distributed")
NAMES = (GOOD, BAD, "structure.row_total.good.md", "structure.row_total.bad.md")


@dataclass
class Cluster:
    """A scheduler and two workers, each a process with a nanny that starts it again."""

    address: str
    scheduler: "subprocess.Popen[bytes]"
    workers: "list[subprocess.Popen[bytes]]"

    def family(self) -> list[psutil.Process]:
        """All that the workers have started."""
        return [
            child
            for worker in self.workers
            for child in psutil.Process(worker.pid).children(recursive=True)
        ]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """As the README starts it, on this machine's own network."""
    with started(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Cluster]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": os.getcwd(), "DASK_LOGGING__DISTRIBUTED": "error"}
    address = f"tcp://127.0.0.1:{port}"

    def begin(*words: str) -> "subprocess.Popen[bytes]":
        with (folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *words, "--no-dashboard"],
                stdout=log, stderr=log, env=environment, cwd=folder,
            )  # fmt: skip

    found = Cluster(
        address,
        begin("scheduler", "--host", "127.0.0.1", "--port", str(port)),
        [begin("worker", address, "--nthreads", "1", "--host", "127.0.0.1") for _ in "ab"],
    )
    try:
        wait_for_workers(found)
        yield found
    finally:
        for process in (*found.workers, found.scheduler):
            with contextlib.suppress(psutil.NoSuchProcess):
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
            process.kill()
            process.wait(10)


def wait_for_workers(cluster: Cluster) -> None:
    """Until both workers have told the scheduler that they are there."""
    import distributed

    end = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError), connected(distributed, cluster.address) as client:
            client.wait_for_workers(2, timeout=60)
            return
        assert time.monotonic() < end
        time.sleep(0.2)


@contextlib.contextmanager
def connected(distributed: Any, address: str) -> Iterator[Any]:
    client = distributed.Client(address, timeout="5s", set_as_default=False)
    try:
        yield client
    finally:
        client.close()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four documents."""
    return make_corpus(tmp_path_factory.mktemp("corpus") / "documents", *NAMES)


@pytest.fixture(scope="module")
def whole(corpus: Path) -> dict[str, str]:
    """What a run on this machine makes of them."""
    run_quietly(corpus, corpus.with_name("whole"))
    return visible(corpus.with_name("whole"))


def test_a_cluster_gives_the_same_bytes(
    corpus: Path, whole: dict[str, str], cluster: Cluster, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert main(["corpus", str(corpus), "--out", str(out), "--scheduler", cluster.address]) == 1
    assert visible(out) == whole
    again = run_quietly(corpus, out, scheduler=cluster.address, workers=None)
    assert again.fresh == 0


def kill_worker_or_process(task: Task) -> Result:
    """While the first document is read, the worker that reads it is killed, once."""
    mark = Path(task.out).with_name("killed")
    if "bad" in task.document.key:
        with contextlib.suppress(FileExistsError):
            mark.touch(exist_ok=False)
            mark.write_text(str(os.getpid()), encoding="utf-8")
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
    return process_document(task)


def test_a_worker_killed_while_it_reads_costs_nothing(
    corpus: Path, whole: dict[str, str], cluster: Cluster, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = run_quietly(
        corpus, out, scheduler=cluster.address, workers=None,
        work=f"{__name__}:kill_worker_or_process",
    )  # fmt: skip
    assert not run.failed
    reading = int((tmp_path / "killed").read_text(encoding="utf-8"))
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(reading).wait(20)  # it does not read on for a worker that is dead
    assert visible(out) == whole
    assert not leftovers(out)


def test_a_scheduler_that_goes_away_is_one_clear_error_and_the_run_goes_on_elsewhere(
    corpus: Path, whole: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with started(tmp_path) as lost:
        (tmp_path / "port").write_text(lost.address.rpartition(":")[2], encoding="utf-8")
        with pytest.raises(SourceError, match="connection to the cluster was lost") as raised:
            run_quietly(
                corpus, out, scheduler=lost.address, workers=None,
                work=f"{__name__}:lose_scheduler_or_process",
            )  # fmt: skip
        assert len(str(raised.value).splitlines()) == 1
    assert not leftovers(out)
    assert not run_quietly(corpus, out).failed
    assert visible(out) == whole


def lose_scheduler_or_process(task: Task) -> Result:
    """The scheduler is killed while the first document is read."""
    port = Path(task.out).with_name("port").read_text(encoding="utf-8")
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "scheduler" in words and port in words:
            process.kill()
            time.sleep(2)
    return process_document(task)


def test_an_address_without_a_scheduler_is_one_clear_error(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["corpus", str(corpus), "--out", str(tmp_path / "out")]
    assert main([*command, "--scheduler", "tcp://127.0.0.1:1"]) == 2
    told = capsys.readouterr().err
    assert "there is no Dask scheduler" in told and len(told.splitlines()) == 1
    assert main([*command, "--scheduler", "nonsense"]) == 2
    gc.collect()  # a client that was half made would tell of itself
    told = capsys.readouterr().err
    assert "nonsense: there is no Dask scheduler" in told and len(told.splitlines()) == 1


def test_a_worker_with_another_version_is_told(
    corpus: Path, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from budgetkit.corpus import run

    monkeypatch.setattr(run, "toolkit", lambda: "0+other")
    with pytest.raises(SourceError, match="install the same on all machines"):
        run_quietly(corpus, tmp_path / "out", scheduler=cluster.address, workers=None)
