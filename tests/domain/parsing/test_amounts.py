from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.chinese import capitals
from server.domain.money import MAX_FEN, grouped_yuan, yuan
from server.domain.parsing.amounts import Cell, looks_like_ten_thousands, parse_amount

amounts = st.integers(0, MAX_FEN)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("10万", 10_000_000),
        ("1.5万元", 1_500_000),
        ("¥1,234.50", 123_450),
        ("￥ 1,234.50 元", 123_450),
        ("1，234．50", 123_450),
        ("１２３４．５０", 123_450),
        ("RMB 1000", 100_000),
        ("1000CNY", 100_000),
        ("人民币壹万元整", 1_000_000),
        ("1 000.00", 100_000),
        ("(500.00)", -50_000),
        ("（500）", -50_000),
        ("-500", -50_000),
        ("−500", -50_000),
        ("500-", -50_000),
        ("¥-500", -50_000),
        ("-¥500", -50_000),
        ("负壹拾元整", -1_000),
        ("+500", 50_000),
        ("壹拾万元整", 10_000_000),
        ("贰万叁仟肆佰伍拾陆元柒角捌分", 2_345_678),
        ("十万", 10_000_000),
        ("十五万", 15_000_000),
        ("1.2亿", 12_000_000_000),
        ("1亿2000万", 12_000_000_000),
        ("3万5千", 3_500_000),
        ("3万5000", 3_500_000),
        ("5百万", 500_000_000),
        ("10w", 10_000_000),
        ("100元5角2分", 10_052),
        ("500元整", 50_000),
        ("'500", 50_000),
        ("12.", 1_200),
        (".5", 50),
        ("12.300", 1_230),
        ("0", 0),
    ],
)
def test_an_amount_is_read_in_every_dress(text: str, fen: int) -> None:
    found = parse_amount(text)

    assert (found.value, found.flag) == (fen, None)


@pytest.mark.parametrize(
    ("cell", "fen", "flag"),
    [
        ("12.345", 1_235, "ROUNDED"),
        ("1.005", 101, "ROUNDED"),
        ("-1.005", -101, "ROUNDED"),
        ("1.23456789万", 1_234_568, "ROUNDED"),
        ("约5万", 5_000_000, "APPROXIMATE"),
        ("大约5万元", 5_000_000, "APPROXIMATE"),
        ("5万左右", 5_000_000, "APPROXIMATE"),
        ("5万余元", 5_000_000, "APPROXIMATE"),
        ("~5万", 5_000_000, "APPROXIMATE"),
        ("3万5", 3_500_000, "COLLOQUIAL"),
        ("两万五", 2_500_000, "COLLOQUIAL"),
        ("1E+5", 10_000_000, "SCIENTIFIC"),
        ("5-8万", None, "RANGE"),
        ("5~8万", None, "RANGE"),
        ("５～８万", None, "RANGE"),
        ("3万至5万", None, "RANGE"),
        ("十至二十万", None, "RANGE"),
        ("约5-8万", None, "RANGE"),
        ("5万以上", None, "RANGE"),
        ("不超过5万", None, "RANGE"),
        ("$500", None, "FOREIGN_CURRENCY"),
        ("500美元", None, "FOREIGN_CURRENCY"),
        ("1000000000000000", None, "TOO_LARGE"),
        (10**15, None, "TOO_LARGE"),
        ("#VALUE!", None, "CELL_ERROR"),
        ("9" * 501, None, "TOO_LONG"),
        (0.1 + 0.2, 30, None),
        (100000.0, 10_000_000, None),
        (-5.5, -550, None),
        (Decimal("1.005"), 101, "ROUNDED"),
        (float("inf"), None, "INVALID_AMOUNT"),
        (float("nan"), None, "INVALID_AMOUNT"),
        (True, None, "INVALID_AMOUNT"),
        (None, None, None),
    ],
)
def test_what_is_not_plain_carries_its_flag(cell: Cell, fen: int | None, flag: str | None) -> None:
    found = parse_amount(cell)

    assert (found.value, found.flag) == (fen, flag)


@pytest.mark.parametrize(
    "text",
    [
        *("12.3.4", "abc", "1.234,50", "12,34", "1,2345", "1 2", "--5", "(5", "5)", "-5-", "50%"),
        *("2024-01-05", "几万", "5万8万", "1.5万5", "五块二", "=1+1", "1'000", "٥٠٠", "元", "万元"),
    ],
)
def test_what_is_no_amount_is_an_error(text: str) -> None:
    found = parse_amount(text)

    assert (found.value, found.flag) == (None, "INVALID_AMOUNT")


@pytest.mark.parametrize("text", ["", "-", "--", "—", "无", "N/A", "/", "暂无"])
def test_words_for_nothing_are_empty(text: str) -> None:
    assert parse_amount(text).is_empty


def test_the_unit_of_the_heading_counts_for_bare_numbers_alone() -> None:
    assert parse_amount("5", scale=10_000).value == 5_000_000
    assert parse_amount(5.5, scale=10_000).value == 5_500_000
    assert parse_amount("5万", scale=10_000).value == 5_000_000
    assert parse_amount("50000元", scale=10_000).value == 5_000_000
    assert parse_amount("伍万元整", scale=10_000).value == 5_000_000


@given(amounts)
def test_every_amount_comes_back_from_all_our_own_writings(fen: int) -> None:
    for written in (yuan(fen), grouped_yuan(fen), f"¥{grouped_yuan(fen)}元", capitals(fen)):
        assert parse_amount(written).value == fen


@given(st.integers(1, MAX_FEN))
def test_brackets_and_minus_say_the_same(fen: int) -> None:
    assert parse_amount(f"({grouped_yuan(fen)})").value == parse_amount(yuan(-fen)).value == -fen


def test_a_column_of_small_loans_was_probably_meant_in_ten_thousands() -> None:
    assert looks_like_ten_thousands([500, 1_000, 2_000])
    assert not looks_like_ten_thousands([5_000_000, 10_000_000])
    assert not looks_like_ten_thousands([])
