"""The clean data in the repository are what the code makes of the raw document, and describe
themselves."""

import csv
import hashlib
import io
import itertools
import json
import re
from decimal import Decimal
from pathlib import Path

import frictionless
import pytest

import budgetkit
from budgetkit.blocks import Grid
from budgetkit.disclosure import Disclosure
from budgetkit.package import build_files, write_clean
from budgetkit.reconciliation import Reconciliation
from budgetkit.schemas import lay_out, schemas, table_schema

KEY = "kezhou-hrss-2026"
CLEAN = Path(__file__).parent.parent / "data" / "clean" / KEY
# Cells whose next neighbour with a text names a person or a telephone number.
PERSONAL = {"部门联系人", "联系电话", "项目负责人"}


@pytest.fixture(scope="module")
def disclosure() -> Disclosure:
    return budgetkit.read(KEY)


@pytest.fixture(scope="module")
def result(disclosure: Disclosure) -> Reconciliation:
    return budgetkit.check(disclosure)


@pytest.fixture(scope="module")
def built(disclosure: Disclosure, result: Reconciliation) -> dict[str, bytes]:
    return build_files(disclosure, result)


def parse_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def test_the_committed_clean_data_are_rebuilt_byte_for_byte(
    disclosure: Disclosure, result: Reconciliation, tmp_path: Path
) -> None:
    folder = write_clean(disclosure, result, tmp_path)
    fresh = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    committed = {p.relative_to(CLEAN): p.read_bytes() for p in CLEAN.rglob("*") if p.is_file()}
    assert sorted(fresh) == sorted(committed)
    stale = [str(path) for path in sorted(fresh) if fresh[path] != committed[path]]
    assert stale == [], "run: budgetkit clean kezhou-hrss-2026"


def test_frictionless_finds_nothing_to_say(tmp_path: Path, built: dict[str, bytes]) -> None:
    for path, data in built.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["title", "note"])
    assert report.stats["tasks"] == len(built) - 1


def test_frictionless_notices_a_changed_file(tmp_path: Path, built: dict[str, bytes]) -> None:
    for path, data in built.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        changed = data.replace(b"3755.39", b"3755.93") if path.endswith("02_income.csv") else data
        (tmp_path / path).write_bytes(changed)
    assert not frictionless.validate(str(tmp_path / "datapackage.json")).valid


def test_every_file_and_column_is_described(built: dict[str, bytes]) -> None:
    package = json.loads(built["datapackage.json"])
    resources = {resource["path"]: resource for resource in package["resources"]}
    assert set(resources) | {"datapackage.json"} == set(built)
    for path, resource in resources.items():
        data = built[path]
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert resource["title"] and resource["description"] and resource["source"]
        fields = resource["schema"]["fields"]
        heading = data.decode("utf-8").split("\n", 1)[0].split(",")
        assert [field["name"] for field in fields] == heading
        assert all(field["title"] and field["description"] for field in fields)
        if path.startswith("tables/"):
            amounts = [field for field in fields if field["type"] == "number"]
            assert amounts and all(field["unit"] == "万元" for field in amounts)


def test_the_package_names_the_raw_file_it_was_made_from(built: dict[str, bytes]) -> None:
    raw = (CLEAN.parent.parent / "raw" / KEY / "source.md").read_bytes()
    package = json.loads(built["datapackage.json"])
    assert package["sources"][0]["sha256"] == hashlib.sha256(raw).hexdigest()


def test_no_person_and_no_telephone_number_reaches_the_clean_data(
    disclosure: Disclosure, built: dict[str, bytes]
) -> None:
    everything = b"\n".join(built.values()).decode("utf-8")
    found = []
    for grid in (block for block in disclosure.blocks if isinstance(block, Grid)):
        for row in grid.rows:
            texts = [cell.text for cell in row if cell.text]
            for label, value in itertools.pairwise(texts):
                if label in PERSONAL:
                    found.append(value)
    # The department's contact and telephone, and the lead of each of ten projects.
    assert len(found) == 1 + 1 + 10
    leaked = [value for value in found if value in everything]
    assert leaked == []
    assert re.search(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)", everything) is None


def test_files_are_utf8_with_plain_line_ends(built: dict[str, bytes]) -> None:
    for data in built.values():
        data.decode("utf-8")
        assert not data.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in data
        assert data.endswith(b"\n")


def test_table_files_hold_every_printed_amount_once(
    disclosure: Disclosure, built: dict[str, bytes]
) -> None:
    for table in disclosure.budget_tables:
        schema = table_schema(table)
        rows = parse_rows(built[schema.path])
        amounts = [name for layout in lay_out(table) for name in layout.amounts.values()]
        written = sorted(Decimal(row[name]) for row in rows for name in amounts if row[name])
        assert written == sorted(number.value for number in table.cells.values())


