from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.parsing.choices import CHOICES, parse_choice, repay_frequency
from server.domain.standing import FiveClass, Status
from server.domain.terms import Method


@pytest.mark.parametrize(
    ("kind", "text", "code", "flag"),
    [
        ("repay_method", "等额本息", Method.EQUAL_INSTALMENT, None),
        ("repay_method", "equal_instalment", Method.EQUAL_INSTALMENT, None),
        ("repay_method", "等额本金", Method.EQUAL_PRINCIPAL, None),
        ("repay_method", "按季付息，到期还本", Method.INTEREST_ONLY, None),
        ("repay_method", "先息后本(按月)", Method.INTEREST_ONLY, None),
        ("repay_method", "利随本清", Method.BULLET, None),
        ("repay_method", "到期一次还本付息", Method.BULLET, None),
        ("repay_method", "等本等息", Method.FLAT, None),
        ("repay_method", "气球贷", Method.BALLOON, None),
        ("repay_method", "等额等息", None, "AMBIGUOUS"),
        ("repay_method", "按揭", Method.EQUAL_INSTALMENT, "ASSUMED"),
        ("repay_method", "到期还本", Method.INTEREST_ONLY, "ASSUMED"),
        ("repay_method", "看着办", None, "UNKNOWN"),
        ("security_type", "信用", "CREDIT", None),
        ("security_type", "抵押+保证", "COMBINED", None),
        ("security_type", "保证、抵押", "COMBINED", None),
        ("security_type", "抵押+抵押", "MORTGAGE", None),
        ("security_type", "抵质押", None, "AMBIGUOUS"),
        ("five_class", "关注类", FiveClass.SPECIAL_MENTION, None),
        ("five_class", "次级", FiveClass.SUBSTANDARD, None),
        ("five_class", "不良", None, "AMBIGUOUS"),
        ("loan_status", "已结清", Status.SETTLED, None),
        ("loan_status", "正常", Status.NORMAL, None),
        ("gender", "男", "M", None),
        ("gender", "F", "F", None),
        ("yes_no", "是", "YES", None),
        ("yes_no", "无", "NO", None),
        ("yes_no", "√", "YES", None),
        ("yes_no", "", None, None),
        ("customer_type", "对公", "COMPANY", None),
        ("id_type", "居民身份证", "RESIDENT_ID", None),
        ("rate_type", "LPR浮动", "FLOATING", None),
        ("gender", "#REF!", None, "CELL_ERROR"),
    ],
)
def test_a_word_becomes_a_code(kind: str, text: str, code: str | None, flag: str | None) -> None:
    found = parse_choice(kind, text)

    assert (found.value, found.flag) == (code, flag)


@pytest.mark.parametrize(("cell", "code"), [(True, "YES"), (False, "NO"), (1, "YES"), (0.0, "NO")])
def test_cells_that_are_no_text_answer_yes_or_no(cell: float, code: str) -> None:
    assert parse_choice("yes_no", cell).value == code


def test_nothing_is_no_answer() -> None:
    assert parse_choice("yes_no", None).is_empty


def test_codes_are_those_of_the_product() -> None:
    for kind, codes in (
        ("repay_method", Method),
        ("five_class", FiveClass),
        ("loan_status", Status),
    ):
        for code in codes:
            if code != Status.APPLIED:
                assert parse_choice(kind, code.value).value == code.value


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Invalid):
        parse_choice("shoe_size", "42")


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("按季付息到期还本", 3),
        ("每月付息", 1),
        ("按半年付息到期还本", 6),
        ("按年付息", 12),
        ("等额本息", None),
        (None, None),
    ],
)
def test_the_frequency_stands_in_the_words(text: str | None, months: int | None) -> None:
    assert repay_frequency(text) == months


@given(st.sampled_from(CHOICES), st.text(max_size=30))
def test_every_word_has_an_answer(kind: str, text: str) -> None:
    assert parse_choice(kind, text) is not None
