"""The kinds of dirt in loan ledgers: what stands in the cells, and what is true or at fault.

`CASES` is the whole list. A case changes a clean row's cells and, where the row is still good, its
truth; where it is not, `fault` names the field that the refusal must name.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, NamedTuple

from server.domain.identity import check_character, eighteen

LIMIT_OF_A_CELL: Final = 60_000


class Formula(NamedTuple):
    """A cell with a formula and what the spreadsheet last worked out for it."""

    text: str
    cached: float | str


@dataclass(frozen=True, slots=True)
class Truth:
    """What a row means: money in fen, the rate as a yearly fraction; `balance` of its own day."""

    contract_no: str
    name: str
    id_no: str
    phone: str
    principal: int
    rate: Decimal
    disbursed_on: dt.date
    balance: int
    periods: int | None = 24
    maturity_on: dt.date | None = None
    method: str = "EQUAL_INSTALMENT"
    step: int = 1
    security: str = "credit"
    branch: str = "城东支行"
    purpose: str = ""
    remark: str = ""


Cells = dict[str, Any]
Change = Callable[[Truth], tuple[Cells, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of dirt. `change` gives the cells it writes and the fields of the truth it moves.

    `fault` is the field a refusal must name; None for a row that must come in.
    """

    name: str
    change: Change
    fault: str | None = None

    def applied(self, truth: Truth, cells: Cells) -> tuple[Truth, Cells]:
        """The row with this dirt on it."""
        written, moved = self.change(truth)
        return replace(truth, **moved), {**cells, **written}


def _fixed(heading: str, value: Any, moved: Mapping[str, Any]) -> Change:
    return lambda _truth: ({heading: value}, moved)


def _good(heading: str, cells: Mapping[Any, Mapping[str, Any]]) -> Iterator[Case]:
    for value, moved in cells.items():
        yield Case(f"{heading} {value!r}", _fixed(heading, value, moved))


def _bad(heading: str, fault: str, values: tuple[Any, ...]) -> Iterator[Case]:
    for value in values:
        yield Case(f"{heading} {str(value)[:30]!r}", _fixed(heading, value, {}), fault)


# Amounts

_TWELVE: Final = {"principal": 12_000_000}
_AMOUNTS: Final = {
    120000: _TWELVE,
    "120,000.00": _TWELVE,
    "¥120,000.00": _TWELVE,
    "12万": _TWELVE,
    "12万元": _TWELVE,
    "12w": _TWELVE,
    "１２００００": _TWELVE,
    "壹拾贰万元整": _TWELVE,
    "十二万": _TWELVE,
    "约12万": _TWELVE,
    " 120 000 ": _TWELVE,
    "人民币120000元": _TWELVE,
    "'120000": _TWELVE,
    "¥81,234.50": {"principal": 8_123_450},
    "捌万壹仟贰佰叁拾肆元伍角": {"principal": 8_123_450},
    "120000.005": {"principal": 12_000_001},
    "100000.004": {"principal": 10_000_000},
    Formula("=60000*2", 120000): _TWELVE,
    Formula('="12"&"万"', "12万"): _TWELVE,
}
_NO_AMOUNTS: Final = (
    *(-120000, "(120,000.00)", "-12万", 0, 1e15, "1000000000000000", "5-8万", "3万至5万"),
    *(
        "不超过10万",
        "10万美元",
        "十几万",
        "面议",
        "-",
        "无",
        "",
        "12万,3",
        Formula("=A1*#REF!", "#REF!"),
    ),
    Formula("=1/0", "#DIV/0!"),
)
_BALANCES: Final = {
    3: {"balance": 3_000_000},
    3.5: {"balance": 3_500_000},
    "3.5": {"balance": 3_500_000},
    "3.5万": {"balance": 3_500_000},
    "35000元": {"balance": 3_500_000},
    "叁万伍仟元整": {"balance": 3_500_000},
    "3.50001": {"balance": 3_500_010},
    0.000001: {"balance": 1},
    Formula("=1+1", 2): {"balance": 2_000_000},
}
_NO_BALANCES: Final = (-3, 1000, "约定", "2~3", Formula("=B2+#REF!", "#REF!"), 10**11)

# Rates

