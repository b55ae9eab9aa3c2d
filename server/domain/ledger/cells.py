"""Reading the cells of one column: by its kind, its unit, and the words a person explained.

A column's cells repeat (dates, rates, methods), so each column remembers what it has read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from server.domain.errors import Invalid
from server.domain.fields import FieldDefinition, FieldKind, read_value
from server.domain.ledger.mapping import Source
from server.domain.parsing.amounts import parse_amount
from server.domain.parsing.cells import BROKEN, CELL_ERROR, TOO_LONG, cell_text, without_value
from server.domain.parsing.choices import UNKNOWN, parse_choice, repay_frequency
from server.domain.parsing.dates import LONG_TERM, parse_date, parse_expiry
from server.domain.parsing.headers import Unit
from server.domain.parsing.ids import Damage, inspect_account, inspect_id
from server.domain.parsing.rates import LPR_NEEDED, Per, parse_rate
from server.domain.parsing.synonyms import Kind
from server.domain.terms import DayCount
from server.domain.typed import MAX_TYPED, Reading, code_text, plain, tight

MAX_REMEMBERED: Final = 20_000
MAX_TEXT: Final = 2000
NOT_A_NUMBER: Final = "NOT_A_NUMBER"
SEVERAL: Final = "SEVERAL"
ASSUMED: Final = "ASSUMED"


class Cell(NamedTuple):
    """What was read. `flag` with a value is a remark, without one the reason of a refusal."""

    value: Any = None
    flag: str | None = None


class Floating(NamedTuple):
    """A rate told as a spread over the LPR; whoever knows the first day makes a rate of it."""

    spread_bp: Decimal


EMPTY: Final = Cell()
Reader = Callable[[Any], Cell]

_BETWEEN: Final = re.compile(r"[\n、,，;；]")
_GUARDED: Final = re.compile(r"^'(?=[=+\-@\t\r\n＝＋－＠'])")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TERM: Final = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,4})?)(个月|月|期|年|天|日|次|季度?)?")
_DAY: Final = re.compile(r"(?:每[月季年])?(?:末月)?([0-9]{1,2})(?:\.0)?[日号]?")
_MONTHS_OF: Final = {"年": Decimal(12), "季": Decimal(3), "季度": Decimal(3)}
_ENGLISH_STATUS: Final = {
    "finished,paid": "SETTLED",
    "finished,notpaid": "OVERDUE",
    "running,ok": "NORMAL",
    "running,sofarok": "NORMAL",
    "running,indebt": "OVERDUE",
    "finished": "SETTLED",
    "paid": "SETTLED",
    "closed": "SETTLED",
    "running": "NORMAL",
    "active": "NORMAL",
    "current": "NORMAL",
    "overdue": "OVERDUE",
    "indebt": "OVERDUE",
    "writtenoff": "WRITTEN_OFF",
}
# The codes of the Czech register of 1999, which many sample files follow: told as an assumption.
_LETTER_STATUS: Final = {"a": "SETTLED", "b": "OVERDUE", "c": "NORMAL", "d": "OVERDUE"}
_SELDOM_REPEATED: Final = frozenset(
    {
        *("customer_no", "customer_name", "id_no", "uscc", "mobile", "mobile2", "address"),
        *("emergency_phone", "repay_account", "contract_no", "iou_no", "guarantor_id_no"),
    }
)
_TERM_WORDS: Final = {"一年": "1年", "半年": "6月", "两年": "2年", "三年": "3年", "五年": "5年"}
_PLAIN_NAMES: Final = {"day_count": DayCount}
_LONG_TEXTS: Final = frozenset({"remark", "customer_remark", "collateral"})
_NAMES_OF_NUMBERS: Final = frozenset({"contract_no", "iou_no"})


def reader_of(
    source: Source,
    *,
    base_1904: bool = False,
    words: Mapping[str, str] | None = None,
    own: FieldDefinition | None = None,
    kind: Kind | None = None,
) -> Reader:
    """The reader of a column.

    `words` are the codes a person gave to this ledger's own words (evened out by `word_key`);
    `own` is the bank's field when the column holds one.
    """
    read = _reader(source, base_1904=base_1904, words=words or {}, own=own, kind=kind)
    return read if source.field in _SELDOM_REPEATED else _remembering(read)


def word_key(text: str) -> str:
    """A ledger's own word as it is remembered."""
    return tight(text[:MAX_TYPED]).casefold()


