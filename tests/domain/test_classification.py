from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.classification import (
    Circumstances,
    Reason,
    Segment,
    UnlikelyToPay,
    UpgradeRequest,
    class_of_days,
    class_to_hold,
    classify,
    count_defaults,
    is_in_default,
    reviewed_class,
    suggested_class,
    upgrade_refusals,
)
from server.domain.errors import Invalid
from server.domain.parameters import DEFAULTS
from server.domain.standing import FiveClass

NORMAL, MENTION, SUBSTANDARD, DOUBTFUL, LOSS = FiveClass

shares = st.decimals(0, 1, places=3)
circumstances = st.builds(
    Circumstances,
    dpd=st.integers(0, 500),
    segment=st.sampled_from(Segment),
    technical=st.booleans(),
    misuse=st.booleans(),
    borrow_new=st.booleans(),
    small_rollover=st.booleans(),
    impaired=st.booleans(),
    ecl=shares,
    evasion=st.booleans(),
    bankrupt=st.booleans(),
    rating_collapse=st.booleans(),
    extended_in_difficulty=st.booleans(),
    restructured=st.booleans(),
    in_observation=st.booleans(),
    restructure_again=st.booleans(),
    pre_class=st.none() | st.sampled_from(FiveClass),
    cured=st.booleans(),
    debtor_any_npl=st.booleans(),
    debtor_npl_share=shares,
    debtor_all_banks_over90_share=shares,
)


@pytest.mark.parametrize(
    ("dpd", "expected"),
    [
        (0, NORMAL),
        (1, MENTION),
        (90, MENTION),
        (91, SUBSTANDARD),
        (270, SUBSTANDARD),
        (271, DOUBTFUL),
        (360, DOUBTFUL),
        (361, LOSS),
    ],
)
def test_days_alone_demand_a_class(dpd: int, expected: FiveClass) -> None:
    assert class_of_days(dpd) is expected
    assert classify(Circumstances(dpd)).minimum_class is expected


def test_a_technical_delay_is_excused_for_seven_days_only() -> None:
    assert classify(Circumstances(7, technical=True)).minimum_class is NORMAL
    assert classify(Circumstances(8, technical=True)).minimum_class is MENTION


@pytest.mark.parametrize(
    ("facts", "expected", "reasons"),
    [
        (Circumstances(0, misuse=True), MENTION, ["MISUSE"]),
        (Circumstances(0, borrow_new=True), MENTION, ["BORROW_NEW"]),
        (Circumstances(0, borrow_new=True, small_rollover=True), NORMAL, []),
        (
            Circumstances(0, extended_in_difficulty=True),
            MENTION,
            ["EXTENDED_IN_DIFFICULTY"],
        ),
        (Circumstances(0, impaired=True), SUBSTANDARD, ["IMPAIRED"]),
        (Circumstances(0, impaired=True, ecl=Decimal("0.49")), SUBSTANDARD, ["IMPAIRED"]),
        (Circumstances(0, impaired=True, ecl=Decimal("0.50")), DOUBTFUL, ["ECL", "IMPAIRED"]),
        (Circumstances(0, ecl=Decimal("0.50")), NORMAL, []),
        (Circumstances(0, ecl=Decimal("0.90")), LOSS, ["ECL"]),
        (Circumstances(0, rating_collapse=True), SUBSTANDARD, ["RATING_COLLAPSE"]),
        (Circumstances(0, evasion=True), DOUBTFUL, ["EVASION"]),
        (Circumstances(0, bankrupt=True), LOSS, ["BANKRUPT"]),
    ],
)
def test_troubles_demand_a_class_whatever_the_days(
    facts: Circumstances, expected: FiveClass, reasons: list[str]
) -> None:
    found = classify(facts)

    assert (found.minimum_class, list(found.reasons)) == (expected, reasons)


def test_a_restructured_loan_is_watched_only_while_in_observation() -> None:
    watched = Circumstances(0, restructured=True, in_observation=True)

    assert classify(watched).minimum_class is MENTION
    assert classify(replace(watched, in_observation=False)).minimum_class is NORMAL
    assert classify(replace(watched, restructure_again=True)).minimum_class is SUBSTANDARD


def test_a_bad_loan_keeps_its_class_through_restructuring_until_cured() -> None:
    kept = Circumstances(0, restructured=True, in_observation=True, pre_class=DOUBTFUL)

    assert classify(kept).minimum_class is DOUBTFUL
    assert Reason.KEPT_CLASS in classify(kept).reasons
    assert classify(replace(kept, cured=True)).minimum_class is MENTION


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Circumstances(0, Segment.NON_RETAIL, debtor_any_npl=True), MENTION),
        (Circumstances(0, Segment.NON_RETAIL, debtor_npl_share=Decimal("0.01")), MENTION),
        (Circumstances(0, Segment.NON_RETAIL, debtor_npl_share=Decimal("0.10")), MENTION),
        (Circumstances(0, Segment.NON_RETAIL, debtor_npl_share=Decimal("0.101")), SUBSTANDARD),
        (
            Circumstances(0, Segment.NON_RETAIL, debtor_all_banks_over90_share=Decimal("0.20")),
            NORMAL,
        ),
        (
            Circumstances(0, Segment.NON_RETAIL, debtor_all_banks_over90_share=Decimal("0.201")),
            SUBSTANDARD,
        ),
    ],
)
def test_other_debts_colour_a_non_retail_loan_and_never_a_retail_one(
    facts: Circumstances, expected: FiveClass
) -> None:
    assert classify(facts).minimum_class is expected
    assert classify(replace(facts, segment=Segment.RETAIL)).minimum_class is NORMAL


