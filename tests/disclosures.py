"""Made-up disclosures that are consistent by construction, as a publisher would print them.

Leaf amounts are random and exact to more places than are printed; totals are sums of the exact
values; every number is rounded once, on its own, half up. Tables are in 万元 or 元, with codes in one
cell, in three, or unpadded beside each other, the total above or below; sentences come in several
wordings, those of different places among them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import strategies as st

CLASSES = {
    "201": "一般公共服务支出",
    "205": "教育支出",
    "208": "社会保障和就业支出",
    "210": "卫生健康支出",
    "221": "住房保障支出",
}
SECTIONS = {"01": "管理事务", "05": "专项事务", "99": "其他事务"}
ITEMS = {"01": "行政运行", "02": "一般管理事务", "99": "其他项目支出"}


def rounded(value: Decimal, places: int) -> Decimal:
    """Rounded half up, as budgets are printed."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@dataclass(frozen=True)
class Leaf:
    """One functional item: exact basic and project expenditure, this year and last."""

    code: str
    name: str
    basic: Decimal
    project: Decimal
    last_basic: Decimal
    last_project: Decimal


@dataclass
class MadeUp:
    """A consistent disclosure and how it prints its numbers."""

    leaves: list[Leaf]
    own_share: Decimal
    places: int = 2
    wording: int = 0
    total_first: bool = True
    codes_in_three: bool = False
    in_yuan: bool = False
    split: int = 37
    """How many percent of the basic expenditure are wages, for the table by economic codes."""
    printed: list[str] = field(default_factory=list)

    def text(self, slip: Callable[[int, str], str] | None = None) -> str:
        """The document; `slip` may change the n-th printed number."""
        self.printed = []
        self._slip = slip
        parts = ["# 某某局2026年部门预算公开", "## 第二部分 2026年部门预算表", self._expenditure()]
        parts += [self._balance(), self._economic()]
        parts += ["## 第三部分 2026年部门预算情况说明", self._narrative(), self._items()]
        return "\n\n".join(parts) + "\n\n## 第四部分 名词解释\n"

    def _show(self, value: Decimal, blank_zero: bool = False) -> str:
        if blank_zero and value == 0:
            return ""
        text = f"{rounded(value, self.places):,}"
        self.printed.append(text)
        if self._slip is not None:
            text = self._slip(len(self.printed) - 1, text)
        return text

    def _cell(self, value: Decimal, blank_zero: bool = False) -> str:
        """A number of a table, in the unit of the tables."""
        return self._show(value * 10_000 if self.in_yuan else value, blank_zero)

    @property
    def _unit(self) -> str:
        return "单位：元" if self.in_yuan else "单位：万元"

    def _rows(self) -> list[tuple[str, str, Decimal, Decimal]]:
        rows: list[tuple[str, str, Decimal, Decimal]] = []
        names = {3: CLASSES, 5: SECTIONS, 7: ITEMS}
        for leaf in sorted(self.leaves, key=lambda leaf: leaf.code):
            for size in (3, 5, 7):
                code = leaf.code[:size]
                if any(row[0] == code for row in rows):
                    continue
                below = [x for x in self.leaves if x.code.startswith(code)]
                name = names[size][code if size == 3 else code[-2:]]
                rows.append(
                    (
                        code,
                        name,
                        sum((x.basic for x in below), Decimal(0)),
                        sum((x.project for x in below), Decimal(0)),
                    )
                )
        return rows

    def _expenditure(self) -> str:
        basic = sum((x.basic for x in self.leaves), Decimal(0))
        project = sum((x.project for x in self.leaves), Decimal(0))
        heading = "科目编码\t科目名称\t合计\t基本支出\t项目支出"
        blank = "\t"
        if self.codes_in_three:
            heading = "类\t款\t项\t科目名称\t合计\t基本支出\t项目支出"
            blank = "\t\t\t"

        def amounts(first: Decimal, second: Decimal) -> str:
            shown = [self._cell(first + second), self._cell(first, True), self._cell(second, True)]
            return "\t".join(shown)

        lines = ["## 部门支出总体情况表", "", self._unit, "", heading]
        if self.total_first:
            lines.append(f"{blank}合计\t{amounts(basic, project)}")
        for code, name, first, second in self._rows():
            printed = code
            if self.codes_in_three:
                printed = "\t".join([code[:3], code[3:5], code[5:7]])
            lines.append(f"{printed}\t{name}\t{amounts(first, second)}")
        if not self.total_first:
            lines.append(f"{blank}合计\t{amounts(basic, project)}")
        return "\n".join(lines)

    def _balance(self) -> str:
        total = sum((x.basic + x.project for x in self.leaves), Decimal(0))
        own = total * self.own_share
        rows = [
            ("一、一般公共预算拨款", total - own),
            ("二、政府性基金预算拨款", Decimal(0)),
            ("三、单位资金", own),
        ]
        classes = [row for row in self._rows() if len(row[0]) == 3]
        lines = [
            "## 部门收支总体情况表",
            "",
            self._unit,
            "",
            "收入\t\t支出\t",
            "项目\t预算数\t功能分类\t预算数",
        ]
        for position in range(max(len(rows), len(classes))):
            left = ("", "")
            if position < len(rows):
                left = (rows[position][0], self._cell(rows[position][1], True))
            right = ("", "")
            if position < len(classes):
                code, name, first, second = classes[position]
                right = (f"{code} {name}", self._cell(first + second))
            lines.append("\t".join([*left, *right]))
        lines.append(f"收入总计\t{self._cell(total)}\t支出总计\t{self._cell(total)}")
        return "\n".join(lines)

    def _economic(self) -> str:
        """Basic expenditure by economic codes without leading zeros (301 | 2), if one fund pays."""
        basic = sum((x.basic for x in self.leaves), Decimal(0))
        if self.own_share or not basic:
            return ""
        wages = basic * self.split / 100
        parts = [wages * 6 / 10, wages - wages * 6 / 10, basic - wages]
        rows = [
            ("301", "", "工资福利支出", wages, Decimal(0)),
            ("301", "1", "基本工资", parts[0], Decimal(0)),
            ("301", "2", "津贴补贴", parts[1], Decimal(0)),
            ("302", "", "商品和服务支出", Decimal(0), parts[2]),
            ("302", "1", "办公费", Decimal(0), parts[2]),
        ]
        lines = ["## 一般公共预算基本支出情况表", "", self._unit, ""]
        lines.append("类\t款\t科目名称\t合计\t人员经费\t公用经费")
        total = [self._cell(basic), self._cell(wages, True), self._cell(parts[2], True)]
        sums = "\t\t合计\t" + "\t".join(total)
        lines += [sums] if self.total_first else []
        for first, second, name, staff, office in rows:
            shown = [self._cell(staff + office), self._cell(staff, True), self._cell(office, True)]
            lines.append("\t".join([first, second, name, *shown]))
        lines += [] if self.total_first else [sums]
        return "\n".join(lines)

    def _items(self) -> str:
        """Every functional item in a sentence of its own, in another place's words."""
        lines = ["### 五、2026年支出预算具体情况说明", ""]
        total = sum((x.basic + x.project for x in self.leaves), Decimal(0))
        lines += [f"2026年支出预算{self._show(total)}万元，其中："]
        for number, leaf in enumerate(sorted(self.leaves, key=lambda x: x.code), start=1):
            value, last = leaf.basic + leaf.project, leaf.last_basic + leaf.last_project
            section = SECTIONS[leaf.code[3:5]]
            path = f"{CLASSES[leaf.code[:3]]}（类）{section}（款）{leaf.name}（项）"
            text = f"{number}．{path}{self._show(value)}万元"
            parts = (leaf.basic, leaf.project)
            if self.wording == 3 and all(parts):
                shown = [self._show(part) for part in parts]
                text += f"（其中：基本支出{shown[0]}万元、项目支出{shown[1]}万元）"
            lines += ["", text + self._compared(value, last) + "。"]
        return "\n".join(lines)

    def _compared(self, value: Decimal, last: Decimal) -> str:
        """A comparison with the year before: its base printed, or the change, or both equal."""
        change = value - last
        if rounded(change, self.places) == 0:
            return ""
        way, rate = ("增加", "增长") if change > 0 else ("减少", "下降")
        percent = ""
        if last and rounded(last, self.places):
            percent = f"，{rate}{self._show(100 * abs(change) / last)}%"
        if self.wording == 3 and percent:
            base = f"，比2025年年初预算数{self._show(last)}万元"
            return f"{base}{way}{self._show(abs(change))}万元{percent}"
        return f"，较上年{way}{self._show(abs(change))}万元{percent}"

    def _narrative(self) -> str:
        natures = [
            ("基本支出", "basic", "last_basic"),
            ("项目支出", "project", "last_project"),
        ]
        total = sum((x.basic + x.project for x in self.leaves), Decimal(0))
        lines = ["### 三、关于某某局2026年支出预算情况说明", ""]
        lines.append(f"某某局2026年支出预算{self._show(total)}万元，其中：")
        for name, now, before in natures:
            value = sum((getattr(x, now) for x in self.leaves), Decimal(0))
            last = sum((getattr(x, before) for x in self.leaves), Decimal(0))
            lines += ["", self._sentence(name, value, last, total)]
        return "\n".join(lines)

    def _sentence(self, name: str, value: Decimal, last: Decimal, total: Decimal) -> str:
        change = value - last
        up = change >= 0
        text = f"{name}{self._show(value)}万元"
        if total and self.wording < 3:
            share = self._show(100 * value / total)
            text += [f"，占{share}%", f"，占支出预算的{share}%", f"，占比{share}%", ""][
                self.wording
            ]
        words = [
            ("比上年预算增加", "增长") if up else ("比上年预算减少", "下降"),
            ("较上年增加", "增长") if up else ("较上年减少", "下降"),
            ("同比增加", "增长") if up else ("同比减少", "下降"),
            ("与上年相比增加", "增长") if up else ("与上年相比减少", "下降"),
        ][self.wording]
        text += f"，{words[0]}{self._show(abs(change))}万元"
        if last:
            text += f"，{words[1]}{self._show(100 * abs(change) / last)}%"
        return text + "。"


