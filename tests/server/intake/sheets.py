"""Small ledgers for tests of the import's pages and runs, as workbooks and as text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from tests.server.bank import resident_id

HEADINGS = (
    *("姓名", "身份证号", "手机号", "合同号", "贷款金额", "年利率", "放款日期", "期限(月)"),
    *("还款方式", "贷款余额"),
)


def ledger_row(serial: int, **changes: Any) -> list[Any]:
    """A good row of a running loan; `changes` by heading."""
    values = {
        "姓名": f"客户{'甲乙丙丁戊己庚辛壬癸'[serial % 10]}{'赵钱孙李周吴郑王'[serial % 8]}",
        "身份证号": resident_id(serial % 999 + 1, born=f"19{60 + serial // 999:02d}0101"),
        "手机号": f"139{serial:08d}",
        "合同号": f"HT{serial:05d}",
        "贷款金额": 120000,
        "年利率": "7.2%",
        "放款日期": "2026-01-15",
        "期限(月)": 12,
        "还款方式": "等额本息",
        "贷款余额": 60000,
        **changes,
    }
    return [values[heading] for heading in HEADINGS]


def workbook(
    rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS, name: str = "台账"
) -> bytes:
    """An xlsx of one sheet."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(name)
        for index, row in enumerate([headings, *rows]):
            sheet.write_row(index, 0, row)
    return stream.getvalue()


def text_table(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> bytes:
    """A csv in UTF-8."""
    lines = [",".join(map(str, row)) for row in [headings, *rows]]
    return "\n".join(lines).encode()
