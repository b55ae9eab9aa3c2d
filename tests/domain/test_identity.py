from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import ric

from server.domain.errors import Invalid
from server.domain.identity import (
    Sex,
    check_character,
    disagreements,
    eighteen,
    normalise_id,
    read_resident_id,
)

TODAY = date(2026, 1, 31)
GOOD = "110199199003070017"

births = st.dates(date(1900, 1, 1), TODAY)
areas = st.sampled_from(["110101", "330106", "510104", "650102", "810000", "429004"])


@st.composite
def numbers(draw: st.DrawFn) -> str:
    body = f"{draw(areas)}{draw(births):%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return body + check_character(body)


@given(numbers())
def test_a_number_made_by_the_rules_passes(number: str) -> None:
    found = read_resident_id(number, TODAY)

    assert found.number == number
    assert found.born_on == date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    assert found.sex is (Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


@given(numbers(), st.integers(0, 16), st.integers(1, 9))
def test_one_changed_digit_is_always_found(number: str, place: int, step: int) -> None:
    changed = str((int(number[place]) + step) % 10)

    with pytest.raises(Invalid):
        read_resident_id(number[:place] + changed + number[place + 1 :], TODAY)


@given(numbers(), st.integers(0, 15))
def test_two_neighbours_swapped_are_always_found(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    with pytest.raises(Invalid):
        read_resident_id(swapped, TODAY)


@given(numbers())
def test_an_independent_library_makes_the_same_check_character(number: str) -> None:
    assert ric.calc_check_digit(number) == check_character(number[:17])


@given(births.filter(lambda day: 1900 <= day.year <= 1999), st.integers(0, 999))
def test_an_old_number_is_the_new_one_without_century_and_check(born_on: date, seq: int) -> None:
    old = f"110101{born_on:%y%m%d}{seq:03d}"
    found = read_resident_id(old, TODAY)

    assert found.number == eighteen(old)
    assert found.number[:6] + found.number[8:17] == old
    assert found.is_old
    assert "old_number" in found.warnings


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "format"),
        ("11019919900307001", "format"),
        ("11019919900307001A", "format"),
        ("X10199199003070017", "format"),
        ("١١٠١٩٩١٩٩٠٠٣٠٧٠٠١٧", "format"),
        ("110199-19900307-0017", "format"),
        ("1101991990030700170", "format"),
        ("100199199003070017", "area"),
        ("910199199013070017", "area"),
        ("840199199003070017", "area"),
        ("110199199013070017", "birth_date"),
        ("110199189912310017", "birth_date"),
        ("110199202602010017", "birth_date"),
        ("110199199003070018", "checksum"),
    ],
)
def test_the_first_thing_amiss_is_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_resident_id(text, TODAY)

    assert (refused.value.field, refused.value.reason) == ("id_no", reason)


def test_a_person_born_today_has_a_number() -> None:
    body = f"110101{TODAY:%Y%m%d}001"

    assert read_resident_id(body + check_character(body), TODAY).born_on == TODAY
    with pytest.raises(Invalid):
        read_resident_id(body + check_character(body), TODAY - timedelta(days=1))


@pytest.mark.parametrize(
    "text",
    [
        " 110199 19900307 0017 ",
        "'110199199003070017",
        "110199199003070017.0",
        "１１０１９９１９９００３０７００１７",
        "\ufeff110199199003070017\u200b",
    ],
)
def test_what_surrounds_a_number_is_taken_off(text: str) -> None:
    assert normalise_id(text) == GOOD


def test_a_county_outside_every_range_is_only_a_warning() -> None:
    assert read_resident_id(GOOD, TODAY).warnings == ("unknown_county",)
    assert read_resident_id("810099197908211153", TODAY).warnings == ()


def test_every_county_there_ever_was_is_plausible() -> None:
    areas_known = import_module("stdnum.numdb").get("cn/loc").prefixes
    for _, province, _, _, counties in areas_known:
        for _, county, _, _, _ in counties:
            if not county.endswith("00"):
                body = f"{province}{county}19900307001"
                number = body + check_character(body)
                assert "unknown_county" not in read_resident_id(number, TODAY).warnings, number


def test_columns_are_compared_with_the_number() -> None:
    resident = read_resident_id(GOOD, TODAY)

    assert disagreements(resident, date(1990, 3, 7), Sex.MALE) == ()
    assert disagreements(resident) == ()
    assert disagreements(resident, date(1990, 3, 8), Sex.FEMALE) == ("birth_on", "gender")
