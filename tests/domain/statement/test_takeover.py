"""Loans taken over from another ledger with a position and no history."""

from __future__ import annotations

from typing import Any

import pytest

from server.domain.errors import Invalid
from server.domain.events import Opening
from server.domain.plan import make_plan
from server.domain.standing import Status
from server.domain.statement import LineKind, lines_of, statement
from server.domain.terms import Method
from tests.domain.builders import dated, day, loan, repaid

TAKEN_ON = "2024-04-20"
PLAN = make_plan(loan()).rows
PLANNED = PLAN[2].balance


def opening(principal: int = PLANNED, **rest: Any) -> Opening:
    """The position on 20 April, after three instalments."""
    made: Opening = dated(Opening, "o", TAKEN_ON, principal=principal, **rest)
    return made


def test_a_loan_paid_up_goes_on_with_its_own_plan() -> None:
    sheet = statement(loan(), [opening()], day(TAKEN_ON))

    assert sheet.status is Status.NORMAL
    assert sheet.principal_balance == PLANNED
    assert [state.due.principal for state in sheet.instalments] == [r.principal for r in PLAN]
    assert sheet.instalments[2].unpaid.total == 0
    assert sheet.next_due is not None
    assert sheet.next_due.no == 4


def test_more_principal_than_planned_is_overdue_on_the_latest_instalments() -> None:
    behind = PLANNED + PLAN[2].principal + 1000

    sheet = statement(loan(), [opening(behind)], day(TAKEN_ON))

    assert sheet.overdue_principal == PLAN[2].principal + 1000
    assert sheet.oldest_unpaid_due_on == PLAN[1].due_on
    assert sheet.dpd == 36
    assert sheet.overdue_instalments == 2
    assert sheet.penalty > 0


def test_the_penalty_of_the_old_ledger_stands_and_grows() -> None:
    behind = opening(PLANNED + 500_000, penalty_due=777)

    on_the_day = statement(loan(), [behind], day(TAKEN_ON))
    later = statement(loan(), [behind], day("2024-04-30"))

    assert on_the_day.penalty == 777
    assert later.penalty == 777 + 1500


def test_the_oldest_due_date_that_was_told_gives_the_days() -> None:
    told = opening(PLANNED + 500_000, oldest_due_on=day("2024-03-01"), interest_due=5000)

    sheet = statement(loan(), [told], day(TAKEN_ON))

    assert sheet.dpd == 50
    assert sheet.overdue_interest == 5000


def test_interest_unknown_is_that_of_the_instalments_since_the_oldest() -> None:
    told = opening(6_000_000, oldest_due_on=PLAN[1].due_on)
    terms = loan(method=Method.INTEREST_ONLY)

    sheet = statement(terms, [told], day(TAKEN_ON))

    assert sheet.overdue_interest == 72_000
    assert sheet.overdue_principal == 0


def test_less_principal_than_planned_lowers_the_instalments_to_come() -> None:
    sheet = statement(loan(), [opening(PLANNED - 600_000)], day(TAKEN_ON))

    assert sheet.dpd == 0
    assert sum(s.unpaid.principal for s in sheet.instalments) == PLANNED - 600_000
    assert sheet.instalments[3].due.total < PLAN[3].total


def test_a_loan_past_its_maturity_is_overdue_in_full() -> None:
    late = dated(Opening, "o", "2024-09-01", principal=400_000, interest_due=100)

    sheet = statement(loan(), [late], day("2024-09-01"))

    assert sheet.overdue_principal == sheet.principal_balance == 400_000
    assert sheet.oldest_unpaid_due_on == PLAN[5].due_on


def test_a_loan_without_balance_is_settled() -> None:
    sheet = statement(loan(), [opening(0)], day("2024-05-01"))

    assert sheet.status is Status.SETTLED
    assert sheet.settled_on == day(TAKEN_ON)


def test_arrears_before_any_due_date_are_carried_as_an_item_of_their_own() -> None:
    odd = dated(Opening, "o", "2024-02-01", principal=6_000_000, interest_due=900, fee_due=50)

    sheet = statement(loan(), [odd], day("2024-02-03"))

    assert sheet.instalments[0].no == 0
    assert (sheet.due.interest, sheet.due.fee, sheet.dpd) == (900, 50, 2)


def test_a_payment_of_the_same_day_counts_after_the_takeover() -> None:
    events = [
        repaid("a", TAKEN_ON, 1000),
        opening(PLANNED + 500_000, penalty_due=0),
    ]

    sheet = statement(loan(), events, day(TAKEN_ON))

    assert sheet.overdue_principal == 499_000
    assert [line.kind for line in lines_of(sheet)] == [
        LineKind.DISBURSED, LineKind.OPENED, LineKind.REPAID,
    ]  # fmt: skip
    assert lines_of(sheet)[-1].principal_balance == sheet.principal_balance


def test_a_payment_before_the_takeover_is_refused() -> None:
    with pytest.raises(Invalid, match="value_on: before_opening"):
        statement(loan(), [repaid("a", "2024-04-19", 1000), opening()], day(TAKEN_ON))


def test_a_day_before_the_takeover_is_unknown() -> None:
    with pytest.raises(Invalid, match="as_of: before_opening"):
        statement(loan(), [opening()], day("2024-04-19"))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"principal": 6_000_001}, "principal: exceeds_principal"),
        ({"principal": -1}, "principal: negative"),
        ({"interest_due": -1}, "interest_due: negative"),
        ({"overdue_principal": PLANNED + 1}, "overdue_principal: exceeds_balance"),
        ({"oldest_due_on": day("2024-04-21")}, "oldest_due_on: after_opening"),
        ({"oldest_due_on": day("2024-01-01")}, "oldest_due_on: before_disbursement"),
    ],
)
def test_an_impossible_position_is_refused(told: dict[str, Any], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        statement(loan(), [opening(**told)], day(TAKEN_ON))


def test_only_one_takeover_is_possible() -> None:
    second = dated(Opening, "o2", "2024-05-20", principal=1)

    with pytest.raises(Invalid, match="principal: already_opened"):
        statement(loan(), [opening(), second], day("2024-06-01"))
