from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.parsing.headers import Unit, column_of, map_heading, map_headings
from server.domain.parsing.synonyms import COLUMNS


def test_every_label_field_name_and_synonym_means_its_own_column() -> None:
    for column in COLUMNS:
        for heading in (column.field, column.label, *column.synonyms):
            assert map_heading(heading).field == column.field, heading


def test_no_synonym_belongs_to_two_columns() -> None:
    headings = Counter(
        heading.casefold()
        for column in COLUMNS
        for heading in {column.field, column.label, *column.synonyms}
    )

    assert [heading for heading, count in headings.items() if count > 1] == []


@given(
    st.sampled_from([s for c in COLUMNS for s in (c.label, *c.synonyms) if not s.isascii()]),
    st.sampled_from(
        ["*{}", " {} ", "{}\n", "{}（必填）", "{}:", "{}：", "【{}】"[1:-1], "1.{}", "★{}"]
    ),
)
def test_marks_around_a_heading_change_nothing(heading: str, dress: str) -> None:
    assert map_heading(dress.format(heading)).field == map_heading(heading).field


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("借款人手机号码", "mobile"),
        ("借款人性别", "gender"),
        ("借款人身份证号码", "id_no"),
        ("借款人证件号", "id_no"),
        ("客户住址", "address"),
        ("当前贷款余额", "principal_balance"),
        ("贷款发放日期", "disbursed_on"),
        ("借款人信息_身份证号", "id_no"),
        ("放款信息-金额", "principal_amount"),
        ("罚息利率", "penalty_uplift"),
        ("担保人身份证号", "guarantor_id_no"),
        ("贷款担保人姓名", "guarantor_name"),
        ("紧急联系人电话", "emergency_phone"),
        ("紧急联系人手机号码", "emergency_phone"),
        ("上次贷后检查日期", "last_visit_on"),
        ("利率(月‰)", "monthly_rate_permille"),
        ("利率(‰)", "monthly_rate_permille"),
        ("单户授信额度", "credit_limit"),
        ("贷款用途说明", "purpose"),
        ("客户\n经理", "officer"),
        ("客户经理", "officer"),
        ("客户", "customer_name"),
        ("ＤＰＤ", "dpd"),
        ("Loan Amount (CNY)", "principal_amount"),
        ("CUSTOMER NAME", "customer_name"),
        ("ID No.", "id_no"),
        ("loan_id", "iou_no"),
        ("principal_amount", "principal_amount"),
    ],
)
def test_longer_headings_are_understood(heading: str, field: str) -> None:
    assert map_heading(heading).field == field


@pytest.mark.parametrize(
    "heading",
    [
        *("序号", "合计", "小计", "制表人", "No.", "#", "", "  ", "*", "(元)"),
        *(
            "担保人电话",
            "配偶身份证号",
            "客户经理电话",
            "客户经理编号",
            "法人姓名",
            "第二联系人电话",
        ),
        *(
            "共同借款人身份证号",
            "五级分类日期",
            "上月贷款余额",
            "授信到期日",
            "担保金额",
            "应还本金",
        ),
        *("上次还款金额", "利率调整日期", "还款方式代码", "天数", "随便什么", "x" * 501),
    ],
)
def test_what_has_no_column_or_could_have_two_is_left_to_a_person(heading: str) -> None:
    assert map_heading(heading).field is None


@pytest.mark.parametrize(
    ("heading", "scale", "unit"),
    [
        ("贷款金额(万元)", 10_000, Unit.YUAN),
        ("贷款金额（单位：万元）", 10_000, Unit.YUAN),
        ("贷款金额万元", 10_000, Unit.YUAN),
        ("贷款余额【元】", 1, Unit.YUAN),
        ("授信额度(亿元)", 100_000_000, Unit.YUAN),
        ("年利率(%)", 1, Unit.PERCENT),
        ("年利率％", 1, Unit.PERCENT),
        ("月利率‰", 1, Unit.PERMILLE),
        ("月利率(‰)", 1, Unit.PERMILLE),
        ("期限(月)", 1, Unit.MONTH),
        ("贷款期限(月)", 1, Unit.MONTH),
        ("贷款期限（年）", 12, Unit.YEAR),
        ("贷款期限(天)", 1, Unit.DAY),
        ("贷款金额", 1, None),
        ("客户姓名(元)", 1, None),
    ],
)
def test_the_unit_of_a_heading_becomes_a_scale(heading: str, scale: int, unit: Unit | None) -> None:
    found = map_heading(heading)

    assert found.field is not None
    assert (found.scale, found.unit) == (scale, unit)


def test_the_lender_used_for_the_borrower_is_flagged() -> None:
    assert map_heading("贷款人").flag == "LENDER_WORD"
    assert map_heading("借款人").flag is None


def test_a_guess_is_told_from_a_certainty() -> None:
    assert map_heading("手机号").is_sure
    assert not map_heading("单户授信额度").is_sure


def test_a_field_claimed_twice_goes_to_the_first_and_the_other_is_asked() -> None:
    first, second, third = map_headings(["电话", "手机号", "姓名"])

    assert (first.field, second.field, third.field) == ("mobile", None, "customer_name")
    assert second.candidates == ("mobile",)


def test_columns_are_found_by_field() -> None:
    column = column_of("annual_rate")

    assert column is not None
    assert (column.label, column.kind) == ("年利率", "rate")
    assert column_of("shoe_size") is None


@given(st.text(max_size=60))
def test_every_heading_has_an_answer(heading: str) -> None:
    found = map_heading(heading)

    assert found.field is None or column_of(found.field) is not None
