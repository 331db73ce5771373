"""Made-up disclosures that are consistent by construction, as a publisher would print them.

Leaf amounts are random and exact to more places than are printed; totals are sums of the exact
values; every number is rounded once, on its own, half up. Sentences come in several wordings.
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
    printed: list[str] = field(default_factory=list)

    def text(self, slip: Callable[[int, str], str] | None = None) -> str:
        """The document; `slip` may change the n-th printed number."""
        self.printed = []
        self._slip = slip
        parts = ["# 某某局2026年部门预算公开", "## 第二部分 2026年部门预算表", self._expenditure()]
        parts += [self._balance(), "## 第三部分 2026年部门预算情况说明", self._narrative()]
        return "\n\n".join(parts) + "\n\n## 第四部分 名词解释\n"

    def _show(self, value: Decimal, blank_zero: bool = False) -> str:
        if blank_zero and value == 0:
            return ""
        text = f"{rounded(value, self.places):,}"
        self.printed.append(text)
        if self._slip is not None:
            text = self._slip(len(self.printed) - 1, text)
        return text

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
            shown = [self._show(first + second), self._show(first, True), self._show(second, True)]
            return "\t".join(shown)

        lines = ["## 部门支出总体情况表", "", "单位：万元", "", heading]
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
            "单位：万元",
            "",
            "收入\t\t支出\t",
            "项目\t预算数\t功能分类\t预算数",
        ]
        for position in range(max(len(rows), len(classes))):
            left = ("", "")
            if position < len(rows):
                left = (rows[position][0], self._show(rows[position][1], True))
            right = ("", "")
            if position < len(classes):
                code, name, first, second = classes[position]
                right = (f"{code} {name}", self._show(first + second))
            lines.append("\t".join([*left, *right]))
        lines.append(f"收入总计\t{self._show(total)}\t支出总计\t{self._show(total)}")
        return "\n".join(lines)

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
        if total:
            share = self._show(100 * value / total)
            text += [f"，占{share}%", f"，占支出预算的{share}%", f"，占比{share}%"][self.wording]
        words = [
            ("比上年预算增加", "增长") if up else ("比上年预算减少", "下降"),
            ("较上年增加", "增长") if up else ("较上年减少", "下降"),
            ("同比增加", "增长") if up else ("同比减少", "下降"),
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
        Decimal(draw(st.integers(0, 100))) / 100,
        places=draw(st.sampled_from([2, 2, 2, 4])),
        wording=draw(st.integers(0, 2)),
        total_first=draw(st.booleans()),
        codes_in_three=draw(st.booleans()),
    )
