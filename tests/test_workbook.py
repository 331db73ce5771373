"""The Excel workbook: it recalculates to what is printed, and no text of the source is a formula."""

import io
import json
import re
import shutil
import subprocess
import time
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
import python_calamine

import budgetkit
import budgetkit.package
from budgetkit.cli import main
from budgetkit.formulas import SUM_RULES, sum_expression
from budgetkit.reconciliation import Reconciliation
from budgetkit.table_sheets import TableSheet, lay_out_sheet
from budgetkit.workbook import build_workbook

from .workbooks import Sheet, letters, read_workbook

KEY = "kezhou-hrss-2026"
RULES = Path(__file__).parent / "rules"
HOSTILE = ["=1+1", "+7", "-2+3", "@SUM(1)", '=HYPERLINK("http://x.invalid")']


@pytest.fixture(scope="module")
def result() -> Reconciliation:
    return budgetkit.check(budgetkit.read(KEY))


@pytest.fixture(scope="module")
def built(result: Reconciliation) -> bytes:
    return build_workbook(result.disclosure, result)


@pytest.fixture(scope="module")
def sheets(built: bytes) -> dict[str, Sheet]:
    return read_workbook(built)


def plans_of(result: Reconciliation) -> list[TableSheet]:
    return [lay_out_sheet(table, result) for table in result.disclosure.budget_tables]


def cell_of(plan: TableSheet, number: str) -> str:
    row, column = plan.places[number]
    return f"{letters(column + 1)}{row + 1}"


def read_rule(name: str) -> Reconciliation:
    return budgetkit.check(budgetkit.read(RULES / f"{name}.md"))


def hostile(tmp_path: Path) -> Reconciliation:
    rows = "".join(f"| 20{n} | {label} | 1.00 | 1.00 |\n" for n, label in enumerate(HOSTILE, 1))
    path = tmp_path / "hostile.md"
    path.write_text(
        "# =某局2026年部门预算公开\n\n## 部门支出总体情况表\n\n编制部门：=某局\n\n单位：万元\n\n"
        "| 功能分类科目编码 | 功能分类科目名称 | 合计 | =基本支出 |\n"
        f"|  | 总计 | 5.00 | 5.00 |\n{rows}",
        encoding="utf-8",
    )
    return budgetkit.check(budgetkit.read(path))


def test_every_formula_recalculates_to_the_printed_value(
    result: Reconciliation, sheets: dict[str, Sheet]
) -> None:
    numbers = {number.id: number for number in result.disclosure.ledger}
    formulas = 0
    for plan in plans_of(result):
        sheet = sheets[plan.name]
        for number in plan.places:
            cell = cell_of(plan, number)
            assert sheet.value(cell) == sheet.numbers[cell] == numbers[number].value
        formulas += len(sheet.formulas)
    assert formulas > 200


def test_every_sum_that_holds_is_a_formula(
    result: Reconciliation, sheets: dict[str, Sheet]
) -> None:
    """Where a total has several sums, one of them is; a violated one keeps what is printed."""
    plans = {number: plan for plan in plans_of(result) for number in plan.places}
    whole = {
        check.identity.left[0][1].id: check.outcome
        for outcome in ("holds", "violated")
        for check in result.check_list
        if check.rule in SUM_RULES and check.outcome == outcome and check.identity.left
        and check.identity.right and check.identity.relation == "="
    }  # fmt: skip
    assert len(whole) > 200
    for number, outcome in whole.items():
        plan = plans[number]
        is_formula = cell_of(plan, number) in sheets[plan.name].formulas
        assert is_formula == (outcome == "holds"), number


def test_a_formula_names_the_cells_that_the_sum_is_made_of(sheets: dict[str, Sheet]) -> None:
    sheet = sheets["05_general_budget_expenditure"]
    total = next(cell for cell, text in sheet.texts.items() if text == "总计")
    row = int(total[1:])
    assert sheet.formulas[f"E{row}"] == f"SUM(F{row}:G{row})"
    assert sheet.formulas[f"G{row}"] == f"G{row + 1}"
    assert sheet.formulas[f"F{row + 1}"] == f"SUM(F{row + 2},F{row + 6})"


