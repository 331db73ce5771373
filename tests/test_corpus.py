"""A folder of disclosures: all of it is written, and no document costs another one."""

import csv
import json
import os
import shutil
import signal
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from budgetkit.cli import main
from budgetkit.corpus import Limits, Run, tasks, write_corpus
from budgetkit.corpus.datasets import DATA_SETS
from budgetkit.corpus.processes import close_processes, run_watched
from budgetkit.corpus.tasks import Result, Task, process_document
from budgetkit.errors import SourceError

RULES = Path(__file__).parent / "rules"
FACSIMILES = Path(__file__).parent / "facsimiles"
GOOD, BAD = "structure.roll_up.good.md", "structure.roll_up.bad.md"
GOOD_KEY, BAD_KEY = "structure-roll-up-good", "structure-roll-up-bad"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One consistent and one inconsistent document."""
    documents = tmp_path / "documents"
    documents.mkdir()
    for name in (GOOD, BAD):
        shutil.copy(RULES / name, documents)
    return documents


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def quiet(line: str) -> None:
    """Progress that nobody reads."""


def run_with(work: str, folder: Path, out: Path, limits: Limits | None = None) -> Run:
    """A run of one process, whose work is a function of this module."""
    return write_corpus(
        folder, out, workers=1, limits=limits, progress=quiet, work=f"{__name__}:{work}"
    )


def statuses(run: Run) -> dict[str, str]:
    return {result.key: result.status for result in run.results}


def die_or_process(task: Task) -> Result:
    """A process that the system kills over one of the documents."""
    if "bad" in task.document.key:
        os.kill(os.getpid(), signal.SIGKILL)
    return process_document(task)


def die_once_or_process(task: Task) -> Result:
    """A process that somebody kills, once, over one of the documents."""
    mark = Path(task.out) / "killed-once"
    if "bad" in task.document.key and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return process_document(task)


def hang_or_process(task: Task) -> Result:
    """A process that hangs over one of the documents."""
    if "bad" in task.document.key:
        time.sleep(600)
    return process_document(task)


def grow_or_process(task: Task) -> Result:
    """A process that takes ever more memory over one of the documents."""
    held = []
    while "bad" in task.document.key:
        held.append(bytearray(b"x" * 2**24))
        time.sleep(0.02)
    return process_document(task)


def fail_or_process(task: Task) -> Result:
    """A process that meets a mistake of the program."""
    if "bad" in task.document.key:
        raise ZeroDivisionError("a mistake of ours")
    return process_document(task)


def test_a_folder_gives_data_sets_clean_data_checks_and_a_summary(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert main(["corpus", str(folder), "--out", str(out), "--workers", "1"]) == 1
    rows = rows_of(out / "summary.csv")
    assert {key: row["status"] for key, row in rows.items()} == {
        BAD_KEY: "inconsistent",
        GOOD_KEY: "consistent",
    }
    told = json.loads((out / BAD_KEY / "check.json").read_text(encoding="utf-8"))
    assert told["schema"] == 1
    assert told["document"]["key"] == BAD_KEY
    assert str(told["summary"]["violated"]) == rows[BAD_KEY]["violated"] == "1"
    assert (out / GOOD_KEY / "datapackage.json").is_file()
    for name in DATA_SETS:
        keys = pq.read_table(out / name).column("key").to_pylist()
        assert set(keys) <= set(rows), name
    assert pq.read_table(out / "documents").column("key").to_pylist() == [BAD_KEY, GOOD_KEY]
    with (out / "findings.csv").open(encoding="utf-8", newline="") as file:
        findings = list(csv.DictReader(file))
    assert [f["rule"] for f in findings if f["level"] == "inconsistent"] == ["structure.roll_up"]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "73.74" in page and GOOD_KEY in page


def test_a_consistent_folder_exits_with_0(folder: Path, tmp_path: Path) -> None:
    (folder / BAD).unlink()
    assert main(["corpus", str(folder), "--out", str(tmp_path / "out"), "--workers", "1"]) == 0


def test_only_the_data_sets_where_no_clean_data_are_wanted(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_corpus(folder, out, workers=1, clean=False, progress=quiet)
    assert not (out / GOOD_KEY).exists() and pq.read_table(out / "numbers").num_rows > 0
    write_corpus(folder, out, workers=1, progress=quiet)
    assert (out / GOOD_KEY / "numbers.csv").is_file()


def test_a_broken_document_is_a_row_with_the_reason_and_the_others_go_on(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "cut.pdf").write_bytes((FACSIMILES / "reference.pdf").read_bytes()[:3000])
    out = tmp_path / "out"
    assert main(["corpus", str(folder), "--out", str(out), "--workers", "1"]) == 2
    documents = {row["key"]: row for row in pq.read_table(out / "documents").to_pylist()}
    assert documents["cut"]["status"] == "failed"
    assert "damaged or cut off" in documents["cut"]["reason"]
    assert documents["cut"]["sha256"] and documents["cut"]["numbers"] is None
    assert documents[GOOD_KEY]["status"] == "consistent"
    assert not (out / "cut").exists()
    told = capsys.readouterr()
    assert "cut.pdf" in told.err and len(told.err.splitlines()) == 1
    assert "1 × the PDF is damaged or cut off" in told.out


def test_a_process_that_dies_again_costs_its_document_only(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = run_with("die_or_process", folder, out)
    assert statuses(run) == {BAD_KEY: "failed", GOOD_KEY: "consistent"}
    assert "died (signal SIGKILL" in run.failed[0].reason
    assert rows_of(out / "summary.csv")[BAD_KEY]["status"] == "failed"
    assert not (out / BAD_KEY).exists()


def test_a_process_that_somebody_killed_costs_nothing(folder: Path, tmp_path: Path) -> None:
    run = run_with("die_once_or_process", folder, tmp_path / "out")
    assert (tmp_path / "out" / "killed-once").exists()
    assert statuses(run) == {BAD_KEY: "inconsistent", GOOD_KEY: "consistent"}


def test_a_process_that_hangs_is_ended_at_the_time_limit(folder: Path, tmp_path: Path) -> None:
    start = time.monotonic()
    run = run_with("hang_or_process", folder, tmp_path / "out", Limits(seconds=6))
    assert time.monotonic() - start < 60
    assert statuses(run) == {BAD_KEY: "failed", GOOD_KEY: "consistent"}
    assert "more than 6 seconds" in run.failed[0].reason


def test_a_process_that_grows_is_ended_at_the_memory_limit(folder: Path, tmp_path: Path) -> None:
    run = run_with("grow_or_process", folder, tmp_path / "out", Limits(megabytes=400))
    assert statuses(run) == {BAD_KEY: "failed", GOOD_KEY: "consistent"}
    assert "more than 400 MB of memory" in run.failed[0].reason


def test_what_a_limit_stopped_is_tried_again_and_what_is_unusable_is_not(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "cut.pdf").write_bytes(b"%PDF-1.4 cut")
    out = tmp_path / "out"
    run_with("hang_or_process", folder, out, Limits(seconds=4))
    run = write_corpus(folder, out, workers=1, progress=quiet)
    assert run.fresh == 1
    assert statuses(run) == {"cut": "failed", BAD_KEY: "inconsistent", GOOD_KEY: "consistent"}


def test_a_mistake_of_the_program_costs_one_document_and_is_kept(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = run_with("fail_or_process", folder, out)
    assert statuses(run) == {BAD_KEY: "failed", GOOD_KEY: "consistent"}
    assert run.failed[0].reason == "ZeroDivisionError: a mistake of ours"
    assert "fail_or_process" in (out / "errors.txt").read_text(encoding="utf-8")
    write_corpus(folder, out, workers=1, progress=quiet)
    assert not (out / "errors.txt").exists()


def test_a_second_run_reads_only_what_is_new_or_changed(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write_corpus(folder, out, workers=1, progress=quiet)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    second = write_corpus(folder, out, workers=1, progress=quiet)
    assert (first.fresh, second.fresh) == (2, 0)
    assert first.results == second.results
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")} == before
    shutil.copy(RULES / "structure.row_total.bad.md", folder / GOOD)
    third = write_corpus(folder, out, workers=1, progress=quiet)
    assert third.fresh == 1
    assert statuses(third) == {BAD_KEY: "inconsistent", GOOD_KEY: "inconsistent"}
    assert rows_of(out / "summary.csv")[GOOD_KEY]["status"] == "inconsistent"
    fourth = write_corpus(folder, out, workers=1, progress=quiet, again=True)
    assert fourth.fresh == 2


def test_a_document_that_is_gone_is_gone_from_the_data_sets(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_corpus(folder, out, workers=1, progress=quiet)
    (folder / BAD).unlink()
    run = write_corpus(folder, out, workers=1, progress=quiet)
    assert run.fresh == 0
    for name in DATA_SETS:
        assert BAD_KEY not in pq.read_table(out / name).column("key").to_pylist(), name
    assert not (out / BAD_KEY).exists() and (out / GOOD_KEY / "check.json").is_file()


def test_clean_data_of_an_older_file_do_not_stay(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_corpus(folder, out, workers=1, progress=quiet)
    shutil.copy(RULES / "structure.row_total.bad.md", folder / GOOD)
    (folder / BAD).write_text("nothing that is a budget", encoding="utf-8")
    write_corpus(folder, out, workers=1, clean=False, progress=quiet)
    assert not (out / GOOD_KEY).exists() and not (out / BAD_KEY).exists()


def test_another_toolkit_reads_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_corpus(folder, out, workers=1, progress=quiet)
    record = next((out / tasks.DONE).rglob("*.zip"))
    monkeypatch.setattr(tasks.budgetkit, "__version__", "99")
    tasks.toolkit.cache_clear()
    try:
        with pytest.raises(SourceError, match="install the same"):
            # The reading process is not patched: as a worker of a cluster with another version.
            write_corpus(folder, out, workers=1, progress=quiet)
    finally:
        monkeypatch.undo()
        tasks.toolkit.cache_clear()
    assert record.is_file()


def test_progress_tells_of_every_document_the_rate_and_the_time_left(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "README.md").write_text("About these files.", encoding="utf-8")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    lines: list[str] = []
    write_corpus(folder, tmp_path / "out", workers=1, progress=lines.append)
    assert lines[0] == "not documents, left aside: README.md, logo.png"
    assert lines[1].startswith("[1/2, ") and " left] structure-roll-up-" in lines[1]
    assert "a minute" in lines[1] or "a second" in lines[1]
    assert lines[2].startswith("[2/2, ")


def test_a_run_names_the_folders_whose_files_it_takes_for_one_disclosure(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "pair").mkdir()
    (folder / GOOD).rename(folder / "pair" / "a.md")
    (folder / BAD).rename(folder / "pair" / "b.txt")
    lines: list[str] = []
    write_corpus(folder, tmp_path / "out", workers=1, quiet=True, progress=lines.append)
    assert "are one disclosure in: pair;" in lines[0] and "index.csv" in lines[0]
    lines.clear()
    write_corpus(
        folder, tmp_path / "out", workers=1, together=True, quiet=True, progress=lines.append
    )
    assert not any("one disclosure in" in line for line in lines)


def test_a_quiet_run_tells_of_failures_and_of_the_whole(folder: Path, tmp_path: Path) -> None:
    (folder / "cut.pdf").write_bytes(b"%PDF-1.4 cut")
    lines: list[str] = []
    write_corpus(folder, tmp_path / "out", workers=1, quiet=True, progress=lines.append)
    assert len(lines) == 2
    assert lines[0].startswith("cut: failed: ") and lines[1].startswith("[3/3, ")


@pytest.mark.parametrize("content", [None, "nothing"])
def test_a_folder_without_documents_is_refused(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = tmp_path / "documents"
    if content:
        documents.mkdir()
    assert main(["corpus", str(documents), "--out", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_is_a_file_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(SourceError, match="cannot be written"):
        write_corpus(folder, tmp_path / "out", progress=quiet)
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_folders_of_somebody_else_are_not_replaced(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "out" / "documents" / "letter.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(SourceError, match="not written by budgetkit"):
        write_corpus(folder, tmp_path / "out", progress=quiet)
    assert mine.read_text(encoding="utf-8") == "mine"


def test_two_runs_do_not_write_to_one_folder(folder: Path, tmp_path: Path) -> None:
    from budgetkit.corpus.store import Store

    store = Store(tmp_path / "out")
    store.create()
    with store.locked(".lock"), pytest.raises(SourceError, match="another run is writing here"):
        write_corpus(folder, tmp_path / "out", progress=quiet)


def square(number: int) -> int:
    """A task's work."""
    if number == 3:
        os._exit(4)
    return number * number