_RATE: Final = {"rate": Decimal("0.072")}
_RATES: Final = {
    7.2: _RATE,
    0.072: _RATE,
    "7.2": _RATE,
    "7.2%": _RATE,
    "７．２％": _RATE,
    "年利率7.2%": _RATE,
    "7.2%/年": _RATE,
    "约7.2%": _RATE,
    "月息6厘": _RATE,
    "月息六厘": _RATE,
    "月利率6‰": _RATE,
    "6‰": _RATE,
    "月0.6%": _RATE,
    "日万分之二": _RATE,
    "LPR(3.1%)+410BP": _RATE,
    "一分五": {"rate": Decimal("0.18")},
    "月息1分": {"rate": Decimal("0.12")},
    "0": {"rate": Decimal(0)},
    Formula("=0.006*12", 0.072): _RATE,
}
_NO_RATES: Final = (1000, "1000", "1000%", -7.2, "-7.2%", "面议", "6%-8%", 1e15)

# Days


def _serial(day: dt.date) -> int:
    return (day - dt.date(1899, 12, 30)).days


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


_DIGITS: Final = "〇一二三四五六七八九"


def _spoken(day: dt.date) -> str:
    def small(number: int) -> str:
        tens, ones = divmod(number, 10)
        head = "" if not tens else ("十" if tens == 1 else f"{_DIGITS[tens]}十")
        return head + (_DIGITS[ones] if ones else "")

    year = "".join(_DIGITS[int(each)] for each in str(day.year))
    return f"{year}年{small(day.month)}月{small(day.day)}日"


_DAYS: Final[dict[str, Callable[[dt.date], Any]]] = {
    "iso": lambda d: d.isoformat(),
    "dots": lambda d: f"{d.year}.{d.month}.{d.day}",
    "slashes": lambda d: f"{d.year}/{d.month}/{d.day}",
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "spoken": _spoken,
    "eight digits": lambda d: f"{d:%Y%m%d}",
    "eight digits as a number": lambda d: int(f"{d:%Y%m%d}"),
    "with a midnight": lambda d: f"{d.year}-{d.month}-{d.day} 00:00:00",
    "full width": lambda d: _wide(f"{d.year}-{d.month}-{d.day}"),
    "a serial": _serial,
    "a serial as text": lambda d: str(_serial(d)),
    "a serial with a time": lambda d: _serial(d) + 0.375,
    "a date cell": lambda d: d,
    "two digits of the year": lambda d: f"{d:%y}.{d.month}.{d.day}",
    "with its weekday": lambda d: (
        f"{d.year}年{d.month}月{d.day}日 星期{'一二三四五六日'[d.weekday()]}"
    ),
    "with blanks": lambda d: f" {d.year} - {d.month:02d} - {d.day:02d} ",
    "day first, past twelve": lambda d: f"{d.day}/{d.month}/{d.year}",
}
_NO_DAYS: Final = (
    *("2025-02-30", "2025.13.1", "20250231", "1/5/2025", "2025年", "昨天", "长期", "", "-"),
    *("2027-01-01", "1899-05-01", "2025-3-1至2026-3-1", 99_999_999, -5),
    Formula("=B2+#REF!", "#REF!"),
)


def _days() -> Iterator[Case]:
    for name, write in _DAYS.items():
        yield Case(f"放款日期 {name}", _written_day(write))
    yield Case(
        "放款日期 a month",
        lambda t: (
            {"放款日期": f"{t.disbursed_on.year}年{t.disbursed_on.month}月"},
            {"disbursed_on": _month_end(t.disbursed_on)},
        ),
    )


def _written_day(write: Callable[[dt.date], Any]) -> Change:
    return lambda truth: ({"放款日期": write(truth.disbursed_on)}, {})


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=monthrange(day.year, day.month)[1])


# Numbers of people

_IDS: Final[dict[str, Callable[[str], Any]]] = {
    "an apostrophe": lambda n: f"'{n}",
    "a tail .0": lambda n: f"{n}.0",
    "full width": _wide,
    "blanks": lambda n: f" {n[:6]} {n[6:14]} {n[14:]} ",
    "a trailing blank of another width": lambda n: f"{n}\u3000\xa0",
}


def _old_number(truth: Truth) -> str:
    return truth.id_no[:6] + truth.id_no[8:17]


def _ids() -> Iterator[Case]:
    for name, write in _IDS.items():
        yield Case(f"证件号码 {name}", _written_id(write))
    yield Case("证件号码 a small x", _small_x)
    for kind in (str, int, float):
        yield Case(f"证件号码 fifteen digits as {kind.__name__}", _written_old(kind))