def test_a_bank_may_set_stricter_days() -> None:
    rules = replace(DEFAULTS.classification, substandard_above_dpd=60)

    assert classify(Circumstances(61), rules).minimum_class is SUBSTANDARD


@given(circumstances, st.integers(0, 300))
def test_more_days_never_better_the_class(facts: Circumstances, more: int) -> None:
    worse = classify(replace(facts, dpd=facts.dpd + more))

    assert worse.minimum_class.rank >= classify(facts).minimum_class.rank


@given(circumstances)
def test_a_class_worse_than_normal_always_has_a_reason(facts: Circumstances) -> None:
    found = classify(facts)

    assert bool(found.reasons) == (found.minimum_class is not NORMAL)
    assert list(found.reasons) == sorted(set(found.reasons))
    assert found.non_performing == found.minimum_class.is_non_performing


def test_a_reviewer_may_say_worse() -> None:
    assert reviewed_class(MENTION, LOSS) is LOSS
    assert reviewed_class(MENTION, MENTION) is MENTION
    assert reviewed_class(MENTION, None) is MENTION


def test_a_reviewer_may_not_say_better() -> None:
    with pytest.raises(Invalid) as refused:
        reviewed_class(SUBSTANDARD, MENTION)

    assert (refused.value.field, refused.value.reason) == ("override", "better_than_minimum")


def test_the_daily_run_lowers_a_class_and_never_raises_it() -> None:
    assert class_to_hold(MENTION, DOUBTFUL) is DOUBTFUL
    assert class_to_hold(DOUBTFUL, NORMAL) is DOUBTFUL


def test_other_bad_loans_of_a_retail_customer_only_suggest() -> None:
    assert suggested_class(NORMAL, [MENTION, SUBSTANDARD]) is MENTION
    assert suggested_class(DOUBTFUL, [LOSS]) is DOUBTFUL
    assert suggested_class(NORMAL, [MENTION]) is NORMAL


GOOD_REQUEST = UpgradeRequest(
    to_class=NORMAL,
    minimum_class=NORMAL,
    arrears_cleared=True,
    earliest_on=date(2024, 9, 10),
    debtor_able=True,
    other_impaired_claims=False,
)
ON_TIME = date(2024, 9, 10)


def test_an_upgrade_with_all_conditions_met_is_not_refused() -> None:
    assert upgrade_refusals(GOOD_REQUEST, ON_TIME) == ()


@pytest.mark.parametrize(
    ("request_", "on", "code"),
    [
        (replace(GOOD_REQUEST, arrears_cleared=False), ON_TIME, "arrears_unpaid"),
        (GOOD_REQUEST, date(2024, 9, 9), "too_early"),
        (replace(GOOD_REQUEST, earliest_on=None), ON_TIME, "too_early"),
        (replace(GOOD_REQUEST, debtor_able=False), ON_TIME, "debtor_not_able"),
        (replace(GOOD_REQUEST, other_impaired_claims=True), ON_TIME, "impaired_claims_left"),
        (replace(GOOD_REQUEST, in_observation=True), ON_TIME, "in_observation"),
        (replace(GOOD_REQUEST, minimum_class=MENTION), ON_TIME, "better_than_minimum"),
    ],
)
def test_an_upgrade_is_refused_for_each_condition_unmet(
    request_: UpgradeRequest, on: date, code: str
) -> None:
    assert upgrade_refusals(request_, on) == (code,)


def test_in_observation_a_loan_may_rise_to_special_mention() -> None:
    request = replace(GOOD_REQUEST, to_class=MENTION, in_observation=True)

    assert upgrade_refusals(request, ON_TIME) == ()


def test_default_begins_after_ninety_days_on_any_amount() -> None:
    assert not is_in_default(90, 100)
    assert is_in_default(91, 1)


def test_default_by_days_needs_more_than_the_material_amount() -> None:
    rules = replace(DEFAULTS.default, material_amount=10_000)

    assert not is_in_default(400, 10_000, rules=rules)
    assert is_in_default(400, 10_001, rules=rules)


@pytest.mark.parametrize("sign", list(UnlikelyToPay))
def test_a_sign_of_not_paying_is_a_default_without_days(sign: UnlikelyToPay) -> None:
    assert is_in_default(0, 0, [sign])


def test_each_entry_into_default_counts_once() -> None:
    assert count_defaults([]) == 0
    assert count_defaults([True, True, False, True]) == 2
    assert count_defaults([False, False]) == 0