def test_a_range_skips_blanks_and_no_other_number() -> None:
    parts = [((1, 0), False), ((3, 0), False), ((5, 0), False)]
    assert sum_expression(parts, frozenset({(1, 0), (3, 0), (5, 0)})) == "SUM(A2:A6)"
    assert sum_expression(parts, frozenset({(1, 0), (2, 0), (3, 0), (5, 0)})) == "SUM(A2,A4:A6)"
    square = [((1, 0), False), ((1, 1), False), ((2, 0), False), ((2, 1), False)]
    assert sum_expression(square, frozenset()) == "SUM(A2:A3,B2:B3)"
    assert sum_expression([((1, 0), False), ((1, 2), True)], frozenset()) == "A2-C2"
    many = [((2 * n, 0), False) for n in range(300)]
    taken = frozenset((n, 0) for n in range(600))
    assert sum_expression(many, taken).count("SUM(") == 2


def test_a_sum_within_rounding_keeps_the_printed_value_and_says_so(
    result: Reconciliation, sheets: dict[str, Sheet]
) -> None:
    rounded = 0
    for plan in plans_of(result):
        for number, total in plan.totals.items():
            if total.rounded:
                rounded += 1
                note = sheets[plan.name].notes[cell_of(plan, number)]
                assert "within rounding" in note and "四舍五入范围内" in note
    assert rounded == 25


@pytest.mark.parametrize("name", ["structure.roll_up.bad", "structure.row_total.bad"])
def test_a_sum_that_fails_keeps_the_printed_value_and_is_marked(name: str) -> None:
    result = read_rule(name)
    sheets = read_workbook(build_workbook(result.disclosure, result))
    numbers = {number.id: number for number in result.disclosure.ledger}
    failed = [(p, n) for p in plans_of(result) for n, total in p.totals.items() if total.violated]
    assert failed
    for plan, number in failed:
        sheet, cell = sheets[plan.name], cell_of(plan, number)
        assert cell not in sheet.formulas
        assert sheet.numbers[cell] == numbers[number].value
        assert "difference" in sheet.notes[cell] and "相差" in sheet.notes[cell]


def test_no_text_of_the_source_becomes_a_formula(tmp_path: Path) -> None:
    result = hostile(tmp_path)
    sheets = read_workbook(build_workbook(result.disclosure, result))
    table = sheets["01_expenditure"]
    for label in HOSTILE:
        cell = next(cell for cell, text in table.texts.items() if text == label)
        assert cell in table.quoted, "stays a text when somebody edits the cell"
    assert "=基本支出" in table.texts.values()
    for sheet in sheets.values():
        for formula in sheet.formulas.values():
            assert re.fullmatch(r"(?:SUM\([A-Z\d,:]+\)|[A-Z]+\d+|[+-])+", formula), formula
        for cell, text in sheet.texts.items():
            assert cell in sheet.quoted or not text.startswith(("=", "+", "-", "@"))


def test_csv_files_hold_the_text_as_printed(tmp_path: Path) -> None:
    result = hostile(tmp_path)
    csv = budgetkit.package.build_files(result.disclosure, result)["tables/01_expenditure.csv"]
    assert all(f",{label}," in csv.decode() for label in HOSTILE[:4])


def test_what_a_spreadsheet_cannot_hold_is_cut_or_left_out(tmp_path: Path) -> None:
    path = tmp_path / "long.md"
    path.write_text(
        "# 某局2026年部门预算公开\n\n## 部门支出总体情况表\n\n单位：万元\n\n"
        "| 编码 | 名称 | 合计 |\n|  | 总计 | 12345678901234567.25 |\n"
        f"| 201 | {'长' * 40_000}\x02 | 12345678901234567.25 |\n",
        encoding="utf-8",
    )
    result = budgetkit.check(budgetkit.read(path))
    sheet = read_workbook(build_workbook(result.disclosure, result))["01_expenditure"]
    assert max(len(text) for text in sheet.texts.values()) == 32_001
    assert list(sheet.texts.values()).count("12345678901234567.25") == 2, "no digit is lost"
    assert not any("\x02" in text for text in sheet.texts.values())