def _written_id(write: Callable[[str], Any]) -> Change:
    return lambda truth: ({"证件号码": write(truth.id_no)}, {})


def _small_x(truth: Truth) -> tuple[Cells, Mapping[str, Any]]:
    """The same birth and sequence in the district whose number ends in X."""
    bodies = (f"3301{county:02d}{truth.id_no[6:17]}" for county in range(1, 64))
    body = next(each for each in bodies if check_character(each) == "X")
    return {"证件号码": f"{body}x"}, {"id_no": f"{body}X"}


def _written_old(kind: Callable[[str], Any]) -> Change:
    return lambda t: ({"证件号码": kind(_old_number(t))}, {"id_no": eighteen(_old_number(t))})


def _without_last_digits(number: str) -> str:
    """As a spreadsheet leaves it: three zeros, which are not by chance a number that holds."""
    bodies = (f"{number[:14]}{digit}00" for digit in range(10))
    return next(f"{body}0" for body in bodies if check_character(body) != "0")


def _no_ids() -> Iterator[Case]:
    broken: dict[str, Callable[[str], Any]] = {
        "scientific": lambda _n: "1.10199E+17",
        "a float": lambda n: float(n[:17] + "0"),
        "digits lost": _without_last_digits,
        "a wrong check": lambda n: n[:17] + ("1" if n[17] != "1" else "2"),
        "short": lambda n: n[:17],
        "long": lambda n: n + "1",
        "no such birthday": lambda n: n[:10] + "0230" + n[14:],
        "no such province": lambda n: "99" + n[2:],
        "words": lambda _n: "身份证丢失",
    }
    for name, write in broken.items():
        yield Case(f"证件号码 {name}", _written_id(write), "id_no")


_PHONES: Final[dict[str, Callable[[str], Any]]] = {
    "+86": lambda n: f"+86 {n}",
    "0086": lambda n: f"0086{n}",
    "+86 and dashes": lambda n: f"+86-{n[:3]}-{n[3:7]}-{n[7:]}",
    "dashes": lambda n: f"{n[:3]}-{n[3:7]}-{n[7:]}",
    "blanks": lambda n: f"{n[:3]} {n[3:7]} {n[7:]}",
    "a number": int,
    "a float": float,
    "a tail .0": lambda n: f"{n}.0",
    "full width": _wide,
}


def _phones() -> Iterator[Case]:
    for name, write in _PHONES.items():
        yield Case(f"联系电话 {name}", _written_phone(write))
    moved = {"phone": "0571-87654321"}
    yield Case("联系电话 a landline", _fixed("联系电话", "(0571)87654321", moved))
    yield Case("联系电话 none", _fixed("联系电话", "无", {"phone": ""}))
    for name, bad in {
        "too short": lambda n: n[:10],
        "too long": lambda n: n + "0",
        "not a mobile": lambda n: "12" + n[2:],
        "words": lambda _n: "没电话了",
    }.items():
        yield Case(f"联系电话 {name}", _written_phone(bad), "mobile")


def _written_phone(write: Callable[[str], Any]) -> Change:
    return lambda truth: ({"联系电话": write(truth.phone)}, {})


# Words

_METHODS: Final[Mapping[Any, Mapping[str, Any]]] = {
    "等额本息": {},
    "按月等额本息": {},
    "等额本息 还款法": {},
    "按揭": {},
    "等额本金": {"method": "EQUAL_PRINCIPAL"},
    "等本等息": {"method": "FLAT"},
    "先息后本": {"method": "INTEREST_ONLY"},
    "到期还本": {"method": "INTEREST_ONLY"},
    "按月付息，到期还本": {"method": "INTEREST_ONLY"},
    "按季付息到期还本": {"method": "INTEREST_ONLY", "step": 3, "periods": 8},
    "利随本清": {"method": "BULLET"},
    "一次性还本付息": {"method": "BULLET"},
}
_SECURITIES: Final[Mapping[Any, Mapping[str, Any]]] = {
    "信用": {},
    "纯信用": {},
    "保证": {"security": "guarantee"},
    "担保": {"security": "guarantee"},
    "房产抵押": {"security": "mortgage"},
    "存单质押": {"security": "pledge"},
    "抵押+保证": {"security": "combined"},
    "抵押、保证": {"security": "combined"},
}
_TERMS: Final[Mapping[Any, Mapping[str, Any]]] = {
    24.0: {},
    "24个月": {},
    "24期": {},
    "2年": {},
    "两年": {},
    "２４": {},
    "24.0": {},
    "三年": {"periods": 36},
    "半年": {"periods": 6},
}
_STATES: Final[Mapping[Any, Mapping[str, Any]]] = {
    "正常": {},
    "未结清": {},
    "还款中": {},
    "逾期": {},
    " 正 常 ": {},
    "在贷": {},
}
_DANGEROUS: Final = (
    "=1+1",
    '=HYPERLINK("http://example.com","点我")',
    "+8613800000000",
    "-2+3",
    "@SUM(A1:A9)",
    "＝1+1",
    "<script>alert(1)</script>",
    "'; DROP TABLE loans; --",
)


