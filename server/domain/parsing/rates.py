"""Interest rates as contracts, ledgers and people put them, as fractions of a year.

A year has 360 days and 12 months here (日利率 = 年利率/360, 月利率 = 年利率/12). Of the old
words, 厘 is a hundredth a year, a thousandth a month, a ten-thousandth a day; 分 is ten 厘.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Final

from server.domain.errors import Invalid
from server.domain.parsing.cells import cell_text
from server.domain.parsing.numerals import chinese_decimal
from server.domain.typed import Reading

INVALID_RATE: Final = "INVALID_RATE"
RANGE: Final = "RANGE"
APPROXIMATE: Final = "APPROXIMATE"
UNIT_SUSPECT: Final = "UNIT_SUSPECT"
LPR_NEEDED: Final = "LPR_NEEDED"

MAX_RATE: Final = Decimal(1)
PLAUSIBLE: Final = (Decimal("0.005"), Decimal("0.36"))
"""A yearly rate outside these bounds was probably written in another unit than it was read in."""

Cell = str | int | float | Decimal | None


class Per(IntEnum):
    """The period a rate is for; the value is how many of them make a year."""

    YEAR = 1
    MONTH = 12
    DAY = 360


class RateUnit(StrEnum):
    """What a bare number under a heading is counted in."""

    PERCENT = "PERCENT"
    PERMILLE = "PERMILLE"
    PER_TEN_THOUSAND = "PER_TEN_THOUSAND"


@dataclass(frozen=True, slots=True)
class RateReading:
    """`value` is the annual fraction. For a floating rate `spread_bp` is the LPR spread in basis
    points, known even when the LPR itself is not (flag `LPR_NEEDED`).
    """

    value: Decimal | None = None
    flag: str | None = None
    spread_bp: Decimal | None = None


_PERIODS: Final = (
    (re.compile(r"年化?|p\.?a\.?|/y(?:ear)?|annual"), Per.YEAR),
    (re.compile(r"月|/m(?:onth)?|monthly"), Per.MONTH),
    (re.compile(r"日|天|/d(?:ay)?|daily"), Per.DAY),
)
_WORDS: Final = re.compile(
    r"贷款|借款|合同|执行|固定|浮动|基准|名义|综合|单利|复利|利率|利息|息|费率|每|按|为|是|约定|"
    r"[:=()\[\]【】/]|之内|整"
)
_ABOUT: Final = re.compile(r"^(?:大?约为?|大概|近|~|≈)|(?:左右|上下)$")
_NUMBER: Final = (
    r"[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12}"
    r"|[零〇一二三四五六七八九十百两点壹贰叁肆伍陆柒捌玖拾半]+"
)
_SIGNS: Final = {
    "%": (Decimal("0.01"), Per.YEAR),
    "百分之": (Decimal("0.01"), Per.YEAR),
    "‰": (Decimal("0.001"), Per.MONTH),
    "千分之": (Decimal("0.001"), Per.MONTH),
    "‱": (Decimal("0.0001"), Per.DAY),
    "万分之": (Decimal("0.0001"), Per.DAY),
    "bp": (Decimal("0.0001"), Per.YEAR),
}
_SIGNED: Final = re.compile(rf"({_NUMBER})(%|‰|‱|bp)|(百分之|千分之|万分之)({_NUMBER})")
_FEN_LI: Final = re.compile(
    rf"(?:(?P<fen>{_NUMBER})分)?(?:(?P<li>{_NUMBER})厘)?(?:(?P<hao>{_NUMBER})毫)?(?P<rest>{_NUMBER})?"
)
_OF_LI: Final = {Per.YEAR: Decimal("0.01"), Per.MONTH: Decimal("0.001"), Per.DAY: Decimal("0.0001")}
_OF_UNIT: Final = {
    RateUnit.PERCENT: Decimal("0.01"),
    RateUnit.PERMILLE: Decimal("0.001"),
    RateUnit.PER_TEN_THOUSAND: Decimal("0.0001"),
}
_SPLIT: Final = re.compile(r"(?<=.)(?:~|至|到|-)(?=.)")

_LPR_NAMES: Final = re.compile(
    r"(?:[15一五]年期?(?:以上)?(?:的)?)?(?:贷款市场报价利率|lpr)(?:利率)?(?:\([15一五]年期?(?:以上)?\))?"
)
_TIMES_LPR: Final = re.compile(r"^([0-9]+(?:\.[0-9]+)?)倍(?:的)?lpr")
_BASIS_POINTS: Final = re.compile(r"个?基本?点|个?bps?|个点")
_LPR: Final = re.compile(
    r"lpr(?:\(?(?P<own>[0-9.]+)%\)?)?"
    r"(?:(?P<sign>[-+加减]|上浮|下浮|[*×x])(?P<amount>[0-9]{1,6}(?:\.[0-9]{1,6})?)(?P<unit>bp|%|倍)?)?"
    r"(?:[@(](?:lpr=?)?(?P<base>[0-9.]+)%?\)?)?"
)


def parse_rate(
    value: Cell,
    *,
    unit: RateUnit | None = None,
    per: Per | None = None,
    lpr: Decimal | None = None,
) -> RateReading:
    """Read a cell as an annual rate.

    `unit` and `per` come from the heading and count where the cell does not say otherwise;
    `lpr` is the published rate (annual fraction) for cells that name only a spread. Flags with a
    value: `UNIT_SUSPECT` (implausible in the unit it was read in), `APPROXIMATE`. Flags without:
    `LPR_NEEDED`, `RANGE`, `INVALID_RATE`, `CELL_ERROR`, `TOO_LONG`.
    """
    if value is None:
        return RateReading()
    if isinstance(value, bool):
        return RateReading(flag=INVALID_RATE)
    if not isinstance(value, str):
        number = value if isinstance(value, Decimal | int) else Decimal(f"{value:.15g}")
        exact = Decimal(number)
        if not exact.is_finite():
            return RateReading(flag=INVALID_RATE)
        return _judged(_bare(exact, unit, per), None)
    text = cell_text(value)
    if isinstance(text, Reading):
        return RateReading(flag=text.flag)
    return _from_text(text.replace(" ", "").lower(), unit, per, lpr)


def _from_text(
    text: str, unit: RateUnit | None, per: Per | None, lpr: Decimal | None
) -> RateReading:
    floating = _LPR_NAMES.sub("lpr", text)
    if "lpr" in floating:
        return _from_lpr(_TIMES_LPR.sub(r"lpr*\1", _BASIS_POINTS.sub("bp", floating)), lpr)
    flag = APPROXIMATE if _ABOUT.search(text) else None
    own_per, bare = _period(_ABOUT.sub("", _BASIS_POINTS.sub("bp", text)))
    annual = _annual(bare, unit, own_per or per)
    if annual is not None:
        return _judged(annual, flag)
    ends = _SPLIT.split(bare)
    if len(ends) == 2 and all(_annual(end, RateUnit.PERCENT, own_per) is not None for end in ends):
        return RateReading(flag=RANGE)
    return RateReading(flag=INVALID_RATE)


def _period(text: str) -> tuple[Per | None, str]:
    """The period a text names, and the text without it and without words that say nothing."""
    named: Per | None = None
    for pattern, per in _PERIODS:
        if pattern.search(text):
            if named is not None:  # 年 and 月 in one cell: two rates, or none that we understand
                return None, text
            named, text = per, pattern.sub("", text)
    return named, _WORDS.sub("", text)


def _annual(text: str, unit: RateUnit | None, per: Per | None) -> Decimal | None:
    signed = _SIGNED.fullmatch(text)
    if signed:
        number = chinese_decimal(signed[1] or signed[4])
        share, usual = _SIGNS[signed[2] or signed[3]]
        return None if number is None else number * share * (per or usual)
    if "分" in text or "厘" in text or "毫" in text:
        return _from_fen_and_li(text, per or Per.MONTH)
    number = chinese_decimal(text) if re.fullmatch(_NUMBER, text) else None
    return None if number is None else _bare(number, unit, per)


def _from_fen_and_li(text: str, per: Per) -> Decimal | None:
    """`1分5厘`, `一分五` (the last digit is of the next smaller word), `6.5厘`, `7厘2毫`."""
    found = _FEN_LI.fullmatch(text)
    if not found:
        return None
    total, place = Decimal(0), Decimal(1)
    for name, in_li in (("fen", Decimal(10)), ("li", Decimal(1)), ("hao", Decimal("0.1"))):
        if found[name]:
            number = chinese_decimal(found[name])
            if number is None:
                return None
            total, place = total + number * in_li, in_li / 10
    if found["rest"]:
        rest = chinese_decimal(found["rest"])
        if rest is None or rest >= 10:
            return None
        total += rest * place
    return total * _OF_LI[per] * per


def _bare(number: Decimal, unit: RateUnit | None, per: Per | None) -> Decimal:
    """A number without a sign: by the heading's unit, else by what is plausible."""
    per = per or (Per.MONTH if unit is RateUnit.PERMILLE else Per.YEAR)
    if unit is not None:
        meant = number * _OF_UNIT[unit] * per
        # A cell formatted as per cent holds the fraction, whatever its heading says.
        as_fraction = number * per
        if meant < PLAUSIBLE[0] and PLAUSIBLE[0] <= as_fraction <= PLAUSIBLE[1]:
            return as_fraction
        return meant
    return number * _plausible_share(number, per) * per


