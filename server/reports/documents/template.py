"""The blank ledger: the headings the import knows, what each means, and lists to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any, Final

from server.domain.fields import FieldDefinition, FieldKind
from server.domain.ledger.columns import ALL
from server.domain.parsing.synonyms import Kind
from server.reports.documents import words
from server.reports.documents.ledger import OwnFields, own_columns
from server.reports.documents.sheets import Heading, Table, open_book, write_sheet

ROWS_PREPARED: Final = 5000
SHEET, GUIDE, OPTIONS = "台账", "填写说明", "选项"

_NEEDED: Final = {
    "customer_name": "必填",
    "id_no": "必填（企业填统一社会信用代码）",
    "uscc": "企业必填",
    "mobile": "必填",
    "contract_no": "必填（没有合同号可填借据号）",
    "principal_amount": "必填",
    "principal_balance": "放款后必填",
    "annual_rate": "必填（或填月利率）",
    "disbursed_on": "必填",
    "term_months": "必填（或填到期日）",
    "repay_method": "必填",
}
_MEANINGS: Final = {
    "id_no": "18 位身份证号，末位可以是 X；单元格已设为文本，不会丢位",
    "uscc": "企业的 18 位统一社会信用代码",
    "mobile": "本人手机；企业填联系电话",
    "mobile2": "本人的另一个电话",
    "principal_amount": "合同金额，单位元",
    "principal_balance": "截至填表日还没有归还的本金，单位元；结清填 0",
    "annual_rate": "填 7.2 或 7.2%，都表示年利率 7.2%",
    "monthly_rate_permille": "填 6 表示月利率 6‰；已填年利率的不用再填",
    "penalty_uplift": "填 50%，表示逾期罚息比合同利率高一半",
    "term_months": "总月数",
    "repay_day": "每月几号还款，1 到 31；留空与放款日同日",
    "instalment_amount": "每期应还的本息，单位元；没有利率时用来推算",
    "interest_due": "截至填表日欠的利息，单位元",
    "overdue_principal": "截至填表日到期未还的本金，单位元",
    "dpd": "截至填表日的逾期天数；没有逾期填 0",
    "frequency_months": "几个月还一次：按月 1，按季 3；留空按还款方式",
    "product": "与系统中的产品同名",
    "branch": "与系统中的机构同名",
    "officer": "与系统中的员工姓名相同",
}
_EXAMPLES: Final = {
    "customer_no": "C000123",
    "customer_name": "张三",
    "id_expiry_on": "2035-06-30",
    "birth_on": "1990-03-07",
    "mobile": "13800000000",
    "emergency_phone": "13900000000",
    "contract_no": "2026-0001",
    "principal_amount": "60000.00",
    "principal_balance": "52340.50",
    "annual_rate": "7.2",
    "monthly_rate_permille": "6",
    "penalty_uplift": "50%",
    "disbursed_on": "2026-01-15",
    "maturity_on": "2027-01-15",
    "term_months": "12",
    "repay_day": "15",
    "dpd": "0",
}
_FORMATS: Final = {
    Kind.TEXT: "文字",
    Kind.ENUM: "从下拉列表选择",
    Kind.BOOL: "从下拉列表选择",
    Kind.ID: "文本",
    Kind.PHONE: "文本",
    Kind.CARD: "文本",
    Kind.DATE: "日期，如 2026-01-31",
    Kind.MONEY: "金额，单位元，最多两位小数",
    Kind.RATE: "数字或百分数",
    Kind.NUMBER: "数字",
}
_OWN_KINDS: Final = {
    FieldKind.TEXT: Kind.TEXT,
    FieldKind.NUMBER: Kind.NUMBER,
    FieldKind.MONEY: Kind.MONEY,
    FieldKind.DATE: Kind.DATE,
    FieldKind.CHOICE: Kind.ENUM,
    FieldKind.YES_NO: Kind.BOOL,
}
_CELL_FORMATS: Final = {
    Kind.DATE: "yyyy-mm-dd",
    Kind.MONEY: "#,##0.00",
    Kind.NUMBER: "General",
    Kind.RATE: "General",
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "customer_type": words.CUSTOMER_TYPE_WORDS,
    "id_type": words.ID_TYPE_WORDS,
    "gender": words.GENDER_WORDS,
    "repay_method": words.METHOD_WORDS,
    "security_type": words.SECURITY_WORDS,
    "five_class": words.CLASS_WORDS,
    "loan_status": words.STATUS_WORDS,
    "rate_type": words.RATE_TYPE_WORDS,
    "day_count": words.DAY_COUNT_WORDS,
    "extended": words.YES_NO_WORDS,
    "restructured": words.YES_NO_WORDS,
}


def write_template(
    stream: IO[bytes], own: OwnFields, branches: Sequence[str], products: Sequence[str]
) -> int:
    """Write the blank ledger as xlsx; gives the number of its columns."""
    columns = _columns(own, {"branch": branches, "product": products})
    with open_book(stream) as book:
        sheet = book.add_worksheet(SHEET)
        _write_headings(book, sheet, columns)
        write_sheet(book, Table(GUIDE, _GUIDE_HEADINGS, [each.guide for each in columns]))
        _write_options(book, sheet, columns)
    return len(columns)


class _Column:
    """A column of the blank ledger."""

    def __init__(
        self,
        heading: str,
        kind: Kind,
        options: Sequence[str] = (),
        *,
        needed: str = "",
        meaning: str = "",
        example: str = "",
    ) -> None:
        self.heading, self.kind, self.options, self.needed = heading, kind, options, needed
        shown = example or (options[0] if options else "")
        self.guide = [heading, meaning, _FORMATS[kind], needed or "选填", shown]


_GUIDE_HEADINGS: Final = [
    Heading("栏目", 22),
    Heading("含义", 56),
    Heading("填写格式", 28),
    Heading("是否必填", 30),
    Heading("例子", 20),
]


def _columns(own: OwnFields, named: Mapping[str, Sequence[str]]) -> list[_Column]:
    standard = [
        _Column(
            column.label,
            column.kind,
            list(_WORDS.get(column.field, {}).values()) or named.get(column.field, ()),
            needed=_NEEDED.get(column.field, ""),
            meaning=_MEANINGS.get(column.field, ""),
            example=_EXAMPLES.get(column.field, ""),
        )
        for column in ALL
    ]
    return standard + [_own_column(heading, each) for heading, _, each in own_columns(own)]


def _own_column(heading: str, field: FieldDefinition) -> _Column:
    options = list(field.choices)
    if field.kind is FieldKind.YES_NO:
        options = list(words.YES_NO_WORDS.values())
    needed = "必填" if field.required else ""
    return _Column(heading, _OWN_KINDS[field.kind], options, needed=needed, meaning=field.hint)


def _write_headings(book: Any, sheet: Any, columns: Sequence[_Column]) -> None:
    """The cells below are formatted by what they hold: an ID number stays a text."""
    plain = {"bold": True, "bottom": 1, "bg_color": "#EEF2F6"}
    usual, needed = book.add_format(plain), book.add_format({**plain, "bg_color": "#FFE9B8"})
    formats = {kind: book.add_format({"num_format": _CELL_FORMATS.get(kind, "@")}) for kind in Kind}
    for place, column in enumerate(columns):
        width = max(2 * len(column.heading) + 4, 14)
        sheet.set_column(place, place, width, formats[column.kind])
        sheet.write_string(0, place, column.heading, needed if column.needed else usual)
    sheet.freeze_panes(1, 0)


def _write_options(book: Any, sheet: Any, columns: Sequence[_Column]) -> None:
    """The words to choose from stand on a hidden sheet: a list in a cell's rule may not be long."""
    listed = [(place, each) for place, each in enumerate(columns) if each.options]
    longest = max(len(each.options) for _, each in listed)
    rows = [
        [each.options[number] if number < len(each.options) else None for _, each in listed]
        for number in range(longest)
    ]
    write_sheet(book, Table(OPTIONS, [Heading(each.heading) for _, each in listed], rows))
    book.get_worksheet_by_name(OPTIONS).hide()
    for column, (place, each) in enumerate(listed):
        rule = {
            "validate": "list",
            "source": f"={OPTIONS}!{_range(column, len(each.options))}",
            "error_type": "warning",
            "error_title": each.heading,
            "error_message": "这个内容不在列表中，导入时会再问。",
        }
        sheet.data_validation(1, place, ROWS_PREPARED, place, rule)


def _range(column: int, count: int) -> str:
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"${letters}$2:${letters}${count + 1}"