def test_a_process_answers_every_task_and_is_replaced_when_it_dies() -> None:
    replies = [run_watched(f"{__name__}:square", n, Limits(seconds=30)) for n in (1, 2, 3, 4)]
    close_processes()
    assert [reply.result for reply in replies] == [1, 4, None, 16]
    assert replies[2].blame == "death" and "exit status 4" in replies[2].reason


def test_a_total_whose_row_is_missing_is_told_so_and_not_mended_to_itself(tmp_path: Path) -> None:
    folder, out = tmp_path / "documents", tmp_path / "out"
    folder.mkdir()
    (folder / "a.md").write_text(
        "# 某局2026年部门预算公开\n\n## 部门支出总体情况表\n\n单位：万元\n\n"
        "| 功能分类科目编码 | 功能分类科目名称 | 合计 | 基本支出 | 项目支出 |\n"
        "|  | 总计 | 1,007.30 | 604.11 | 403.19 |\n"
        "| 208 | 社会保障和就业支出 | 400.00 | 200.00 | 200.00 |\n"
        "| 210 | 卫生健康支出 | 300.00 | 200.00 | 100.00 |\n\n说明：无。\n",
        encoding="utf-8",
    )
    write_corpus(folder, out, workers=1, progress=quiet)
    with (out / "findings.csv").open(encoding="utf-8", newline="") as file:
        (finding,) = csv.DictReader(file)
    assert finding["suspects"].startswith("1,007.30: a row seems to be missing below it")
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "a row seems to be missing below it" in page and "1007.30" not in page