def _remembering(read: Reader) -> Reader:
    known: dict[Any, Cell] = {}

    def remember(cell: Any) -> Cell:
        if isinstance(cell, bool):  # True and 1 are one key
            return read(cell)
        found = known.get(cell)
        if found is None:
            found = read(cell)
            if len(known) < MAX_REMEMBERED:
                known[cell] = found
        return found

    return remember


def _reader(
    source: Source,
    *,
    base_1904: bool,
    words: Mapping[str, str],
    own: FieldDefinition | None,
    kind: Kind | None,
) -> Reader:
    field = source.field or ""
    if own is not None:
        return _guard(lambda cell: _own(own, cell, base_1904=base_1904))
    special: dict[str, Reader] = {
        "term_months": lambda cell: _term(cell, source.unit),
        "repay_day": _repay_day,
        "penalty_uplift": _uplift,
        "annual_rate": lambda cell: _rate(cell, source, None),
        "monthly_rate_permille": lambda cell: _rate(cell, source, Per.MONTH),
        "id_expiry_on": lambda cell: _expiry(cell, base_1904=base_1904),
        "repay_method": lambda cell: _method(cell, words),
        "loan_status": lambda cell: _status(cell, words),
        "writeoff_on": lambda cell: _written_off(cell, base_1904=base_1904),
        "uscc": _code,
    }
    by_kind: dict[Kind, Reader] = {
        Kind.TEXT: _number_name if field in _NAMES_OF_NUMBERS else _text_reader(field),
        Kind.PHONE: _code,
        Kind.ID: _id,
        Kind.CARD: _card,
        Kind.DATE: lambda cell: _told(parse_date(_dateable(cell), base_1904=base_1904)),
        Kind.MONEY: lambda cell: _told(parse_amount(_numeric(cell), scale=source.scale)),
        Kind.NUMBER: _number,
        Kind.ENUM: lambda cell: _choice(field, cell, words),
        Kind.BOOL: lambda cell: _choice("yes_no", cell, words),
        Kind.RATE: lambda cell: _rate(cell, source, None),
    }
    return _guard(special.get(field) or by_kind[kind or Kind.TEXT])


def _guard(read: Reader) -> Reader:
    """What holds for every column: empty cells, errors, and the sign that disarms formulas."""

    def guarded(cell: Any) -> Cell:
        if cell is None or cell == "":
            return EMPTY
        if isinstance(cell, str):
            if cell == BROKEN:
                return Cell(None, CELL_ERROR)
            if cell[0] == "'":
                cell = _GUARDED.sub("", cell)
        return read(cell)

    return guarded


def _told(reading: Reading[Any]) -> Cell:
    return Cell(reading.value, reading.flag)


def _dateable(cell: Any) -> Any:
    return cell if isinstance(cell, str | int | float | date) else str(cell)


def _numeric(cell: Any) -> Any:
    return cell if isinstance(cell, str | int | float | Decimal) else str(cell)