def test_column_names_are_machine_readable_and_unique(disclosure: Disclosure) -> None:
    for table in disclosure.budget_tables:
        names = [field.name for field in table_schema(table).fields]
        assert len(names) == len(set(names))
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
        assert not any(name.startswith("column_") for name in names)


def test_subtotals_say_of_what_and_lists_side_by_side_are_told_apart(
    built: dict[str, bytes],
) -> None:
    balance = parse_rows(built["tables/01_overall_balance.csv"])
    last = balance[-1]
    assert (last["income_name"], last["income_amount"]) == ("收入总计", "3755.39")
    assert (last["expenditure_name"], last["expenditure_amount"]) == ("支出总计", "3755.39")
    health = next(row for row in balance if row["expenditure_functional_code"] == "210")
    assert (health["expenditure_name"], health["expenditure_amount"]) == ("卫生健康支出", "73.74")
    carryover = parse_rows(built["tables/11_carryover_detail.csv"])[0]
    assert carryover["appropriation_subtotal"] == "310.34"
    assert carryover["non_appropriation_subtotal"] == ""


def test_codes_stay_text_and_levels_say_what_adds_up(built: dict[str, bytes]) -> None:
    rows = parse_rows(built["tables/02_income.csv"])
    assert rows[0]["row_kind"] == "total"
    leaves = [row for row in rows if len(row["functional_code"]) == 7]
    assert {row["level"] for row in leaves} == {"3"}
    assert sum(Decimal(row["total"]) for row in leaves) == Decimal("3755.38")  # printed 3755.39


def test_a_project_row_has_code_name_and_project(built: dict[str, bytes]) -> None:
    rows = parse_rows(built["tables/07_general_budget_projects.csv"])
    projects = [row for row in rows if row["project_name"]]
    assert len(projects) == 11
    assert sum(Decimal(row["total"]) for row in projects) == Decimal("1416.29")
    assert {row["functional_code"] for row in projects} == {"2080199", "2080711", "2080799"}


def test_numbers_carry_place_status_and_meaning(built: dict[str, bytes]) -> None:
    rows = parse_rows(built["numbers.csv"])
    tables = [row for row in rows if row["part"] == "table"]
    assert len(tables) == 325
    assert all(row["line"] and row["start"] and row["end"] and row["status"] for row in tables)
    assert all("=" in row["facts"] for row in tables)


def test_the_old_clean_data_stay_where_writing_fails(
    disclosure: Disclosure,
    result: Reconciliation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = write_clean(disclosure, result, tmp_path)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    whole = Path.write_bytes
    written: list[Path] = []

    def write_until_full(path: Path, data: bytes) -> int:
        written.append(path)
        if len(written) > 5:
            raise OSError(28, "No space left on device")
        return whole(path, data)

    monkeypatch.setattr(Path, "write_bytes", write_until_full)
    with pytest.raises(budgetkit.SourceError, match="No space left"):
        write_clean(disclosure, result, tmp_path)
    monkeypatch.undo()
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_a_folder_of_somebody_else_is_never_replaced(
    disclosure: Disclosure, result: Reconciliation, tmp_path: Path
) -> None:
    mine = tmp_path / disclosure.key / "notes.txt"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(budgetkit.SourceError, match="not written by budgetkit"):
        write_clean(disclosure, result, tmp_path)
    assert mine.read_text(encoding="utf-8") == "mine"


def test_frames_have_the_columns_of_the_files(
    disclosure: Disclosure, result: Reconciliation
) -> None:
    for table in disclosure.budget_tables:
        frame = disclosure.tables[table.number]
        assert list(frame.columns) == [field.name for field in table_schema(table).fields]
        assert len(frame) == max(len(rows) for rows in table.rows)
    declared = [field.name for field in schemas()["numbers"].fields if field.name != "status"]
    assert list(disclosure.numbers.columns) == declared
    assert list(result.checks.columns) == [field.name for field in schemas()["checks"].fields]
    assert list(result.findings.columns) == [f.name for f in schemas()["findings"].fields]


def test_amounts_in_frames_are_exact(disclosure: Disclosure) -> None:
    income = disclosure.tables[2]
    total = income["total"].iloc[0]
    assert isinstance(total, Decimal)
    assert str(total) == "3755.39"
    assert income["government_funds_own"].isna().all()


def test_an_indicator_is_joined_to_its_table_and_its_numbers(built: dict[str, bytes]) -> None:
    numbers = {row["id"]: row for row in parse_rows(built["numbers.csv"])}
    rows = parse_rows(built["targets.csv"])
    joined = 0
    for row in rows:
        for column, value in (("value_number", "value"), ("previous_number", "previous_value"),
                              ("weight_number", "weight")):  # fmt: skip
            assert bool(row[column]) == bool(row[value])
            if row[column]:
                number = numbers[row[column]]
                assert (number["table"], number["value"]) == (row["table"], row[value])
                joined += 1
    assert joined > len(rows)
