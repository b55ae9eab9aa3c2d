"""A contract whose due dates move to working days, from the product to the state of the loan."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server.domain.terms import Method
from server.domain.workdays import HolidayRule
from server.loans.actions import refresh_due_states
from server.loans.actions.states import differences, rebuild
from server.loans.models import Loan, LoanState
from server.loans.queries import terms_of
from server.products.actions import ChangeParameter, change_parameter
from tests.server.bank import Bank, add_loan

ZONE = ZoneInfo("Asia/Shanghai")
SATURDAY, MONDAY = dt.date(2026, 3, 14), dt.date(2026, 3, 16)


def _moved_loan(bank: Bank) -> str:
    return add_loan(
        bank,
        method=Method.INTEREST_ONLY,
        disbursed_on=dt.date(2026, 2, 14),
        holidays=HolidayRule.NEXT_WORKDAY,
    )


def test_the_state_of_a_loan_counts_from_the_working_day(session: Session, bank: Bank) -> None:
    loan_id = _moved_loan(bank)
    session.commit()
    state = session.get_one(LoanState, loan_id)
    assert (state.next_due_on, state.unpaid_due_on) == (SATURDAY, MONDAY)
    assert state.overdue_from == dt.date(2026, 3, 17)
    assert list(differences(session)) == []
    for day, dpd in ((MONDAY, 0), (dt.date(2026, 3, 18), 2)):
        refresh_due_states(session, day)
        session.expire_all()
        assert session.get_one(LoanState, loan_id).dpd == dpd
    assert list(differences(session)) == []


def test_a_holiday_told_later_moves_the_date_of_loans_that_stand(
    session: Session, bank: Bank
) -> None:
    loan_id = _moved_loan(bank)
    session.commit()
    rows = [{"from_on": "2026-03-16", "to_on": "2026-03-17", "kind": "HOLIDAY", "name": "哀悼日"}]
    command = ChangeParameter("holiday.days", dt.date(2026, 3, 11), rows, "国务院通知")
    assert terms_of(session.get_one(Loan, loan_id)).counts_from(SATURDAY) == MONDAY
    change_parameter(session, bank.actor("administrator"), command)
    assert terms_of(session.get_one(Loan, loan_id)).counts_from(SATURDAY) == dt.date(2026, 3, 18)
    session.commit()
    rebuild(session)
    session.expire_all()
    assert session.get_one(LoanState, loan_id).unpaid_due_on == dt.date(2026, 3, 18)


def test_without_the_clause_the_due_date_stands(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank, method=Method.INTEREST_ONLY, disbursed_on=dt.date(2026, 2, 14))
    assert session.get_one(LoanState, loan_id).unpaid_due_on == SATURDAY
    assert session.get_one(Loan, loan_id).holidays == "NONE"
