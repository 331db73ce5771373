"""The culprit is named: hand-worked examples, and random tables with one planted slip."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import budgetkit
from budgetkit.blocks import Where
from budgetkit.effort import Effort
from budgetkit.feasibility import find_conflicts
from budgetkit.identities import Identity, terms_of
from budgetkit.ledger import Number
from budgetkit.localise import localise_findings
from budgetkit.reconcile import Check, Finding, check_identity, find_findings
from budgetkit.slips import find_slip

SUM = "structure.list_sum"
SAME = "across.same_quantity"
SHARE = "narrative.share"

EXPENDITURE = """\
# 某局2026年部门预算公开

## 部门支出总体情况表

单位：万元

| 功能分类科目编码 | 功能分类科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 总计 | 300.00 | 180.00 | 120.00 |
| 208 | 社会保障和就业支出 | 210.00 | 130.00 | 80.00 |
| 20801 | 人力资源和社会保障管理事务 | 210.00 | 130.00 | 80.00 |
| 2080101 | 行政运行 | 127.50 | 97.50 | 30.00 |
| 2080150 | 事业运行 | 82.50 | 32.50 | 50.00 |
| 210 | 卫生健康支出 | 90.00 | 50.00 | 40.00 |
| 21011 | 行政事业单位医疗 | 90.00 | 50.00 | 40.00 |
| 2101101 | 行政单位医疗 | 61.00 | 43.00 | 18.00 |
| 2101102 | 事业单位医疗 | 29.00 | 7.00 | 22.00 |

