from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from server.domain.contacts import (
    PhoneKind,
    is_mobile,
    luhn_holds,
    read_bank_card,
    read_email,
    read_phone,
)
from server.domain.errors import Invalid

mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True).filter(str.isascii)


@given(
    mobiles, st.sampled_from(["{}", "+86{}", "0086{}", "86{}", "+86 {}", "{}.0", " {} ", "86-{}"])
)
def test_a_mobile_is_the_same_with_every_prefix(number: str, written: str) -> None:
    found = read_phone(written.format(number))

    assert (found.number, found.kind) == (number, PhoneKind.MOBILE)


def test_blanks_and_dashes_inside_a_mobile_are_taken_out() -> None:
    assert read_phone("138-0000-0000").number == "13800000000"
    assert read_phone("138 0000 0000").number == "13800000000"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0571-87654321", "0571-87654321"),
        ("057187654321", "0571-87654321"),
        ("(0571)87654321", "0571-87654321"),
        ("0571 8765 4321", "0571-87654321"),
        ("010-12345678", "010-12345678"),
        ("01087654321", "010-87654321"),
        ("+86-571-87654321", "0571-87654321"),
        ("0571-8765432-801", "0571-8765432-801"),
        ("0571-8765432转801", "0571-8765432-801"),
    ],
)
def test_a_landline_has_one_form(text: str, number: str) -> None:
    found = read_phone(text)

    assert (found.number, found.kind) == (number, PhoneKind.LANDLINE)


@pytest.mark.parametrize(
    "text",
    [
        *("", "1380000000", "138000000000", "12800000000", "87654321", "0571-876543"),
        *("1.38E+10", "13800000000/13900000000", "1380000000O", "张三"),
    ],
)
def test_what_rings_nowhere_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_phone(text)

    assert (refused.value.field, refused.value.reason) == ("mobile", "phone")
    assert not is_mobile(text)


@given(st.text("0123456789", min_size=1, max_size=30))
def test_luhn_agrees_with_an_independent_library(digits: str) -> None:
    assert luhn_holds(digits) == luhn.is_valid(digits)


def test_a_card_failing_luhn_is_read_with_a_warning() -> None:
    assert read_bank_card("6222 0200 0000 0000 018").luhn_holds
    assert not read_bank_card("6222020000000000019").luhn_holds
    assert read_bank_card("6222020000000000018").tail == "0018"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("622202000000000", "length"),
        ("6" * 20, "length"),
        ("62220200000000X", "digits"),
        ("", "digits"),
    ],
)
def test_a_card_of_other_length_or_signs_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_bank_card(text)

    assert refused.value.reason == reason


def test_an_address_keeps_its_name_and_lowers_its_domain() -> None:
    assert read_email(" Zhang.San+loan@Example.COM ") == "Zhang.San+loan@example.com"


@pytest.mark.parametrize(
    "text", ["", "a", "a@b", "a@@b.cn", "a b@c.cn", ".a@b.cn", "a@-b.cn", "a@b..cn"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_email(text)
