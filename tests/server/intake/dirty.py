"""A loan ledger workbook with every kind of dirt a bank has shown, and the truth about its rows.

Titles above, headings in two rows with merged groups, headings again on every page, subtotals,
totals, signatures, blank rows, customers merged down their loans. Deterministic.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from tests.server.bank import resident_id
from tests.server.intake.dirt import CASES, LIMIT_OF_A_CELL, Cells, Formula, Truth

ROWS: Final = 2000
AS_OF: Final = dt.date(2026, 2, 28)
PAGE: Final = 250
GROUPS: Final = (
    ("客户信息", ("姓名", "证件号码", "联系电话")),
    ("贷款信息", ("合同编号", "贷款金额", "执行利率", "月利率", "放款日期", "到期日期", "期限")),
    ("还款信息", ("还款方式", "贷款余额", "状态")),
    ("其他", ("担保方式", "支行", "客户经理", "用途", "备注")),
)
COLUMNS: Final = ("序号", *(heading for _, group in GROUPS for heading in group))
SHOWN: Final = {
    "贷款金额": "贷款金额\n（元）",
    "月利率": "月利率（‰）",
    "贷款余额": "贷款余额（万元）",
}
_PLACE: Final = {heading: place for place, heading in enumerate(COLUMNS)}
_MERGED: Final = ("姓名", "证件号码", "联系电话")
_SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚"


@dataclass(frozen=True, slots=True)
class DirtyRow:
    """A data row of the sheet (`row_no` as the spreadsheet shows it). `fault` is None for a row
    that must come in as `truth` says, else the field that its refusal must name.
    """

    row_no: int
    case: str
    truth: Truth
    fault: str | None


@dataclass(slots=True)
class DirtyLedger:
    """The file and the truth about it."""

    path: Path
    rows: list[DirtyRow] = field(default_factory=list)

    @property
    def good(self) -> list[DirtyRow]:
        """Rows that must come in."""
        return [row for row in self.rows if row.fault is None]

    @property
    def bad(self) -> list[DirtyRow]:
        """Rows that must be refused."""
        return [row for row in self.rows if row.fault is not None]


def write_dirty_ledger(path: Path, seed: int = 20260228) -> DirtyLedger:
    """Write the workbook."""
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        notes = book.add_worksheet("填表说明")
        notes.write(0, 0, "请勿修改表头")
        hidden = book.add_worksheet("往年")
        hidden.write_row(0, 0, ["姓名", "合同编号", "贷款金额", "备注"])
        hidden.hide()
        sheet = book.add_worksheet("贷款台账")
        # Other programs write cells longer than Excel would.
        sheet.xls_strmax = LIMIT_OF_A_CELL + 1
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        return _Writing(sheet, day, DirtyLedger(path), random.Random(seed)).run()


class _Writing:
    """One sheet on its way."""

    def __init__(
        self, sheet: Worksheet, day: Any, ledger: DirtyLedger, chance: random.Random
    ) -> None:
        self.sheet, self.day, self.ledger, self.chance = sheet, day, ledger, chance
        self.next, self.serial = 0, 0
        self.sums: Counter[str] = Counter()
        self.last: Truth | None = None

    def run(self) -> DirtyLedger:
        self._titles()
        self._headings()
        order: list[int] = []
        while len(self.ledger.rows) < ROWS:
            count = len(self.ledger.rows)
            if count and count % PAGE < 3 and count // PAGE > self.sums["pages"]:
                self._page_break()
            elif count % 97 == 5:
                self._merged_customer()
            elif count % 89 == 7:
                self._merged_amount()
            elif count % 83 == 11 and self.last is not None:
                self._twice(self.last)
            elif count % 79 == 13 and self.last is not None:
                self._other_name(self.last)
            else:
                if not order:
                    order = list(range(len(CASES)))
                    self.chance.shuffle(order)
                self._case(order.pop())
        self._foot()
        return self.ledger

    # What is no loan

    def _titles(self) -> None:
        self.sheet.merge_range(0, 0, 0, len(COLUMNS) - 1, "城东农村商业银行贷款客户台账")
        self.sheet.write(1, 0, f"截至{AS_OF.year}年{AS_OF.month}月{AS_OF.day}日")
        self.next = 3

    def _headings(self) -> None:
        top = self.next
        self.sheet.merge_range(top, 0, top + 1, 0, "序号")
        for title, group in GROUPS:
            first = _PLACE[group[0]]
            self.sheet.merge_range(top, first, top, first + len(group) - 1, title)
        for place, heading in enumerate(COLUMNS[1:], 1):
            self.sheet.write(top + 1, place, SHOWN.get(heading, heading))
        self.next += 2

    def _page_break(self) -> None:
        self.sums["pages"] += 1
        self.sheet.write(self.next, 1, "本页小计")
        self.sheet.write(self.next, _PLACE["贷款金额"], 1_234_567)
        self.next += 2
        self._headings()

    def _foot(self) -> None:
        self.sheet.write(self.next, 0, "合计")
        self.sheet.write(self.next, _PLACE["贷款金额"], 999)
        self.sheet.write(self.next + 2, 0, "制表人：张三")
        self.sheet.write(self.next + 2, 4, "审核人：李四")
        self.sheet.write(self.next + 3, 0, "制表日期：2026年3月1日")

    # Loans

    def _clean(self) -> Truth:
        self.serial += 1
        serial = self.serial
        # Every tenth number ends in X, which is what some programs spoil.
        number = resident_id(serial % 999 + 1, born=f"{1950 + serial // 999 * 7 + serial % 40}0612")
        opened = dt.date(2025, 1 + serial % 12, 13 + serial % 16)
        return Truth(
            contract_no=f"HT2025-{serial:05d}",
            name=_SURNAMES[serial % 16] + _GIVEN[serial % 20] + _GIVEN[serial // 20 % 20],
            id_no=number,
            phone=f"138{serial:08d}",
            principal=10_000_000,
            rate=Decimal("0.06"),
            disbursed_on=opened,
            balance=5_000_000,
        )

    def _cells(self, truth: Truth) -> Cells:
        return {
            "序号": len(self.ledger.rows) + 1,
            "姓名": truth.name,
            "证件号码": truth.id_no,
            "联系电话": truth.phone,
            "合同编号": truth.contract_no,
            "贷款金额": truth.principal // 100,
            "执行利率": "6%",
            "放款日期": truth.disbursed_on.isoformat(),
            "期限": 24,
            "还款方式": "等额本息",
            "贷款余额": 5,
            "状态": "正常",
            "担保方式": "信用",
            "支行": "城东支行",
        }

    def _case(self, place: int) -> None:
        case = CASES[place]
        truth, cells = case.applied(*self._pair())
        self._write(case.name, truth, cells, case.fault)
        self.next += len(self.ledger.rows) % 61 == 0  # a blank row
        if case.name == "clean":
            self.last = truth

    def _pair(self) -> tuple[Truth, Cells]:
        truth = self._clean()
        return truth, self._cells(truth)

    def _merged_customer(self) -> None:
        """Three loans of one customer, whose cells are merged down."""
        first = self._clean()
        top = self.next
        for number in range(3):
            truth = replace(first, contract_no=f"{first.contract_no}-{number}")
            cells = self._cells(truth)
            if number:
                cells.update(dict.fromkeys(_MERGED, ""))
            self._write("merged customer", truth, cells, None)
        shown = self._cells(first)
        for heading in _MERGED:
            self.sheet.merge_range(top, _PLACE[heading], top + 2, _PLACE[heading], shown[heading])

    def _merged_amount(self) -> None:
        """An amount merged over two rows is the first one's alone."""
        top, place = self.next, _PLACE["贷款金额"]
        self._write("merged amount, first", *self._pair(), None)
        truth, cells = self._pair()
        self._write("merged amount, second", truth, {**cells, "贷款金额": ""}, "principal_amount")
        self.sheet.merge_range(top, place, top + 1, place, 100000)

    def _twice(self, before: Truth) -> None:
        self._write("a contract twice", before, self._cells(before), "contract_no")

    def _other_name(self, before: Truth) -> None:
        truth = replace(self._clean(), id_no=before.id_no, name="冒名顶")
        self._write("an ID number of another name", truth, self._cells(truth), "customer_name")

    def _write(self, case: str, truth: Truth, cells: Cells, fault: str | None) -> None:
        for heading, value in cells.items():
            self._put(_PLACE[heading], value)
        self.ledger.rows.append(DirtyRow(self.next + 1, case, truth, fault))
        self.next += 1

    def _put(self, place: int, value: Any) -> None:
        row = self.next
        if value == "":
            return
        if isinstance(value, Formula):
            self.sheet.write_formula(row, place, value.text, None, value.cached)
        elif isinstance(value, dt.date):
            self.sheet.write_datetime(row, place, value, self.day)
        elif isinstance(value, str):
            self.sheet.write_string(row, place, value)
        else:
            self.sheet.write_number(row, place, value)