def _plausible_share(number: Decimal, per: Per) -> Decimal:
    """7.2 a year is per cent, 0.072 a fraction; 6 a month is ‰, 0.6 per cent, 0.006 a fraction."""
    if per is Per.YEAR:
        return Decimal(1) if number < Decimal("0.5") else Decimal("0.01")
    if per is Per.MONTH:
        limits = (Decimal("0.05"), Decimal(2), Decimal("0.01"), Decimal("0.001"))
    else:
        limits = (Decimal("0.001"), Decimal("0.2"), Decimal("0.01"), Decimal("0.0001"))
    fraction_below, percent_below, percent, small = limits
    if number < fraction_below:
        return Decimal(1)
    return percent if number < percent_below else small


def _from_lpr(text: str, published: Decimal | None) -> RateReading:
    found = _LPR.fullmatch(text.replace("个", ""))
    if not found:
        return RateReading(flag=INVALID_RATE)
    try:
        base = _percent(found["base"] or found["own"])
    except ArithmeticError:
        return RateReading(flag=INVALID_RATE)
    base = published if base is None else base
    if found["sign"] in {"*", "×", "x", "上浮", "下浮"}:
        return _multiple(base, found)
    spread = _spread(found)
    if base is None:
        return RateReading(flag=LPR_NEEDED, spread_bp=spread)
    judged = _judged(base + spread / 10000, None)
    return RateReading(judged.value, judged.flag, spread)