def amounts(smallest: int = 0) -> st.SearchStrategy[Decimal]:
    """Exact amounts with more places than are printed; zero now and then if `smallest` is 0."""
    if smallest:
        return st.integers(smallest * 10**4, 10**8).map(lambda n: Decimal(n).scaleb(-4))
    exact = st.integers(1, 10**8).map(lambda n: Decimal(n).scaleb(-4))
    return st.one_of(st.just(Decimal(0)), exact, exact, exact)


@st.composite
def disclosures(draw: st.DrawFn, smallest: int = 0) -> MadeUp:
    """Consistent disclosures of one to eight functional items, each amount at least `smallest`."""
    codes = draw(
        st.lists(
            st.tuples(*(st.sampled_from(list(names)) for names in (CLASSES, SECTIONS, ITEMS))).map(
                "".join
            ),
            min_size=1,
            max_size=8,
            unique=True,
        )
    )  # fmt: skip
    leaves = [
        Leaf(
            code,
            ITEMS[code[-2:]],
            draw(amounts(smallest)),
            draw(amounts(smallest)),
            draw(amounts(smallest)),
            draw(amounts(smallest)),
        )
        for code in codes
    ]
    return MadeUp(
        leaves,
        Decimal(draw(st.one_of(st.just(0), st.integers(0, 100)))) / 100,
        places=draw(st.sampled_from([2, 2, 2, 4])),
        wording=draw(st.integers(0, 3)),
        total_first=draw(st.booleans()),
        codes_in_three=draw(st.booleans()),
        in_yuan=draw(st.booleans()),
        split=draw(st.integers(1, 99)),
    )
