"""The benchmarks still run on what they measure; how fast and how good is theirs to say."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("script", "arguments", "prints"),
    [
        ("speed.py", ["--rounds", "1"], "| `import budgetkit` loads"),
        ("mutation.py", ["kezhou-hrss-2026", "--mutants", "6"], "6 mutants of kezhou-hrss-2026"),
    ],
)
def test_a_benchmark_runs_to_its_last_line(script: str, arguments: list[str], prints: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / script), *arguments],
        capture_output=True, text=True, encoding="utf-8", cwd=ROOT, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert prints in done.stdout


def test_the_corpus_benchmark_measures_a_folder(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    facsimiles = ROOT / "tests" / "facsimiles"
    shutil.copy(facsimiles / "reference.pdf", documents / "there-1.pdf")
    shutil.copy(ROOT / "tests" / "rules" / "structure.roll_up.bad.md", documents / "here-1.md")
    (documents / "here-2.pdf").write_bytes(b"%PDF-1.5 broken")
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "corpus.py"), str(documents),
         "--out", str(tmp_path / "out")],
        capture_output=True, text=True, encoding="utf-8", cwd=ROOT, timeout=300,
    )  # fmt: skip
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
