from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.parsing.rates import Cell, Per, RateUnit, parse_rate, rate_text


@pytest.mark.parametrize(
    ("cell", "annual"),
    [
        *[(text, "0.072") for text in ("7.2%", "７．２％", "7.20 %", "年利率7.2%", "年化7.2%")],
        *[
            (text, "0.072")
            for text in ("7.2%/年", "百分之七点二", "7.2", "0.072", "月息6厘", "6厘")
        ],
        *[
            (text, "0.072")
            for text in ("6‰", "6‰/月", "月利率6‰", "千分之六", "0.6%/月", "月息六厘")
        ],
        *[(text, "0.072") for text in ("日万分之二", "日息2厘", "日利率0.02%", "万分之二", "2‱")],
        *[(text, "0.18") for text in ("0.05%/日", "日万分之五", "日息0.5‰", "每日0.05%", "1分5厘")],
        *[(text, "0.18") for text in ("月息1分5厘", "月息一分五", "1.5分", "月息1分5")],
        ("月息1分", "0.12"),
        ("年息7厘", "0.07"),
        ("年息1分", "0.1"),
        ("7厘2", "0.0864"),
        ("7厘2毫", "0.0864"),
        ("LPR+155BP@3.45%", "0.05"),
        ("ＬＰＲ＋155ＢＰ＠3.45％", "0.05"),
        ("1年期LPR+155个基点@3.45%", "0.05"),
        ("LPR加155BP@3.45%", "0.05"),
        ("LPR(3.45%)+155BP", "0.05"),
        ("LPR+1.55%@3.45%", "0.05"),
        ("LPR-20BP@3.45%", "0.0325"),
        ("LPR@3.45%", "0.0345"),
        ("LPR上浮30%@3.45%", "0.04485"),
        ("4倍LPR@3.45%", "0.138"),
        (7.2, "0.072"),
        (0.072, "0.072"),
        (Decimal("7.2"), "0.072"),
        ("0", "0"),
        ("36%", "0.36"),
    ],
)
def test_a_rate_is_read_in_every_unit(cell: Cell, annual: str) -> None:
    found = parse_rate(cell)

    assert found.value is not None
    assert (rate_text(found.value), found.flag) == (annual, None)


@pytest.mark.parametrize(
    ("cell", "annual", "flag"),
    [
        ("约7.2%", "0.072", "APPROXIMATE"),
        ("0.1%", "0.001", "UNIT_SUSPECT"),
        ("72%", "0.72", "UNIT_SUSPECT"),
        ("LPR+155BP", None, "LPR_NEEDED"),
        ("6%-8%", None, "RANGE"),
        ("6~8%", None, "RANGE"),
        ("1000", None, "INVALID_RATE"),
        ("-5%", None, "INVALID_RATE"),
        ("abc", None, "INVALID_RATE"),
        ("7.2.1%", None, "INVALID_RATE"),
        ("年7.2%月6‰", None, "INVALID_RATE"),
        ("LPR+@3.45%", None, "INVALID_RATE"),
        ("LPR+155BP@3.4.5%", None, "INVALID_RATE"),
        ("#DIV/0!", None, "CELL_ERROR"),
        (float("nan"), None, "INVALID_RATE"),
        (True, None, "INVALID_RATE"),
        ("", None, None),
        ("无", None, None),
        (None, None, None),
    ],
)
def test_what_is_not_plain_carries_its_flag(
    cell: Cell, annual: str | None, flag: str | None
) -> None:
    found = parse_rate(cell)

    assert found.flag == flag
    assert (None if found.value is None else rate_text(found.value)) == annual


@pytest.mark.parametrize("text", ["6", "0.6", "0.006", "6‰", "0.6%", "年利率7.2%"])
def test_under_a_monthly_heading_a_bare_number_is_what_is_plausible(text: str) -> None:
    assert parse_rate(text, per=Per.MONTH).value == Decimal("0.072")


@given(st.decimals(6, 12, places=2))
def test_six_to_twelve_under_a_monthly_heading_are_per_mille(number: Decimal) -> None:
    assert parse_rate(str(number), per=Per.MONTH).value == number * 12 / 1000


def test_the_unit_of_the_heading_counts_for_bare_numbers() -> None:
    assert parse_rate("0.5", unit=RateUnit.PERCENT).value == Decimal("0.005")
    assert parse_rate("6", unit=RateUnit.PERMILLE).value == Decimal("0.072")
    assert parse_rate("5", unit=RateUnit.PER_TEN_THOUSAND, per=Per.DAY).value == Decimal("0.18")
    assert parse_rate("6‰", unit=RateUnit.PERCENT).value == Decimal("0.072")


def test_a_per_cent_cell_under_a_per_cent_heading_is_not_divided_twice() -> None:
    assert parse_rate(0.072, unit=RateUnit.PERCENT).value == Decimal("0.072")


def test_a_spread_is_known_with_and_without_its_base() -> None:
    assert parse_rate("LPR+155BP").spread_bp == 155
    assert parse_rate("LPR-20BP@3.45%").spread_bp == -20
    found = parse_rate("LPR+155BP", lpr=Decimal("0.0345"))
    assert (found.value, found.spread_bp) == (Decimal("0.05"), Decimal(155))


@given(st.decimals("0.5", 36, places=4))
def test_a_rate_is_the_same_a_year_a_month_and_a_day(percent: Decimal) -> None:
    yearly = parse_rate(f"{percent}%").value

    assert yearly == percent / 100
    assert parse_rate(f"{percent:f}%/年").value == yearly
    assert parse_rate(f"{percent:f}‰/月").value == percent / 1000 * 12