def test_sheets_are_named_by_number_and_kind(
    result: Reconciliation, sheets: dict[str, Sheet]
) -> None:
    names = list(sheets)
    assert names[:3] == ["about", "findings", "01_overall_balance"] and names[-1] == "numbers"
    assert len(names) == len(result.disclosure.budget_tables) + 3
    assert len({name.lower() for name in names}) == len(names)
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)


def test_tables_stand_as_published(result: Reconciliation, sheets: dict[str, Sheet]) -> None:
    for plan in plans_of(result):
        sheet = sheets[plan.name]
        numbers = {cell_of(plan, number) for number in plan.places}
        assert set(sheet.numbers) == numbers, "a blank stays blank"
    table = sheets["05_general_budget_expenditure"]
    assert table.merged == ["A3:C3", "A4:C4", "D3:G3", "D4:D5", "E4:E5", "F4:F5", "G4:G5"]
    assert table.frozen == "E7"
    assert "01" in table.texts.values(), "a code keeps its zero"
    assert table.formats["E7"] == "#,##0.00"


def test_links_lead_to_the_number(sheets: dict[str, Sheet]) -> None:
    """Every number of a finding is linked: to its cell in a table, else to the ledger."""
    findings = sheets["findings"]
    numbered = [c for c, text in findings.texts.items() if c[0] == "G" and text and c != "G1"]
    assert numbered
    for cell in numbered:
        place = findings.links[f"I{cell[1:]}"]
        name, target = place.replace("'", "").split("!")
        printed = Decimal(findings.texts[cell].rstrip("%").replace(",", ""))
        if name == "numbers":
            assert sheets[name].value(f"C{target[1:]}") == printed
        else:
            assert sheets[name].value(target) == printed
    for sheet in sheets.values():
        assert all(link.replace("'", "").split("!")[0] in sheets for link in sheet.links.values())


def test_the_workbook_says_where_it_comes_from(
    result: Reconciliation, sheets: dict[str, Sheet]
) -> None:
    about = set(sheets["about"].texts.values())
    assert {result.disclosure.sha256, f"budgetkit {budgetkit.__version__}"} <= about


def test_the_same_document_gives_the_same_bytes(result: Reconciliation, built: bytes) -> None:
    time.sleep(2.1)  # a zip archive counts in steps of two seconds
    assert build_workbook(result.disclosure, result) == built


def test_the_command_writes_the_workbook_and_lists_it(tmp_path: Path) -> None:
    source = str(RULES / "structure.roll_up.good.md")
    assert main(["clean", source, "--out", str(tmp_path), "--xlsx"]) == 0
    folder = next(tmp_path.iterdir())
    assert (folder / f"{folder.name}.xlsx").is_file()
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["resources"][-1]["path"] == f"{folder.name}.xlsx"
    import frictionless

    assert frictionless.validate(str(folder / "datapackage.json")).valid
    assert main(["clean", source, "--out", str(tmp_path)]) == 0
    assert not list(folder.glob("*.xlsx")), "never beside data that it does not belong to"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_libreoffice_calculates_the_printed_values(
    result: Reconciliation, built: bytes, tmp_path: Path
) -> None:
    """The values that came with the formulas are taken out first, so that it has to calculate."""
    bare = tmp_path / "bare.xlsx"
    with (
        zipfile.ZipFile(io.BytesIO(built)) as archive,
        zipfile.ZipFile(bare, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in archive.namelist():
            data = archive.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", data)
            out.writestr(name, data)
    target = tmp_path / "out"
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
         "--convert-to", "xlsx", "--outdir", str(target), str(bare)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    book = python_calamine.load_workbook(target / "bare.xlsx")
    numbers = {number.id: number for number in result.disclosure.ledger}
    for plan in plans_of(result):
        rows = book.get_sheet_by_name(plan.name).to_python(skip_empty_area=False)
        for number, (row, column) in plan.places.items():
            assert round(Decimal(rows[row][column]), 8) == numbers[number].value, number
