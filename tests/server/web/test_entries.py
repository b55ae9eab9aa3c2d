"""Fields of a form become values; what cannot be read is told at its field, all at one time."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from server.web.entries import Entries


def entries(**fields: str) -> Entries:
    return Entries(MultiDict(fields))


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> None:
    """Messages are translated in an app's context."""


def test_values_are_read_as_people_write_them() -> None:
    read = entries(
        name="　张 三 ", whole="１,200", sum="1.5万", rate="7.2%", day="2024.1.5", day8="20240105"
    )
    assert read.text("name", most=10) == "张 三"
    assert read.whole("whole", 0, 9999) == 1200
    assert read.money("sum") == 1_500_000
    assert read.percent("rate") == Decimal("0.072")
    assert read.day("day") == read.day("day8") == dt.date(2024, 1, 5)
    assert read.state.errors == {}


def test_everything_wrong_is_told_at_one_time() -> None:
    read = entries(
        name="张" * 60_000, whole="1.5", sum="-", rate="很高", day="2026-02-30", code="x"
    )
    read.text("name", most=10)
    read.whole("whole", 0, 9)
    read.money("sum")
    read.percent("rate")
    read.day("day")
    read.code("code", ("a", "b"))
    read.text("absent", most=5)
    assert set(read.state.errors) == {"name", "whole", "sum", "rate", "day", "code", "absent"}


def test_a_number_out_of_bounds_is_told_with_the_bounds() -> None:
    read = entries(whole="70")
    read.whole("whole", 0, 60)
    assert read.state.errors["whole"] == "请填写 0 到 60 之间的数。"


@pytest.mark.parametrize("typed", ["1000000000000000", "1e15", "9" * 30])
def test_an_absurd_amount_is_refused(typed: str) -> None:
    read = entries(sum=typed)
    read.money("sum")
    assert "sum" in read.state.errors


def test_what_may_be_left_out_is_none() -> None:
    read = entries()
    assert read.optional_whole("a", 0, 9) is None
    assert read.optional_percent("a") is None
    assert read.optional_number("a") is None
    assert read.optional_day("a") is None
    assert read.text("a", most=5, required=False) == ""
    assert read.state.errors == {}


def test_several_choices_come_in_their_own_order() -> None:
    read = Entries(MultiDict([("m", "b"), ("m", "a")]))
    assert read.codes("m", ["a", "b", "c"]) == ("a", "b")
    assert read.state.values["m"] == ["b", "a"]


def test_an_unknown_choice_among_several_is_refused() -> None:
    read = Entries(MultiDict([("m", "b"), ("m", "z")]))
    read.codes("m", ["a", "b"])
    assert "m" in read.state.errors


def test_lines_of_a_text_area_lose_blank_ones() -> None:
    assert entries(lines="甲\r\n\r\n 乙\n").lines("lines", most=50) == ("甲", "乙")


def test_no_control_character_passes() -> None:
    assert entries(name="张\x00三").text("name", most=10) == "张三"
