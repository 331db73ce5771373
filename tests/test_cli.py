"""The command line: what each command prints, where it writes, and its exit status."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from budgetkit.cli import main

KEY = "kezhou-hrss-2026"
RULES = Path(__file__).parent / "rules"
GOOD = str(RULES / "structure.roll_up.good.md")
BAD = str(RULES / "structure.roll_up.bad.md")
CELLS = ["15", "81", "51", "11", "45", "57", "42", "0", "0", "8", "15"]


def run_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "budgetkit", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        timeout=120,
    )


def test_a_consistent_document_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", GOOD]) == 0
    assert "nothing inconsistent" in capsys.readouterr().out


def test_an_inconsistent_document_exits_with_1_and_shows_both_sides(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", BAD]) == 1
    out = capsys.readouterr().out
    assert "73.74" in out and "26.87 + 37.38 + 9.46" in out
    assert "structure.roll_up" in out


def test_check_counts_every_table_of_the_reference_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", KEY]) == 1
    out = capsys.readouterr().out
    counted = re.findall(r"^ ?\d+  \S.*?\s{2,}(\d+)\s", out, flags=re.MULTILINE)
    assert counted == CELLS
    assert "structure.column_shift" in out


def test_check_is_short_unless_all_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", KEY])
    short = capsys.readouterr().out
    main(["check", KEY, "--all"])
    long = capsys.readouterr().out
    assert "hold by rounding (structure.roll_up)" in long
    assert "hold by rounding (structure.roll_up)" not in short
    assert len(long.splitlines()) > len(short.splitlines())


def test_the_summary_says_how_checks_findings_and_numbers_belong_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["check", BAD])
    out = capsys.readouterr().out
    assert "the findings (1 → 1); numbers in the inconsistent ones count as contradicted (4)" in out
    main(["check", GOOD])
    assert "count as contradicted" not in capsys.readouterr().out


def test_all_groups_what_could_not_be_checked_by_rule_and_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["check", KEY, "--json"])
    checks = json.loads(capsys.readouterr().out)["checks"]
    main(["check", KEY, "--all"])
    out = capsys.readouterr().out
    headed = re.findall(r"^  (\d+) not checkable \((\S+)\): (.+)$", out, flags=re.MULTILINE)
    assert len({(rule, reason) for _, rule, reason in headed}) == len(headed)
    open_checks = [check for check in checks if check["outcome"] == "not_checkable"]
    assert sum(int(count) for count, _, _ in headed) == len(open_checks) > len(headed)


def test_an_unknown_key_is_answered_with_the_nearest_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "kezhou-hrs-2026"]) == 2
    assert f"did you mean {KEY}?" in capsys.readouterr().err
    assert main(["check", "something-else"]) == 2
    assert "did you mean" not in capsys.readouterr().err


def test_check_speaks_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", KEY, "--language", "zh"]) == 1
    out = capsys.readouterr().out
    assert "部门收支总表" in out and "数据矛盾: 2" in out


def test_json_is_one_object_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", KEY, "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["schema"] == 1
    assert set(result) >= {"schema", "document", "summary", "numbers", "checks", "findings"}
    document = {"key", "title", "department", "year", "kind", "source", "sha256", "reader"}
    assert set(result["document"]) == document
    number = result["numbers"][0]
    assert set(number) >= {"id", "text", "value", "unit", "part", "table", "row", "column", "where"}
    assert set(number["where"]) == {"page", "line", "start", "end", "box"}
    ids = {n["id"] for n in result["numbers"]}
    checks = {c["id"] for c in result["checks"]}
    assert all(set(c["numbers"]) <= ids for c in result["checks"])
    assert all(set(f["checks"]) <= checks for f in result["findings"])
    summary = result["summary"]
    statuses = ("confirmed", "confirmed_by_rounding", "contradicted", "unchecked")
    assert summary["numbers"] == len(ids) == sum(summary[status] for status in statuses)
    assert summary["checks"] == len(checks)


def test_json_is_all_that_stands_on_stdout() -> None:
    """Nothing that a library says may come between: other programs read this."""
    done = run_process("check", KEY, "--json")
    assert json.loads(done.stdout)["document"]["key"] == KEY
    assert done.stderr == ""


def test_json_amounts_are_decimal_strings(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", BAD, "--json"])
    result = json.loads(capsys.readouterr().out)
    violated = [check for check in result["checks"] if check["outcome"] == "violated"]
    assert [(c["left"], c["right"], c["difference"]) for c in violated] == [
        ("73.74", "73.71", "0.03")
    ]
    assert all(isinstance(number["value"], str) for number in result["numbers"])


def test_clean_writes_below_the_given_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clean", GOOD, "--out", str(tmp_path)]) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert folder.parent == tmp_path
    assert folder.name.isascii()
    assert (folder / "datapackage.json").is_file()
    assert main(["clean", BAD, "--out", str(tmp_path)]) == 1


@pytest.mark.parametrize(
    "arguments", [[], ["chek", KEY], ["check"], ["check", KEY, "--jsn"], ["clean", KEY, "--out"]]
)
def test_a_wrong_command_shows_the_help_and_exits_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert "usage: budgetkit" in err
    assert "exit status: 0" in err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(command in out for command in ("clean", "check", "report"))


def test_colour_is_for_terminals_only() -> None:
    assert "\x1b" not in run_process("check", BAD).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_has_colour_unless_no_color_is_set() -> None:
    for no_color, coloured in (("", True), ("1", False)):
        assert ("\x1b[" in read_terminal("check", BAD, NO_COLOR=no_color)) is coloured


def read_terminal(*arguments: str, **environment: str) -> str:
    import pty

    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "budgetkit", *arguments],
        stdout=child,
        env={**os.environ, **environment},
    )
    os.close(child)
    received = b""
    while True:
        try:
            part = os.read(parent, 4096)
        except OSError:  # the end of a pseudo-terminal on Linux
            break
        if not part:
            break
        received += part
    process.wait(timeout=60)
    os.close(parent)
    return received.decode("utf-8", errors="replace")


@pytest.mark.skipif(sys.platform == "win32", reason="closed pipes are reported differently there")
def test_a_closed_pipe_is_quiet_and_keeps_the_exit_status() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "budgetkit", "check", KEY, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 1


def test_chinese_comes_out_in_utf8_whatever_the_locale() -> None:
    plain = run_process("check", KEY, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert plain.returncode == 1
    assert "克孜勒苏柯尔克孜自治州" in plain.stdout


@pytest.mark.parametrize("source", [GOOD, KEY])
def test_check_needs_no_heavy_package_and_no_java(source: str) -> None:
    code = (
        "import sys; from budgetkit.cli import main; main(['check', sys.argv[1]]); "
        "heavy = {'pandas', 'matplotlib', 'papermill', 'jpype', 'tabula', "
        "'pyarrow', 'duckdb', 'fsspec', 'distributed', 'dask'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, source], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.stderr == "[]\n"