第四部分 名词解释
"""


def number(number_id: str, text: str, unit: str = "元") -> Number:
    """A number as printed; its precision is that of the text."""
    plain = text.replace(",", "").rstrip("%")
    places = len(plain.partition(".")[2])
    half = Decimal(5).scaleb(-places - 1)
    return Number(number_id, text, Decimal(plain), half, unit, "prose", Where(line=1))


def total_is(whole: Number, *parts: Number) -> Identity:
    return Identity(SUM, terms_of([whole]), terms_of(parts), note=f"{whole.id} over its parts")


def same(first: Number, second: Number) -> Identity:
    return Identity(SAME, terms_of([first]), terms_of([second]), exact=True, note="the same")


def share_of(percent: Number, part: Number, whole: Number) -> Identity:
    return Identity(
        SHARE, terms_of([percent]), terms_of([part]), per=terms_of([whole]), note="share"
    )


def checks_of(*identities: Identity) -> list[Check]:
    return [check_identity(identity, f"c{i}") for i, identity in enumerate(identities, start=1)]


def localised(*identities: Identity) -> list[Finding]:
    checks = checks_of(*identities)
    numbers = {n.id: n for i in identities for _, n in (*i.left, *i.right, *i.per)}
    ledger = list(numbers.values())
    return localise_findings(find_findings(checks, ledger), checks, ledger)


def suspects_of(finding: Finding) -> list[tuple[str, str]]:
    return [(suspect.number, suspect.repair) for suspect in finding.suspects]


def check_text(text: str, folder: Path) -> list[Finding]:
    path = folder / "copy.md"
    path.write_text(text, encoding="utf-8")
    result = budgetkit.check(budgetkit.read(path))
    return [f for f in result.finding_list if f.level == "inconsistent"]


def test_the_unchanged_table_has_no_finding(tmp_path: Path) -> None:
    assert check_text(EXPENDITURE, tmp_path) == []


@pytest.mark.parametrize(
    ("right", "wrong", "printed", "repair", "slip"),
    [
        ("127.50 | 97.50", "127.50 | 95.70", "95.70", "97.50", "neighbouring digits are swapped"),
        ("127.50 | 97.50", "127.50 | 975.0", "975.0", "97.50", "one place too far to the right"),
        ("127.50 | 97.50", "127.50 | 9.75", "9.75", "97.50", "one place too far to the left"),
        ("127.50 | 97.50", "127.50 | 47.50", "47.50", "97.50", "one digit differs (4 for 9)"),
        ("| 130.00 | 80.00", "| 130.00 | 30.00", "30.00", "80.00", "one digit differs (3 for 8)"),
        ("300.00 | 180.00", "200.00 | 180.00", "200.00", "300.00", "one digit differs (2 for 3)"),
    ],
)
def test_one_wrong_cell_is_the_only_suspect(
    tmp_path: Path, right: str, wrong: str, printed: str, repair: str, slip: str
) -> None:
    assert right in EXPENDITURE
    (finding,) = check_text(EXPENDITURE.replace(right, wrong, 1), tmp_path)
    (suspect,) = finding.suspects
    assert (suspect.printed, Decimal(suspect.repair)) == (printed, Decimal(repair))
    assert slip in suspect.why


def test_two_slips_that_share_no_identity_are_two_findings(tmp_path: Path) -> None:
    text = EXPENDITURE.replace("127.50 | 97.50", "127.50 | 95.70", 1)
    text = text.replace("61.00 | 43.00", "61.00 | 34.00", 1)
    findings = check_text(text, tmp_path)
    assert [[s.printed for s in finding.suspects] for finding in findings] == [["95.70"], ["34.00"]]
    assert [Decimal(f.suspects[0].repair) for f in findings] == [Decimal("97.5"), Decimal(43)]


def test_two_slips_that_meet_in_one_total_are_explained_by_both(tmp_path: Path) -> None:
    text = EXPENDITURE.replace("127.50 | 97.50", "127.50 | 95.70", 1)
    text = text.replace("82.50 | 32.50", "82.50 | 39.50", 1)
    (finding,) = check_text(text, tmp_path)
    assert {(s.printed, Decimal(s.repair)) for s in finding.suspects} == {
        ("95.70", Decimal("97.50")),
        ("39.50", Decimal("32.50")),
    }
    assert all("together with" in suspect.why for suspect in finding.suspects)


def test_a_cell_in_the_next_column_is_said_to_have_moved(tmp_path: Path) -> None:
    text = EXPENDITURE.replace("| 29.00 | 7.00 | 22.00 |", "| 29.00 | 29.00 |  |", 1)
    text = text.replace("90.00 | 50.00 | 40.00", "90.00 | 43.00 | 47.00")
    text = text.replace("300.00 | 180.00 | 120.00", "300.00 | 173.00 | 127.00")
    (finding,) = check_text(text, tmp_path)
    assert (finding.suspects[0].printed, finding.suspects[0].repair) == ("29.00", "29.00")
    assert "moved to column" in finding.suspects[0].why


def test_a_lost_row_is_named_with_its_amounts(tmp_path: Path) -> None:
    text = EXPENDITURE.replace("| 2101102 | 事业单位医疗 | 29.00 | 7.00 | 22.00 |\n", "", 1)
    (finding,) = check_text(text, tmp_path)
    assert "row seems to be missing" in finding.suspects[0].why
    assert all(amount in finding.suspects[0].why for amount in ("29.00", "7.00", "22.00"))


def test_where_two_repairs_are_equally_good_both_are_shown() -> None:
    # 50 + 40 is 90. Nothing else is known: any of the three may be wrong; 95 → 90 is one digit,
    # 40 → 45 is one digit, 50 → 55 is one digit.
    whole, one, two = number("w", "95"), number("a", "50"), number("b", "40")
    (finding,) = localised(total_is(whole, one, two))
    assert set(suspects_of(finding)) == {("w", "90"), ("a", "55"), ("b", "45")}


def test_a_number_that_is_confirmed_elsewhere_is_no_suspect() -> None:
    whole, one, two = number("w", "95"), number("a", "50"), number("b", "40")
    again, other = number("w2", "95"), number("a2", "50")
    (finding,) = localised(total_is(whole, one, two), same(whole, again), same(one, other))
    assert suspects_of(finding) == [("b", "45")]


def test_the_repeated_item_of_a_list_is_one_finding_with_its_confirmations() -> None:
    # 4500 + 1400 + 18000 + 5000 = 28900, printed 29400, in three places; a fourth says 5000.
    identities: list[Identity] = []
    first: dict[str, Number] = {}
    for place in range(1, 5):
        items = {
            name: number(f"{name}{place}", text)
            for name, text in {
                "festival": "4500" if place < 4 else "5000",
                "winter": "1400",
                "widow": "18000",
                "office": "5000",
                "total": "29400",
            }.items()
        }
        identities.append(total_is(*[items[n] for n in ("total", "festival", "winter", "widow",
                                                        "office")]))  # fmt: skip
        for name, item in items.items():
            if name in first:
                identities.append(same(first[name], item))
            first.setdefault(name, item)
    (finding,) = localised(*identities)
    assert suspects_of(finding) == [("festival1", "5000")]
    assert finding.suspects[0].copies == ("festival2", "festival3")
    assert "printed alike, and to be changed alike, in" in finding.suspects[0].why
    assert "5000 makes 29400 = 5000 + 1400 + 18000 + 5000" in finding.suspects[0].why
    assert "4 other numbers confirm it: 5000 " in finding.suspects[0].why


def test_a_wrong_percentage_is_told_from_a_wrong_amount() -> None:
    # 30 of 120 is 25.00%; the amounts are printed twice, the percentage once.
    part, whole = number("p", "30.00"), number("w", "120.00")
    twice = [same(part, number("p2", "30.00")), same(whole, number("w2", "120.00"))]
    (finding,) = localised(share_of(number("s", "52.00%", "%"), part, whole), *twice)
    assert suspects_of(finding) == [("s", "25.00")]
    # 30 + 90 = 120; 30 is printed as 80, its percentage and the sum are right.
    part, rest = number("p", "80.00"), number("r", "90.00")
    (finding,) = localised(
        share_of(number("s", "25.00%", "%"), part, whole),
        share_of(number("t", "75.00%", "%"), rest, whole),
        total_is(whole, part, rest),
    )
    assert suspects_of(finding) == [("p", "30.00")]


@pytest.mark.parametrize(
    ("printed", "repair", "words"),
    [
        ("29,400", "2.94", "万元 and 元"),
        ("-3.00", "3.00", "sign"),
        ("61.8", "6.18", "too far to the right"),
        ("0.618", "6.18", "too far to the left"),
        ("109.00", "19.00", "digit too many"),
        ("19.00", "109.00", "digit is missing"),
        ("10.00", "9.99", "last place is off by one"),
        ("12.34", "56.78", ""),
    ],
)
def test_the_kind_of_slip_is_told(printed: str, repair: str, words: str) -> None:
    assert words in find_slip(number("n", printed), Decimal(repair)).text
    assert bool(words) == (find_slip(number("n", printed), Decimal(repair)).rank < 9)


def grid(rows: list[str], columns: list[str], whole: str) -> list[Identity]:
    """Three by three cells of 1.00 with their printed totals."""
    cells = [[number(f"x{r}{c}", "1.00") for c in range(3)] for r in range(3)]
    sides = [number(f"r{i}", text) for i, text in enumerate(rows)]
    feet = [number(f"c{i}", text) for i, text in enumerate(columns)]
    corner = number("all", whole)
    return [
        *[total_is(side, *row) for side, row in zip(sides, cells, strict=True)],
        *[total_is(feet[c], *(row[c] for row in cells)) for c in range(3)],
        total_is(corner, *sides),
        total_is(corner, *feet),
    ]


def test_sums_that_round_alike_hold_together() -> None:
    # Every cell may be 1.0025: rows and columns 3.0075, printed 3.01; all 9.0225, printed 9.02.
    checks = checks_of(*grid(["3.01"] * 3, ["3.01"] * 3, "9.02"))
    assert {check.outcome for check in checks} == {"holds_by_rounding"}
    assert find_conflicts(checks) == []


def test_sums_that_round_against_each_other_cannot_hold_together() -> None:
    # Rows need at least 3.005 + 3.005 + 2.995 = 9.005, columns allow at most 2.995 + 2.995 + 3.005.
    checks = checks_of(*grid(["3.01", "3.01", "3.00"], ["2.99", "2.99", "3.00"], "9.00"))
    assert all(check.outcome.startswith("holds") for check in checks)
    (conflict,) = find_conflicts(checks)
    # The rows against the columns: without any one of these six there is room.
    assert {check.id for check in conflict} == {"c1", "c2", "c3", "c4", "c5", "c6"}


def test_a_share_and_a_sum_can_hold_alone_and_not_together() -> None:
    # 33.35% is below 33.355% of at most 10.005, so a is at most 3.3372. The sum needs at least
    # 6.685 with b at most 3.345, so a is at least 3.34.
    part, rest = number("a", "3.34"), number("b", "3.34")
    share = share_of(number("s", "33.35%", "%"), part, number("w", "10.00"))
    alone = checks_of(share, total_is(number("t", "6.69"), part, rest))
    assert {check.outcome for check in alone} == {"holds_by_rounding"}
    assert [{check.id for check in conflict} for conflict in find_conflicts(alone)] == [
        {"c1", "c2"}
    ]
    assert find_conflicts(checks_of(share, total_is(number("t", "6.68"), part, rest))) == []


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(
        st.lists(st.integers(1, 99_999), min_size=2, max_size=4), min_size=2, max_size=4
    ).filter(lambda rows: len({len(row) for row in rows}) == 1),
    where=st.integers(0, 10_000),
    off=st.integers(100, 500_000),
)
def test_a_planted_slip_is_the_first_suspect(cells: list[list[int]], where: int, off: int) -> None:
    """A matrix with true totals: every number stands in two sums, and so must be found."""
    table = [[*row, sum(row)] for row in cells]
    table.append([sum(column) for column in zip(*table, strict=True)])
    height, width = len(table), len(table[0])
    row, column = where % height, where // height % width
    true = Decimal(table[row][column]) / 100
    table[row][column] += off
    printed = [
        [number(f"n{r}.{c}", f"{Decimal(value) / 100:.2f}") for c, value in enumerate(line)]
        for r, line in enumerate(table)
    ]
    identities = [total_is(line[-1], *line[:-1]) for line in printed]
    identities += [
        total_is(printed[-1][c], *(printed[r][c] for r in range(height - 1))) for c in range(width)
    ]
    (finding,) = localised(*identities)
    assert (finding.suspects[0].number, Decimal(finding.suspects[0].repair)) == (
        f"n{row}.{column}",
        true,
    )
    assert all(c.outcome != "violated" for c in mended(identities, finding))


def mended(identities: list[Identity], finding: Finding) -> list[Check]:
    """All checks that name the first suspect, with its repair in place."""
    suspect = finding.suspects[0]

    def swap(n: Number) -> Number:
        return number(n.id, suspect.repair) if n.id == suspect.number else n

    fresh = [
        Identity(
            i.rule,
            terms_of([swap(n) for _, n in i.left]),
            terms_of([swap(n) for _, n in i.right]),
            note=i.note,
        )
        for i in identities
    ]
    return [c for c in checks_of(*fresh) if suspect.number in c.numbers]


def test_the_search_for_suspects_ends_and_says_so() -> None:
    path = Path(__file__).parent / "rules" / "structure.roll_up.bad.md"
    bad = budgetkit.check(budgetkit.read(path))
    disclosure = bad.disclosure
    groups = find_findings(bad.check_list, disclosure.ledger)
    tables = disclosure.budget_tables
    found = localise_findings(groups, bad.check_list, disclosure.ledger, tables)
    assert [len(f.suspects) > 0 for f in found] == [True]
    ended = localise_findings(groups, bad.check_list, disclosure.ledger, tables, Effort(0))
    assert [f.suspects for f in ended] == [()]
    assert ended[0].message.startswith(found[0].message)
    assert "suspects were not searched for" in ended[0].message
