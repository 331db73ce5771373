"""Questions to a corpus: answers worked out by hand, exact, and nothing but reading."""

import csv
import io
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import pytest

from budgetkit.cli import main
from budgetkit.corpus import write_corpus
from budgetkit.corpus.answers import csv_of, json_of, lines_of
from budgetkit.corpus.query import Answer, Column, ask, open_corpus, questions
from budgetkit.display import display_width
from budgetkit.language import in_language

SAMPLE = Path(__file__).parent.parent / "data" / "corpus-sample"
QINGSHI, DONGTAN = "云岭省青石市", "云岭省东滩市"


def quiet(line: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented disclosures as a corpus, the one that is a PDF left out."""
    folder = tmp_path_factory.mktemp("corpus")
    documents = folder / "documents"
    shutil.copytree(SAMPLE, documents, ignore=shutil.ignore_patterns("*.pdf"))
    write_corpus(documents, folder / "out", workers=1, clean=False, progress=quiet)
    return folder / "out"


def records(answer: Answer) -> list[dict[str, Any]]:
    names = [column.name for column in answer.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows]


def test_three_public_expenses_are_summed_by_place_without_units_and_blanks(out: Path) -> None:
    """青石 2025: 4.50 + 12.50 of one bureau, 6.00 + 9.50 + 22.00 abroad of the other."""
    rows = {(row["place"], row["year"]): row for row in records(ask(out, "three-public"))}
    found = rows[QINGSHI, 2025]
    assert (found["offices"], found["stating"], found["units"]) == (2, 2, 0)
    assert found["total"] == Decimal("54.5")
    assert found["travel_abroad"] == Decimal(22)
    assert found["receptions"] == Decimal("10.5")
    assert found["vehicles"] == Decimal(22)
    assert (found["most"], found["of"]) == (Decimal("37.5"), "云岭省青石市文化和旅游局")
    # One bureau prints 3.20 of receptions, the other a blank: nobody printed a sum with a zero.
    assert rows[DONGTAN, 2025]["receptions"] == Decimal("3.2")
    assert rows[DONGTAN, 2025]["total"] == Decimal("17.2")  # 112,000 元 and 6.00 万元


def test_a_unit_is_summed_only_where_its_department_is_not_there(out: Path) -> None:
    """Of 青石 2026 the bureau itself is the PDF that was left out, its aid station is here."""
    with open_corpus(out) as connection:
        units = connection.sql("SELECT key, unit_of FROM offices WHERE unit_of IS NOT NULL")
        assert units.fetchall() == []
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE documents AS SELECT * FROM (VALUES "
            "('a', '甲市', '甲市民政局(汇总)', 2026, 'budget', 'consistent'), "
            "('b', '甲市', '甲市民政局(本级)', 2026, 'budget', 'consistent'), "
            "('c', '甲市', '甲市民政局救助站', 2026, 'budget', 'consistent'), "
            "('d', '甲市', '甲市民政局救助站', 2025, 'budget', 'consistent'), "
            "('e', '乙市', '甲市民政局救助站', 2026, 'budget', 'consistent'), "
            "('f', '甲市', '甲市人民政府', 2026, 'budget', 'consistent'), "
            "('g', '甲市', '甲市人民政府办公室', 2026, 'budget', 'consistent'), "
            "('h', NULL, '民政局', 2026, 'budget', 'consistent'), "
            "('i', NULL, '民政局', 2026, 'budget', 'consistent'), "
            "('j', '甲市', '甲市民政局', 2026, 'budget', 'failed')"
            ") AS t(key, place, department, year, kind, status)"
        )
        connection.execute(relation("offices"))
        found = connection.sql("SELECT key, unit_of, office FROM offices ORDER BY key").fetchall()
    owner = {key: unit_of for key, unit_of, _ in found}
    assert {key for key, of in owner.items() if of} == {"b", "c"}
    assert owner["c"] == "甲市民政局(汇总)"
    offices = [office for _, _, office in found]
    assert len(set(offices)) == len(offices) - 1  # c and d are one office in two years


def relation(name: str) -> str:
    from budgetkit.vocabulary import load

    rows = load("questions.toml")["relation"]
    return next(str(row["sql"]) for row in rows if row["name"].partition("(")[0] == name)


def test_the_share_of_personnel_is_of_basic_expenditure_in_any_unit(out: Path) -> None:
    """583.1031 of 653.7031 万元, printed in 元: 89.1999… %."""
    rows = {row["key"]: row for row in records(ask(out, "personnel", {"year": "2025"}))}
    found = rows["dongtan-civil-affairs-2025"]
    assert found["basic"] == Decimal("653.7031")
    assert found["personnel"] == Decimal("583.1031")
    assert found["operating"] == Decimal("70.6")
    assert found["share"] == Decimal("89.20")
    assert rows["qingshi-culture-2025"]["share"] == Decimal("84.65")  # 431.70 of 510.00
    assert all(row["year"] == 2025 for row in rows.values())
    assert "dongtan-civil-affairs-final-2024" not in rows
    final = records(ask(out, "personnel", {"kind": "final_accounts"}))
    assert [row["share"] for row in final] == [Decimal("89.44")]  # 570.12 of 637.42


def test_growth_is_from_the_published_year_before_where_there_is_one(out: Path) -> None:
    rows = {row["key"]: row for row in records(ask(out, "growth"))}
    published = rows["qingshi-culture-2026"]
    # Its own text implies 902.00; the document of 2025 published 922.00.
    assert (published["before"], published["now"]) == (Decimal(922), Decimal(1036))
    assert published["growth"] == Decimal("12.36")  # 114 of 922: 12.364…
    assert published["source"] == "published" and published["base"] is None
    implied = rows["qingshi-culture-2025"]
    assert (implied["before"], implied["change"]) == (Decimal(929), Decimal(-7))
    assert implied["growth"] == Decimal("-0.75")  # 7 of 929: 0.7535…
    assert (implied["source"], implied["base"]) == ("implied", "比上年预算")
    assert "dongtan-civil-affairs-2025" not in rows  # says nothing of its year before
    growths = [row["growth"] for row in records(ask(out, "growth", {"quantity": "project"}))]
    assert growths == sorted(growths, reverse=True)
    assert growths[0] == Decimal("24.03")  # 511.00 after 412.00


def test_standards_of_a_programme_stand_on_one_scale(out: Path) -> None:
    rows = records(ask(out, "standards", {"words": "高龄 津贴"}))
    assert [(row["place"], row["year"], row["monthly"]) for row in rows] == [
        (DONGTAN, 2025, Decimal(125)),
        (DONGTAN, 2026, Decimal(125)),
        (QINGSHI, 2025, Decimal(90)),
    ]
    assert rows[0]["printed"] == "1500 元/人/年"
    assert rows[2]["receivers"] == Decimal(5000)
    assert ask(out, "standards", {"words": "高龄 残疾"}).rows == ()


def test_the_year_before_is_told_beside_what_was_published(out: Path) -> None:
    rows = {(row["key"], row["quantity"]): row for row in records(ask(out, "year-before"))}
    assert rows["qingshi-culture-2026", "project"]["outcome"] == "differs"
    assert rows["qingshi-culture-2026", "project"]["difference"] == Decimal(-200_000)
    assert rows["qingshi-culture-2026", "basic"]["outcome"] == "agrees"
    assert rows["dongtan-civil-affairs-2026", "basic"]["outcome"] == "agrees_by_rounding"
    assert rows["dongtan-culture-2026", "basic"]["outcome"] == "other_base"


def test_contradicted_documents_and_their_findings_are_told(tmp_path: Path) -> None:
    rules = Path(__file__).parent / "rules"
    documents = tmp_path / "documents"
    documents.mkdir()
    for name in ("structure.roll_up.good.md", "structure.roll_up.bad.md"):
        shutil.copy(rules / name, documents)
    (documents / "broken.pdf").write_bytes(b"%PDF-1.4\n")
    write_corpus(documents, tmp_path / "out", workers=1, clean=False, progress=quiet)
    (row,) = records(ask(tmp_path / "out", "contradicted"))
    # 73.74 and its three rows of six numbers: 4/6.
    assert (row["key"], row["contradicted"], row["numbers"]) == ("structure-roll-up-bad", 4, 6)
    assert (row["share"], row["rule"]) == (Decimal("66.67"), "structure.roll_up")
    (finding,) = records(ask(tmp_path / "out", "findings"))
    assert finding["source"] == "structure.roll_up.bad.md"
    assert "9.46 → 9.49" in finding["suspects"] and "row 21011" in finding["where"]
    (quality,) = records(ask(tmp_path / "out", "quality"))
    assert (quality["documents"], quality["failed"]) == (3, 1)
    assert quality["confirmed"] + quality["unchecked"] + quality["contradicted"] == 100


def test_sql_sees_every_data_set_and_its_decimals_are_exact(out: Path) -> None:
    answer = ask(
        out,
        sql="SELECT text, value, yuan FROM numbers WHERE key = $key AND text = $text LIMIT 1",
        values={"key": "dongtan-civil-affairs-2025", "text": "6,537,031"},
    )
    assert answer.rows == (("6,537,031", Decimal(6537031), Decimal(6537031)),)
    assert csv_of(answer) == 'text,value,yuan\n"6,537,031",6537031,6537031\n'
    share = ask(out, sql="SELECT percent(1, 3) AS a, percent(-1, 8) AS b, percent(1, 0) AS c")
    assert share.rows == ((Decimal("33.33"), Decimal("-12.50"), None),)
    (money,) = ask(out, sql="SELECT myriad(0.01), myriad(123456789012.34)").rows
    assert money == (Decimal("0.000001"), Decimal("12345678.901234"))


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM docments", "line 1, at: docments"),
        ("SELECT key\nFROM documents\nWHERE yeer = 1", "line 3, at: yeer = 1"),
        ("SELEC 1", "syntax error"),
        ("SELECT 1; SELECT 2", "one statement that reads"),
        ("COPY documents TO 'stolen.csv'", "one statement that reads"),
        ("DROP VIEW documents", "one statement that reads"),
        ("SELECT * FROM read_text('/etc/hostname')", "disabled by configuration"),
        ("SELECT * FROM read_csv('https://example.org/a.csv')", "disabled by configuration"),
        ("SELECT * FROM documents WHERE year = $year", "add year="),
        ("", "no such question"),
    ],
)
def test_sql_that_is_wrong_or_does_more_than_read_is_one_line(
    out: Path, capsys: pytest.CaptureFixture[str], sql: str, told: str
) -> None:
    assert (
        main(["query", str(out), "nothing"] if not sql else ["query", str(out), "--sql", sql]) == 2
    )
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert told in captured.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["persone"], "did you mean personnel?"),
        (["personnel", "yeer=2026"], "personnel has no such parameter; it has kind, year, place"),
        (["personnel", "year=this"], "year=this: this is no integer"),
        (
            ["personnel", "kind=budgt"],
            "kind=budgt: there is no such value; give one of budget, final",
        ),
        (["growth", "quantity=nosuch"], "quantity=nosuch: there is no such value; give one of "),
        (["personnel", "growth"], "growth: one question at a time"),
        (["personnel", "--sql", "SELECT 1"], "not both"),
    ],
)
def test_a_question_that_is_not_known_is_one_line(
    out: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert main(["query", str(out), *words]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and told in err


def test_a_folder_that_is_no_corpus_is_told(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", str(tmp_path), "personnel"]) == 2
    assert "this is no corpus" in capsys.readouterr().err
    damaged = tmp_path / "it's [damaged]*"
    shutil.copytree(out, damaged)
    assert ask(damaged, sql="SELECT count(*) FROM documents").rows == ((9,),)
    (part,) = (damaged / "totals").glob("*.parquet")
    part.write_bytes(part.read_bytes()[:100])
    assert main(["query", str(damaged), "personnel"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "cannot be read" in err


def test_a_corpus_in_an_object_store_is_asked_where_it_is(out: Path) -> None:
    store = fsspec.filesystem("memory")
    store.put(str(out), "/asked", recursive=True)
    try:
        assert ask("memory://asked", "personnel").rows == ask(out, "personnel").rows
    finally:
        store.rm("/asked", recursive=True)


def test_the_command_lists_the_questions_and_answers_in_three_forms(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", str(out), "--language", "zh"]) == 0
    listed = capsys.readouterr().out
    assert all(question.zh in listed for question in questions().values())
    assert main(["query", str(out), "--json", "personnel", "year=2026", "--language", "zh"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["question"] == "personnel" and told["columns"][3]["title"] == "基本支出"
    assert all(isinstance(row["share"], str) for row in told["rows"])
    path = tmp_path / "answer.csv"
    assert main(["query", str(out), "personnel", "year=2026", "--csv", str(path)]) == 0
    assert capsys.readouterr().out == ""
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert [row["share"] for row in rows] == [row["share"] for row in told["rows"]]
    assert main(["query", str(out), "personnel"]) == 0
    shown = capsys.readouterr().out
    assert "Share of personnel" in shown and "rows: 8" in shown


def test_columns_of_chinese_are_aligned_and_only_a_terminal_cuts_texts() -> None:
    long = "云岭省青石市文化和旅游局\x1b[2Jand more than fits"
    answer = Answer(
        (Column("name", "name"), Column("amount", "amount", unit="万元")),
        ((long, Decimal("1234.5")), ("a", Decimal("0.25")), (None, None)),
    )
    whole = list(lines_of(answer))
    assert whole[1].endswith("  1,234.5 ") or whole[1].endswith("  1,234.5")
    assert "\x1b" not in "".join(whole) and "[U+001B]" in whole[1]
    cut = list(lines_of(answer, 30))
    assert all(display_width(line) <= 30 for line in cut)
    assert "…" in cut[1] and "1,234.5" in cut[1]
    assert cut[1].index("1,234") and display_width(cut[1].partition("1,234")[0]) == display_width(
        cut[2].partition("0.25")[0]
    ) - len("1,234") + len("0")


def test_answers_are_the_same_in_both_languages(out: Path) -> None:
    for name in questions():
        answer = ask(out, name)
        with in_language("zh"):
            chinese = ask(out, name)
            assert all(line == line.rstrip() for line in lines_of(chinese))
            assert json.loads(json_of(chinese))["question"] == name
        assert chinese.rows == answer.rows
        assert [column.name for column in answer.columns] == [
            column.name for column in questions()[name].columns
        ]