def _spread(found: re.Match[str]) -> Decimal:
    """Basis points; `LPR+1.55%` is 155, a number without a sign is points."""
    amount = Decimal(found["amount"] or 0) * (100 if found["unit"] == "%" else 1)
    return -amount if found["sign"] in {"-", "减"} else amount


def _multiple(base: Decimal | None, found: re.Match[str]) -> RateReading:
    """`LPR*1.3`, `LPR上浮30%`: the spread follows from the base."""
    if base is None:
        return RateReading(flag=LPR_NEEDED)
    if found["unit"] == "bp":
        spread = Decimal(found["amount"])
        spread = -spread if found["sign"] == "下浮" else spread
    else:
        amount = Decimal(found["amount"])
        factor = {"上浮": 1 + amount / 100, "下浮": 1 - amount / 100}.get(found["sign"], amount)
        spread = base * (factor - 1) * 10000
    judged = _judged(base + spread / 10000, None)
    return RateReading(judged.value, judged.flag, spread)


def _percent(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text) / 100


def _judged(annual: Decimal, flag: str | None) -> RateReading:
    if not 0 <= annual <= MAX_RATE:
        return RateReading(flag=INVALID_RATE)
    suspect = annual != 0 and not PLAUSIBLE[0] <= annual <= PLAUSIBLE[1]
    return RateReading(annual, UNIT_SUSPECT if suspect else flag)


def rate_text(annual: Decimal) -> str:
    """Plain digits without needless zeros: `0.072`. Raises `Invalid` for what is no number."""
    if not annual.is_finite():
        raise Invalid("annual_rate", "rate")
    text = f"{annual:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
