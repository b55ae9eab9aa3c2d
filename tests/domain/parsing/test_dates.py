from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.parsing.dates import Cell, parse_date, parse_expiry

FIFTH = date(2024, 1, 5)


@pytest.mark.parametrize(
    "text",
    [
        *("2024-01-05", "2024.1.5", "2024/1/5", "2024年1月5日", "2024年1月5号", "20240105"),
        *("2024-1-5 00:00:00", "2024-01-05T00:00:00Z", "2024/1/5 9:30", "20240105093000"),
        *("２０２４．１．５", "２０２４年１月５日", " 2024 - 1 - 5 ", "'2024-01-05", "2024—01—05"),
        *("二〇二四年一月五日", "二零二四年一月五日", "2024年1月5日 星期五", "2024-1-5(周五)"),
        *("5 Jan 2024", "05-Jan-2024", "Jan 5, 2024", "January 5th 2024", "20240105.0"),
    ],
)
def test_one_day_written_in_many_ways_is_read_without_a_flag(text: str) -> None:
    found = parse_date(text)

    assert (found.value, found.flag) == (FIFTH, None)


@pytest.mark.parametrize(
    ("cell", "day", "flag"),
    [
        ("45292", date(2024, 1, 1), "SERIAL_AS_TEXT"),
        ("45351.5", date(2024, 2, 29), "SERIAL_AS_TEXT"),
        (45292, date(2024, 1, 1), None),
        (45292.75, date(2024, 1, 1), None),
        (20240105, FIFTH, None),
        (59, date(1900, 2, 28), None),
        (60, None, "INVALID_DATE"),
        (61, date(1900, 3, 1), None),
        (0, None, "INVALID_DATE"),
        (-1, None, "INVALID_DATE"),
        (float("nan"), None, "INVALID_DATE"),
        (True, None, "INVALID_DATE"),
        (2024, None, "MONTH_MISSING"),
        (FIFTH, FIFTH, None),
        (datetime(2024, 1, 5, 23, 59), FIFTH, None),  # noqa: DTZ001
        (None, None, None),
        ("24.1.5", FIFTH, "TWO_DIGIT_YEAR"),
        ("24年1月5日", FIFTH, "TWO_DIGIT_YEAR"),
        ("240105", FIFTH, "TWO_DIGIT_YEAR"),
        ("2024年1月", date(2024, 1, 31), "DAY_MISSING"),
        ("2024年2月底", date(2024, 2, 29), "DAY_MISSING"),
        ("2024-02", date(2024, 2, 29), "DAY_MISSING"),
        ("2024.02", date(2024, 2, 29), "DAY_MISSING"),
        ("202402", date(2024, 2, 29), "DAY_MISSING"),
        ("二〇二四年二月", date(2024, 2, 29), "DAY_MISSING"),
        ("200105", None, "AMBIGUOUS"),
        ("1/5/2024", None, "AMBIGUOUS"),
        ("1/5/24", None, "AMBIGUOUS"),
        ("25/1/2024", date(2024, 1, 25), None),
        ("1/25/2024", date(2024, 1, 25), None),
        ("5/5/2024", date(2024, 5, 5), None),
        ("2024", None, "MONTH_MISSING"),
        ("2024年", None, "MONTH_MISSING"),
        ("长期", None, "LONG_TERM"),
        ("长期有效", None, "LONG_TERM"),
        ("9999-12-31", None, "LONG_TERM"),
        ("2014.01.05-2034.01.05", None, "RANGE"),
        ("2024年1月5日至2025年1月5日", None, "RANGE"),
        ("#REF!", None, "CELL_ERROR"),
        ("#N/A", None, "CELL_ERROR"),
        ("9" * 501, None, "TOO_LONG"),
    ],
)
def test_what_is_not_plain_carries_its_flag(cell: Cell, day: date | None, flag: str | None) -> None:
    found = parse_date(cell)

    assert (found.value, found.flag) == (day, flag)


@pytest.mark.parametrize("text", ["", " ", "-", "--", "——", "/", "无", "N/A", "null", "不详", "　"])
def test_words_for_nothing_are_empty_and_no_error(text: str) -> None:
    assert parse_date(text).is_empty


@pytest.mark.parametrize(
    "text",
    [
        *("2024-13-01", "2023-02-29", "2023年2月29日", "20240230", "0000-00-00", "1899-12-31"),
        *(
            "2201-01-01",
            "2024--1-5",
            "2024-1-5-6",
            "1月5日",
            "昨天",
            "2024-1-5 25",
            "3/3",
            "4 Foo 2024",
        ),
        *("32/1/2024", "13/13/2024", "٢٠٢٤-٠١-٠٥", "二〇二四年十十月五日", "1234567"),
    ],
)
def test_what_is_no_day_is_an_error(text: str) -> None:
    found = parse_date(text)

    assert (found.value, found.flag) == (None, "INVALID_DATE")


def test_books_of_1904_count_from_another_day() -> None:
    assert parse_date(43830, base_1904=True).value == date(2024, 1, 1)
    assert parse_date("43830", base_1904=True).flag == "SERIAL_AS_TEXT"


@given(st.dates(date(1900, 3, 1), date(2200, 1, 1)))
def test_every_day_comes_back_from_its_serial_and_its_writings(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    if not 1900 <= serial <= 2200:
        assert parse_date(serial).value == day
    for written in (f"{day:%Y-%m-%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}"):
        assert parse_date(written).value == day


@given(st.dates(date(1904, 1, 2), date(2200, 1, 1)))
def test_the_two_systems_lie_four_years_and_a_day_apart(day: date) -> None:
    serial = (day - date(1904, 1, 1)).days
    if not 1900 <= serial <= 2200:
        assert parse_date(serial, base_1904=True).value == date(1904, 1, 1) + timedelta(serial)


def test_of_a_validity_the_last_day_is_read() -> None:
    assert parse_expiry("2014.01.05-2034.01.05").value == date(2034, 1, 5)
    assert parse_expiry("2014-01-05至2034-01-05").value == date(2034, 1, 5)
    assert parse_expiry("2014.01.05-长期").flag == "LONG_TERM"
    assert parse_expiry("2034-01-05").value == date(2034, 1, 5)