def _words() -> Iterator[Case]:
    yield from _good("还款方式", _METHODS)
    yield from _bad("还款方式", "repay_method", ("等额等息", "随便还", "随借随还", "x" * 600))
    yield from _good("担保方式", _SECURITIES)
    yield from _bad("担保方式", "security_type", ("抵质押", "看人情"))
    yield from _good("期限", _TERMS)
    yield from _bad("期限", "term_months", ("很久", 0, 10000, "1.5", "-3"))
    yield from _good("状态", _STATES)
    yield from _bad("状态", "loan_status", ("呆滞", "跑路"))
    for text in _DANGEROUS:
        even = text.replace("＝", "=")
        yield Case(f"用途 {text!r}", _fixed("用途", text, {"purpose": even}))
        yield Case(f"备注 {text!r}", _fixed("备注", text, {"remark": text}))


# Whole rows


def _settled(truth: Truth) -> tuple[Cells, Mapping[str, Any]]:
    del truth
    return {"状态": "已结清", "贷款余额": 0}, {"balance": 0}


def _rows() -> Iterator[Case]:
    yield Case("settled", _settled)
    yield Case(
        "settled, balance blank", lambda _t: ({"状态": "结清", "贷款余额": ""}, {"balance": 0})
    )
    yield Case("settled with a balance", _fixed("状态", "已结清", {}), "principal_balance")
    yield Case(
        "maturity before the first day",
        lambda t: ({"期限": "", "到期日期": t.disbursed_on - dt.timedelta(days=1)}, {}),
        "maturity_on",
    )
    yield Case(
        "a maturity and no term",
        lambda t: (
            {
                "期限": "",
                "到期日期": f"{t.disbursed_on.year + 2}.{t.disbursed_on:%m.%d}",
            },
            {"periods": None, "maturity_on": t.disbursed_on.replace(year=t.disbursed_on.year + 2)},
        ),
    )
    yield Case(
        "the rate by the month",
        lambda _t: ({"执行利率": "", "月利率": 5}, {"rate": Decimal("0.06")}),
    )
    yield Case("a name with blanks", lambda t: ({"姓名": f"  {t.name}\u3000 "}, {}))
    yield Case("a name of full width", lambda t: ({"姓名": f"{t.name}Ａ"}, {"name": f"{t.name}A"}))
    yield from _bad("姓名", "customer_name", ("", "无", "长" * LIMIT_OF_A_CELL, "长" * 200))
    yield Case("a remark of a novel", _fixed("备注", "注" * LIMIT_OF_A_CELL, {}), "remark")
    yield Case("an unknown branch", _fixed("支行", "城北分理处", {"branch": "城北分理处"}))
    yield Case("an unknown officer", _fixed("客户经理", "王不在", {}))
    yield Case("no ID number", _fixed("证件号码", "", {"id_no": ""}))
    yield Case(
        "two contracts",
        lambda t: ({"合同编号": f"{t.contract_no}、{t.contract_no}B"}, {}),
        "contract_no",
    )
    yield Case("contract with blanks", lambda t: ({"合同编号": f" {t.contract_no}\u3000"}, {}))


CASES: Final[tuple[Case, ...]] = (
    Case("clean", lambda _truth: ({}, {})),
    *_good("贷款金额", _AMOUNTS),
    *_bad("贷款金额", "principal_amount", _NO_AMOUNTS),
    *_good("贷款余额", _BALANCES),
    *_bad("贷款余额", "principal_balance", _NO_BALANCES),
    *_good("执行利率", _RATES),
    *_bad("执行利率", "annual_rate", _NO_RATES),
    *_days(),
    *_bad("放款日期", "disbursed_on", _NO_DAYS),
    *_ids(),
    *_no_ids(),
    *_phones(),
    *_words(),
    *_rows(),
)