def as_text(cell: Any) -> str:
    """A cell as a person would write it: whole floats without `.0`, dates as ISO days."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == cell.min.time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _text_reader(field: str) -> Reader:
    limit = MAX_TEXT if field in _LONG_TEXTS else MAX_TYPED

    def read(cell: Any) -> Cell:
        text = cell if isinstance(cell, str) else as_text(cell)
        if len(text) > limit:
            return Cell(None, TOO_LONG)
        if len(text) >= 10 and text.isalnum() and unicodedata.is_normalized("NFKC", text):
            return Cell(text)
        even = _CONTROLS.sub("", text) if limit > MAX_TYPED else _CONTROLS.sub("", plain(text))
        even = even.strip()
        nothing = without_value(even) if len(even) < 10 else None
        return Cell(even) if nothing is None else Cell(None, nothing.flag)

    return read


def _number_name(cell: Any) -> Cell:
    """A contract or IOU number: one word. Two numbers in a cell are two loans in a row."""
    text = as_text(cell)
    if len(text) > MAX_TYPED:
        return Cell(None, TOO_LONG)
    if _BETWEEN.search(text.strip()):
        return Cell(None, SEVERAL)
    even = code_text(text)
    nothing = without_value(even) if len(even) < 10 else None
    return Cell(even) if nothing is None else Cell(None, nothing.flag)


def _code(cell: Any) -> Cell:
    if isinstance(cell, str) and 10 <= len(cell) <= MAX_TYPED and cell.isdigit() and cell.isascii():
        return Cell(cell)
    text = as_text(cell)
    if len(text) > MAX_TYPED:
        return Cell(None, TOO_LONG)
    even = code_text(text)
    nothing = without_value(even) if len(even) < 10 else None
    return Cell(even) if nothing is None else Cell(None, nothing.flag)


def _id(cell: Any) -> Cell:
    """An ID number as it stands, unless the spreadsheet has spoilt it; its kind checks it later."""
    is_whole = isinstance(cell, str) and len(cell) == 18 and cell.isalnum() and cell.isascii()
    if is_whole and not cell.endswith("000"):
        return Cell(cell.upper())
    found = inspect_id(cell if isinstance(cell, str | int | float) else str(cell))
    if found.status is Damage.EMPTY:
        return EMPTY
    if found.status in {Damage.DAMAGED, Damage.PRECISION_LOSS}:
        return Cell(None, found.status.value)
    if found.value is not None:
        return Cell(found.value)
    text = cell_text(as_text(cell))
    if not isinstance(text, str):
        return Cell(None, text.flag)
    return Cell(code_text(text).upper())


def _card(cell: Any) -> Cell:
    if isinstance(cell, str) and cell.isdigit() and cell.isascii() and not cell.endswith("0"):
        return Cell(cell)
    found = inspect_account(cell if isinstance(cell, str | int | float) else str(cell))
    if found.status is Damage.OK or found.status is Damage.EMPTY:
        return Cell(found.value)
    reason = found.reason if found.status is Damage.INVALID else found.status.value
    return Cell(None, reason or found.status.value)


def _number(cell: Any) -> Cell:
    text = cell_text(as_text(cell))
    if not isinstance(text, str):
        return _told(text)
    bare = text.replace(",", "").rstrip("天日次期个笔月bpBP").removesuffix(".0")
    try:
        number = Decimal(bare)
    except ArithmeticError:
        return Cell(None, NOT_A_NUMBER)
    if not number.is_finite() or abs(number) > 10**9:
        return Cell(None, NOT_A_NUMBER)
    return Cell(int(number) if number == int(number) else number)


def _term(cell: Any, unit: Unit | None) -> Cell:
    """Months, or `-days` for a term in days: whoever has the first day makes a date of it."""
    text = cell_text(as_text(cell))
    if not isinstance(text, str):
        return _told(text)
    word = {"一年": "1年", "半年": "6月", "两年": "2年", "三年": "3年", "五年": "5年"}.get(
        text, text
    )
    found = _TERM.fullmatch(tight(word))
    if not found:
        return Cell(None, NOT_A_NUMBER)
    number, said = Decimal(found[1]), found[2]
    in_days = said in {"天", "日"} or (said is None and unit is Unit.DAY)
    if in_days:
        return Cell(-int(number)) if number == int(number) else Cell(None, NOT_A_NUMBER)
    by_heading = Decimal(12) if said is None and unit is Unit.YEAR else Decimal(1)
    months = number * _MONTHS_OF.get(said or "", by_heading)
    return Cell(int(months)) if months == int(months) else Cell(None, NOT_A_NUMBER)


def _repay_day(cell: Any) -> Cell:
    text = cell_text(as_text(cell))
    if not isinstance(text, str):
        return _told(text)
    even = tight(text)
    if even in {"月末", "每月末", "月底"}:
        return Cell(31)
    if even in {"对日", "放款日对日", "同放款日"}:
        return EMPTY
    found = _DAY.fullmatch(even)
    return Cell(int(found[1])) if found else Cell(None, NOT_A_NUMBER)


def _rate(cell: Any, source: Source, per: Per | None) -> Cell:
    unit = source.unit.of_rate if source.unit else None
    reading = parse_rate(_numeric(cell), unit=unit, per=per)
    if reading.flag == LPR_NEEDED and reading.spread_bp is not None:
        return Cell(Floating(reading.spread_bp))
    return Cell(reading.value, reading.flag)


def _uplift(cell: Any) -> Cell:
    """How much dearer overdue principal is: `50%`, 50 and 0.5 are the same; 1.5 is a factor."""
    text = cell_text(as_text(cell))
    if not isinstance(text, str):
        return _told(text)
    bare = tight(text).removeprefix("上浮").removesuffix("%")
    try:
        number = Decimal(bare)
    except ArithmeticError:
        return Cell(None, NOT_A_NUMBER)
    if not number.is_finite() or number < 0 or number > 200:
        return Cell(None, NOT_A_NUMBER)
    is_percent = tight(text).endswith("%") or number > 3
    return Cell(number / 100 if is_percent else number)


def _expiry(cell: Any, *, base_1904: bool) -> Cell:
    found = parse_expiry(_dateable(cell), base_1904=base_1904)
    return EMPTY if found.flag == LONG_TERM else _told(found)


def _written_off(cell: Any, *, base_1904: bool) -> Cell:
    """The column holds a day, or only whether."""
    answer = parse_choice("yes_no", cell if isinstance(cell, str | int | float) else str(cell))
    if answer.value is not None and not isinstance(cell, int | float):
        return Cell(True) if answer.value == "YES" else EMPTY
    return _told(parse_date(_dateable(cell), base_1904=base_1904))


def _choice(kind: str, cell: Any, words: Mapping[str, str]) -> Cell:
    if isinstance(cell, str) and (said := words.get(word_key(cell))):
        return EMPTY if said == "-" else Cell(said)
    if kind in _PLAIN_NAMES:
        text = tight(as_text(cell)[:MAX_TYPED]).upper().replace("/", "_")
        known = {each.value: each.value for each in _PLAIN_NAMES[kind]}
        known.update({"30_360": "M30_360"})
        return Cell(known[text]) if text in known else Cell(None, UNKNOWN)
    return _told(parse_choice(kind, cell if isinstance(cell, str | int | float) else str(cell)))


def _method(cell: Any, words: Mapping[str, str]) -> Cell:
    """The code of a method and how many months lie between payments, where its words say so."""
    found = _choice("repay_method", cell, words)
    if found.value is None:
        return found
    return Cell((found.value, repay_frequency(as_text(cell)[:MAX_TYPED])), found.flag)


def _status(cell: Any, words: Mapping[str, str]) -> Cell:
    found = _choice("loan_status", cell, words)
    if found.value is not None or found.flag is None or not isinstance(cell, str):
        return found
    word = word_key(cell).replace("，", ",")
    if word in _ENGLISH_STATUS:
        return Cell(_ENGLISH_STATUS[word])
    if word in _LETTER_STATUS:
        return Cell(_LETTER_STATUS[word], ASSUMED)
    return found


def _own(definition: FieldDefinition, cell: Any, *, base_1904: bool) -> Cell:
    """A field of the bank's own, as JSON."""
    if definition.kind is FieldKind.DATE and not isinstance(cell, str):
        day = parse_date(_dateable(cell), base_1904=base_1904)
        return Cell(day.value.isoformat() if day.value else None, day.flag)
    text = as_text(cell)
    if len(text) > MAX_TYPED:
        return Cell(None, TOO_LONG)
    try:
        return Cell(read_value(definition, text))
    except Invalid as refusal:
        return Cell(None, refusal.reason)
