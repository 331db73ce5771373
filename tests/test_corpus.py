"""A folder of disclosures: all of it is written, and no document costs another one."""

import csv
import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from budgetkit import corpus
from budgetkit.cli import main
from budgetkit.corpus import Entry, Task, find_documents, process_document, write_corpus
from budgetkit.errors import SourceError
from budgetkit.workers import run_tasks

RULES = Path(__file__).parent / "rules"
FACSIMILES = Path(__file__).parent / "facsimiles"
GOOD, BAD = "structure.roll_up.good.md", "structure.roll_up.bad.md"


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


def die_or_process(task: Task) -> Entry:
    """A worker that the system kills over one of the documents."""
    if "bad" in task.key:
        os.kill(os.getpid(), signal.SIGKILL)
    return process_document(task)


def hang_or_process(task: Task) -> Entry:
    """A worker that hangs over one of the documents."""
    if "bad" in task.key:
        time.sleep(600)
    return process_document(task)


def fail_or_process(task: Task) -> Entry:
    """A worker that meets a mistake of the program."""
    if "bad" in task.key:
        raise ZeroDivisionError("a mistake of ours")
    return process_document(task)


def test_a_folder_gives_clean_data_checks_and_a_summary(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["corpus", str(folder), "--out", str(out), "--workers", "1"]) == 1
    rows = rows_of(out / "summary.csv")
    assert {key: row["status"] for key, row in rows.items()} == {
        "structure-roll-up-bad": "inconsistent",
        "structure-roll-up-good": "consistent",
    }
    told = json.loads((out / "structure-roll-up-bad" / "check.json").read_text(encoding="utf-8"))
    assert told["schema"] == 1
    assert told["document"]["key"] == "structure-roll-up-bad"
    assert str(told["summary"]["violated"]) == rows["structure-roll-up-bad"]["violated"] == "1"
    assert (out / "structure-roll-up-good" / "datapackage.json").is_file()
    with (out / "findings.csv").open(encoding="utf-8", newline="") as file:
        findings = list(csv.DictReader(file))
    assert [f["rule"] for f in findings if f["level"] == "inconsistent"] == ["structure.roll_up"]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "73.74" in page and "structure-roll-up-good" in page


def test_a_consistent_folder_exits_with_0(folder: Path, tmp_path: Path) -> None:
    (folder / BAD).unlink()
    assert main(["corpus", str(folder), "--out", str(tmp_path / "out"), "--workers", "1"]) == 0


def test_every_format_and_a_sub_folder_are_one_disclosure_each(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    (documents / "two-files").mkdir(parents=True)
    for name in ("reference.pdf", "reference.docx"):
        shutil.copy(FACSIMILES / name, documents)
    shutil.copy(FACSIMILES / "reference.html", documents / "two-files" / "a.html")
    shutil.copy(RULES / GOOD, documents / "two-files" / "b.md")
    entries = write_corpus(documents, tmp_path / "out", workers=1, progress=quiet)
    assert [(e.key, e.facts["reader"]) for e in entries] == [
        ("reference", "word"),
        ("reference-2", "pdf"),
        ("two-files", "web+markdown"),
    ]
    assert entries[0].facts["numbers"] == entries[1].facts["numbers"] > 900
    assert (tmp_path / "out" / "reference-2" / "numbers.csv").is_file()


def test_a_broken_document_is_listed_and_the_others_go_on(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "cut.pdf").write_bytes((FACSIMILES / "reference.pdf").read_bytes()[:3000])
    out = tmp_path / "out"
    assert main(["corpus", str(folder), "--out", str(out), "--workers", "1"]) == 2
    rows = rows_of(out / "summary.csv")
    assert rows["cut"]["status"] == "failed" and "damaged or cut off" in rows["cut"]["reason"]
    assert rows["structure-roll-up-good"]["status"] == "consistent"
    assert not (out / "cut").exists()
    error = capsys.readouterr().err
    assert "cut.pdf" in error and len(error.splitlines()) == 1


def test_a_worker_that_dies_is_replaced(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    entries = write_corpus(folder, out, workers=1, progress=quiet, work=die_or_process)
    assert [entry.status for entry in entries] == ["failed", "consistent"]
    assert "died (signal SIGKILL" in entries[0].reason
    assert rows_of(out / "summary.csv")["structure-roll-up-bad"]["status"] == "failed"
    assert not (out / "structure-roll-up-bad").exists()


def test_a_worker_that_hangs_is_ended_at_the_time_limit(folder: Path, tmp_path: Path) -> None:
    start = time.monotonic()
    entries = write_corpus(
        folder, tmp_path / "out", workers=1, seconds=6, progress=quiet, work=hang_or_process
    )
    assert time.monotonic() - start < 60
    assert [entry.status for entry in entries] == ["failed", "consistent"]
    assert "more than 6 seconds" in entries[0].reason


def test_a_mistake_of_the_program_costs_one_document_and_is_kept(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    entries = write_corpus(folder, out, workers=1, progress=quiet, work=fail_or_process)
    assert [entry.status for entry in entries] == ["failed", "consistent"]
    assert entries[0].reason == "ZeroDivisionError: a mistake of ours"
    assert "fail_or_process" in (out / "errors.txt").read_text(encoding="utf-8")


def test_a_second_run_reads_only_what_is_new_or_changed(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write_corpus(folder, out, workers=1, progress=quiet)
    summary = (out / "summary.csv").read_bytes()
    second = write_corpus(folder, out, workers=1, progress=quiet)
    assert [e.again for e in first] == [True, True]
    assert [e.again for e in second] == [False, False]
    assert (out / "summary.csv").read_bytes() == summary
    shutil.copy(RULES / "structure.row_total.bad.md", folder / GOOD)
    third = write_corpus(folder, out, workers=1, progress=quiet)
    assert [(e.again, e.status) for e in third] == [(False, "inconsistent"), (True, "inconsistent")]
    fourth = write_corpus(folder, out, workers=1, progress=quiet, again=True)
    assert all(e.again for e in fourth)


def test_another_version_reads_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_corpus(folder, out, workers=1, progress=quiet)
    monkeypatch.setattr(corpus.budgetkit, "__version__", "99")
    assert all(e.again for e in write_corpus(folder, out, workers=1, progress=quiet))


def test_progress_tells_of_every_document_and_of_what_is_left_aside(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "README.md").write_text("About these files.", encoding="utf-8")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    lines: list[str] = []
    write_corpus(folder, tmp_path / "out", workers=1, progress=lines.append)
    assert lines[0] == "not documents, left aside: README.md, logo.png"
    assert lines[1].startswith("[1/2, 0:") and "left] structure-roll-up-" in lines[1]
    assert lines[2].startswith("[2/2] structure-roll-up-")


def test_index_csv_says_which_files_are_documents(folder: Path) -> None:
    (folder / "index.csv").write_text(f"key,file\nx,{GOOD}\ny,missing.pdf\n", encoding="utf-8")
    found, others = find_documents(folder)
    assert [path.name for path in found] == [GOOD, "missing.pdf"]
    assert others == [BAD]


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


def square(number: int) -> int:
    """A task's work."""
    if number == 3:
        os._exit(4)
    return number * number


def test_workers_answer_every_task_once() -> None:
    outcomes = {o.task: o for o in run_tasks([1, 2, 3, 4, 5], square, 2, 30)}
    assert [outcomes[task].result for task in range(5)] == [1, 4, None, 16, 25]
    assert "exit status 4" in outcomes[2].failure
