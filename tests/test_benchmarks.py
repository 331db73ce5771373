"""The benchmarks still run on what they measure; how fast and how good is theirs to say."""

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
