"""All of one customer; and customers with their standing, found and listed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from server.desk import queries
from server.domain.standing import Status
from server.loans.actions import Guarantor
from server.repayments.actions import request_reversal
from tests.server.bank import (
    NOW,
    TODAY,
    Bank,
    add_customer,
    add_loan,
    add_repayment,
    resident_id,
)

JANUARY = dt.date(2026, 1, 5)
INSTALMENT = 1_021_105


def test_an_account_sums_the_loans_and_shows_the_oldest_arrears_and_what_is_next(
    bank: Bank,
) -> None:
    customer_id = add_customer(bank)
    late = add_loan(bank, customer_id=customer_id, disbursed_on=JANUARY)
    fresh = add_loan(bank, customer_id=customer_id, disbursed_on=TODAY)
    account = queries.account_of(bank.session, bank.actor("officer"), customer_id)

    first, second = account.loans
    assert [first.row.id, second.row.id] == [fresh, late]
    assert [row.no for row in first.around] == [1, 2]
    assert [row.no for row in second.around] == [1, 2, 3, 4]
    assert (second.instalments, second.paid, second.behind) == (6, 0, 2)
    assert account.balance == 12_000_000
    assert account.worst_dpd == 33
    assert account.total_due == second.row.total_due


def test_a_prompt_payer_sees_what_was_settled_last(bank: Bank) -> None:
    customer_id = add_customer(bank)
    made = add_loan(bank, customer_id=customer_id, disbursed_on=JANUARY)
    for month in (2, 3):
        add_repayment(bank, made, INSTALMENT, dt.date(2026, month, 5))

    (loan,) = queries.account_of(bank.session, bank.actor("officer"), customer_id).loans

    assert (loan.paid, loan.behind) == (2, 0)
    assert [row.no for row in loan.around] == [1, 2, 3, 4]


def test_loans_of_another_branch_stay_out_of_the_account(bank: Bank) -> None:
    customer_id = add_customer(bank)
    add_loan(bank, customer_id=customer_id)

    account = queries.account_of(bank.session, bank.actor("officer_b"), customer_id)

    assert account.loans == ()


def test_guarantees_are_found_by_link_and_by_number_within_reach(bank: Bank) -> None:
    guarantor = add_customer(bank, 7)
    borrower = add_customer(bank, 8)
    linked = add_loan(
        bank, customer_id=borrower, guarantors=(Guarantor("张三丰", customer_id=guarantor),)
    )
    numbered = add_loan(
        bank, customer_id=borrower, guarantors=(Guarantor("张三丰", id_no=resident_id(7)),)
    )
    add_loan(bank, branch_id=bank.branch_b, guarantors=(Guarantor("张三丰", id_no=resident_id(7)),))
    add_loan(bank, customer_id=borrower)

    found = queries.guarantees_of(bank.session, bank.actor("officer"), guarantor)

    assert {each.loan_id for each in found} == {linked, numbered}
    assert {each.borrower_id for each in found} == {borrower}
    assert len(queries.guarantees_of(bank.session, bank.actor("chief"), guarantor)) == 3
    assert queries.guarantees_of(bank.session, bank.actor("officer"), borrower) == []


def test_the_history_tells_of_customer_loans_and_requests_newest_first(
    bank: Bank, session: Session
) -> None:
    customer_id = add_customer(bank)
    made = add_loan(bank, customer_id=customer_id, disbursed_on=JANUARY)
    paid = add_repayment(bank, made, INSTALMENT, TODAY)
    session.commit()
    tomorrow = NOW + dt.timedelta(days=1)
    request_reversal(session, bank.actor("officer", now=tomorrow), paid, "录错客户")
    add_loan(bank)
    session.commit()

    history = queries.history_of(session, customer_id, [made])

    assert [entry.action for entry in history] == [
        "repayment.reversal_request",
        "repayment.record",
        "loan.create",
        "customer.create",
    ]


def test_a_customer_stands_as_the_worst_of_the_loans(bank: Bank) -> None:
    customer_id, without = add_customer(bank), add_customer(bank, 2)
    add_loan(bank, customer_id=customer_id, disbursed_on=TODAY)
    add_loan(bank, customer_id=customer_id, disbursed_on=dt.date(2026, 2, 9))
    ids = [customer_id, without]

    today = queries.standings_of(bank.session, bank.actor("officer"), ids)
    tomorrow = bank.actor("officer", now=NOW + dt.timedelta(days=1))

    assert today[customer_id].status is Status.OVERDUE
    assert (today[customer_id].balance, today[customer_id].open_loans) == (12_000_000, 2)
    assert queries.standings_of(bank.session, tomorrow, ids)[customer_id].status is Status.OVERDUE
    assert without not in today
    assert queries.standings_of(bank.session, bank.actor("officer_b"), ids) == {}
    assert queries.standings_of(bank.session, bank.actor("administrator"), ids) == {}


def test_a_loan_that_becomes_overdue_tomorrow_says_so_tomorrow(bank: Bank) -> None:
    customer_id = add_customer(bank)
    add_loan(bank, customer_id=customer_id, disbursed_on=dt.date(2026, 2, 10))
    tomorrow = bank.actor("officer", now=NOW + dt.timedelta(days=1))

    standings = [
        queries.standings_of(bank.session, actor, [customer_id])[customer_id].status
        for actor in (bank.actor("officer"), tomorrow)
    ]

    assert standings == [Status.NORMAL, Status.OVERDUE]


def test_a_search_finds_customers_and_contracts_within_reach(bank: Bank) -> None:
    customer_id = add_customer(bank)
    made = add_loan(bank, customer_id=customer_id, contract_no="HT-2026-001")
    add_loan(bank, branch_id=bank.branch_b, contract_no="HT-2026-002")
    officer = bank.actor("officer")

    found = queries.find(bank.session, officer, " HT-2026 ")

    assert [row.id for row in found.loans] == [made]
    assert [line.id for line in found.customers] == [customer_id]
    assert found.standings is not None
    assert found.standings[customer_id].balance == 6_000_000
    assert queries.find(bank.session, officer, "HT-2026-002").is_empty
    assert queries.find(bank.session, officer, "zsf").customers[0].id == customer_id
    assert queries.find(bank.session, officer, " \x00 ").is_empty
    assert queries.find(bank.session, officer, "字" * 60_000).is_empty
