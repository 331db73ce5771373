"""The benchmarks still run on what they measure; how fast and how good is theirs to say."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from budgetkit.cli import main

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "data" / "corpus-sample"


def run_benchmark(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / script), *arguments],
        capture_output=True, text=True, encoding="utf-8", cwd=ROOT, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("script", "arguments", "prints"),
    [
        ("speed.py", ["--rounds", "1"], "| `import budgetkit` loads"),
        ("mutation.py", ["kezhou-hrss-2026", "--mutants", "6"], "6 mutants of kezhou-hrss-2026"),
    ],
)
def test_a_benchmark_runs_to_its_last_line(script: str, arguments: list[str], prints: str) -> None:
    done = run_benchmark(script, *arguments)
    assert done.returncode == 0, done.stderr
    assert prints in done.stdout


def test_the_corpus_benchmark_measures_a_folder(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    facsimiles = ROOT / "tests" / "facsimiles"
    shutil.copy(facsimiles / "reference.pdf", documents / "there-1.pdf")
    shutil.copy(ROOT / "tests" / "rules" / "structure.roll_up.bad.md", documents / "here-1.md")
    (documents / "here-2.pdf").write_bytes(b"%PDF-1.5 broken")
    done = run_benchmark("corpus.py", str(documents), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out" / "places.csv").open(encoding="utf-8", newline="") as file:
        places = {row["place"]: row for row in csv.DictReader(file)}
    assert (places["here"]["documents"], places["here"]["read"]) == ("2", "1")
    assert (places["here"]["violated"], places["here"]["inconsistent"]) == ("1", "1")
    there = places["there"]
    assert (there["tables"], there["recognised"], there["table_numbers"]) == ("9", "9", "325")
    assert (there["conserved_percent"], there["characters_percent"]) == ("100.00", "100.0")
    assert float(there["seconds_tabula"]) > 0
    assert "documents read without an exception | 2 of 3" in done.stdout
    assert (tmp_path / "out" / "index.md").read_text(encoding="utf-8") in done.stdout + "\n"


def test_the_benchmark_of_fuzzing_counts_its_cases() -> None:
    done = run_benchmark("fuzz.py", "--cases", "20", "--longest", "10000", "--only", "text",
                         "--only", "xlsx")  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    cases = {row[0].strip("| "): [int(cell) for cell in row[1:5]] for row in rows[1:]}
    assert list(cases) == ["text", "xlsx", "all"]
    assert all(count == answers + errors for count, answers, errors, _ in cases.values())
    assert cases["all"][0] == 20
    assert done.stdout.splitlines()[-1] == "20 of 20"


def test_the_benchmark_of_fuzzing_fails_where_a_case_does() -> None:
    """No reader holds less than ten megabytes: every case breaks the limit."""
    done = run_benchmark("fuzz.py", "--cases", "4", "--longest", "1000", "--only", "text",
                         "--memory", "10")  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 of 4"
    assert "memory: " in done.stderr


def test_the_benchmark_of_kills_kills_runs_and_counts_them(tmp_path: Path) -> None:
    done = run_benchmark("faults.py", str(_few(tmp_path)), "--kills", "1", "--documents", "1",
                         "--workers", "1")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "1 of 1"


def test_the_benchmark_of_kills_notices_data_that_are_not_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import faults

    out = tmp_path / "out"
    assert main(["corpus", str(_few(tmp_path)), "--out", str(out), "--workers", "1"]) == 0
    bench = object.__new__(faults.Bench)
    bench.out, bench.before, bench.after = out, {}, faults.visible(out)
    bench.check_moment()
    parts = sorted(out.glob("numbers/*.parquet"))
    shutil.copy(parts[0], parts[0].with_name("9.parquet"))
    with pytest.raises(faults.Broken, match=r"9\.parquet"):
        bench.check_moment()
    parts[0].with_name("9.parquet").unlink()
    parts[0].unlink()
    with pytest.raises(faults.Broken):
        bench.check_moment()


def _few(folder: Path) -> Path:
    few = folder / "few"
    few.mkdir()
    for path in sorted(SAMPLE.glob("*-culture-*.md")):
        shutil.copy(path, few)
    return few


def test_the_benchmark_of_scale_measures_growth_and_a_run_with_nothing_to_do(
    tmp_path: Path,
) -> None:
    done = run_benchmark("scale.py", str(_few(tmp_path)), "--repeats", "1", "--documents", "2",
                         "--copies", "3", "--only", "growth")  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if "| " in line]
    measured = {row[0]: row[1] for row in rows}
    growth = measured["growth: 6 documents against 2"]
    few, many = re.findall(r"([\d.]+) s", growth)
    assert float(few) > 0 and float(many) > 0
    memory = measured["memory of the main process, 2 and 6 documents"]
    assert all(int(megabytes) > 10 for megabytes in re.findall(r"(\d+) MB", memory))
    worker = measured["memory a worker, Java included, over 6 documents"]
    assert int(worker.removesuffix(" MB")) > 10
    nothing = measured["resume with nothing to do, these 6 documents"]
    assert 0 < float(nothing.removesuffix(" s")) < float(many)


def test_the_benchmark_of_scale_takes_no_run_that_read_less(tmp_path: Path) -> None:
    few = _few(tmp_path)
    (few / "broken.pdf").write_bytes(b"%PDF-1.5 broken")
    done = run_benchmark("scale.py", str(few), "--repeats", "1", "--only", "growth",
                         "--copies", "1")  # fmt: skip
    assert done.returncode == 1
    assert "broken.pdf" in done.stderr
    assert "growth" not in done.stdout.partition("measured")[2]


def test_the_benchmark_of_scale_takes_the_last_line_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import scale

    arguments = ("--cases", "3", "--only", "text", "--longest", "1000")
    assert scale.measure_other("fuzz.py", *arguments) == "3 of 3"
    with pytest.raises(SystemExit, match="no result"):
        scale.measure_other("fuzz.py", "--only", "none such")
