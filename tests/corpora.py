"""Small corpora and what stands in the output of a run: shared by the tests of faults."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from budgetkit.corpus import Limits, processes, run, write_corpus
from budgetkit.corpus.datasets import DATA_SETS
from budgetkit.corpus.publish import MANIFEST

RULES = Path(__file__).parent / "rules"
GOOD, BAD = "structure.roll_up.good.md", "structure.roll_up.bad.md"
GOOD_KEY, BAD_KEY = "structure-roll-up-good", "structure-roll-up-bad"


def quiet(line: str) -> None:
    """Progress that nobody reads."""


def make_corpus(folder: Path, *names: str) -> Path:
    """A folder with some of the rules' documents."""
    folder.mkdir(parents=True)
    for name in names or (GOOD, BAD):
        shutil.copy(RULES / name, folder)
    return folder


def visible(out: Path) -> dict[str, str]:
    """What stands in an output: its files with their digests, hidden ones apart."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.relative_to(out).as_posix().startswith(".")
    }


def leftovers(out: Path) -> list[str]:
    """Hidden names that only a run in progress should have."""
    return [p.name for p in out.rglob(".*") if p.name.endswith((".new", ".old"))]


def check_whole(out: Path, *generations: dict[str, str]) -> None:
    """What is visible at any moment: every Parquet file is whole, no file is being written, and
    where there is a manifest all data sets are those of one run."""
    now = visible(out)
    for name in now:
        if name.endswith(".parquet"):
            pq.read_table(out / name)
        top = name.split("/")[0]
        known = {(top, *part) for run in generations for part in _of(run, top)}
        assert {(top, *part) for part in _of(now, top)} <= known, f"{name} is not whole"
    if MANIFEST in now:
        published = {name: now[name] for name in now if _is_published(name)}
        assert any(
            published == {name: run[name] for name in run if _is_published(name)}
            for run in generations
        ), "data sets of two runs lie beside each other"


def _of(files: dict[str, str], top: str) -> Iterator[tuple[Any, ...]]:
    """The files below one name at the top, as one: they appear together."""
    inside = tuple((name, files[name]) for name in files if name.split("/")[0] == top)
    if inside:
        yield inside


def _is_published(name: str) -> bool:
    return "/" not in name or name.split("/")[0] in DATA_SETS


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is done in the threads of this process: a run takes a moment, and what a test
    patches counts."""

    def answer(work: str, task: Any, limits: Limits) -> processes.Reply:
        return processes._answer(processes._find(work), task)

    monkeypatch.setattr(run, "run_watched", answer)


def run_quietly(folder: Path | str, out: Path | str, **options: Any) -> run.Run:
    """A run of one process that says nothing."""
    return write_corpus(folder, out, **{"workers": 1, "progress": quiet, **options})
