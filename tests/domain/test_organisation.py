from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from server.domain.errors import Invalid
from server.domain.organisation import check_character, organisation_check, read_credit_code

GOOD = "91110199MA05YN0182"
characters = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@st.composite
def codes(draw: st.DrawFn) -> str:
    body = draw(st.text(characters, min_size=8, max_size=8))
    text = f"91330106{body}"
    text += organisation_check(body)
    return text + check_character(text)


@given(codes())
def test_a_code_made_by_the_rules_passes_here_and_in_an_independent_library(code: str) -> None:
    assert read_credit_code(code).warnings == ()
    assert uscc.calc_check_digit(code) == code[-1]


@given(codes(), st.integers(0, 16), st.integers(1, 30))
def test_one_changed_character_is_always_found(code: str, place: int, step: int) -> None:
    changed = characters[(characters.index(code[place]) + step) % 31]

    with pytest.raises(Invalid) as refused:
        read_credit_code(code[:place] + changed + code[place + 1 :])
    assert refused.value.reason == "checksum"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "length"),
        (GOOD[:-1], "length"),
        (GOOD + "0", "length"),
        ("9111019900000001I9", "charset"),
        ("9111019900000001中9", "charset"),
        ("91110199MA05YN0183", "checksum"),
    ],
)
def test_the_first_thing_amiss_is_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_credit_code(text)

    assert (refused.value.field, refused.value.reason) == ("uscc", reason)


def test_evidence_overrides_the_checksum_and_nothing_else() -> None:
    assert read_credit_code("91110199MA05YN0183", with_evidence=True).warnings == ("checksum",)
    with pytest.raises(Invalid):
        read_credit_code("9111019900000001I9", with_evidence=True)


def test_a_wrong_inner_check_is_a_warning() -> None:
    body = "91110199MA05YN019"
    found = read_credit_code(body + check_character(body))

    assert found.warnings == ("organisation",)


def test_a_code_is_evened_out_and_taken_apart() -> None:
    found = read_credit_code(" 91110199-ma05yn018-2 ")

    assert (found.code, found.area, found.organisation) == (GOOD, "110199", "MA05YN018")
