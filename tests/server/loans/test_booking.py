"""Booking loans: what is checked, what is written, and in how many statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from server.customers.models import CustomerTerm
from server.database.models import AuditEntry, Change
from server.domain.errors import Invalid, NotAllowed
from server.domain.events import Opening, WriteOff
from server.domain.standing import FiveClass, Status
from server.domain.terms import Method, Terms
from server.loans.actions import (
    Collateral,
    Guarantor,
    NewLoan,
    create_loan,
    create_loans,
    differences,
    examine_loans,
)
from server.loans.models import Loan, LoanEvent, LoanGuarantor, LoanState
from server.products.models import Product
from tests.server.bank import TODAY, Bank, a_loan, add_borrower, add_loan


def test_a_loan_is_written_with_its_state_of_today(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    session.commit()
    state = session.get_one(LoanState, loan_id)
    # Due on 2026-02-15 and unpaid on 2026-03-10: 23 days.
    assert (state.status, state.dpd, state.five_class) == (
        Status.OVERDUE,
        23,
        FiveClass.SPECIAL_MENTION,
    )
    assert state.principal_balance == 6_000_000
    assert (state.overdue_principal, state.overdue_interest) == (985_105, 36_000)
    assert state.unpaid_due_on == dt.date(2026, 2, 15)
    assert state.overdue_from == dt.date(2026, 2, 16)
    assert state.next_due_on == dt.date(2026, 3, 15)
    assert state.as_of == TODAY
    assert list(differences(session)) == []


def test_a_contract_number_is_given_from_the_products_series(session: Session, bank: Bank) -> None:
    taken = add_loan(bank, contract_no="P1202600002")
    numbers = [
        session.get_one(Loan, loan_id).contract_no for loan_id in (add_loan(bank), add_loan(bank))
    ]
    assert numbers == ["P1202600001", "P1202600003"]
    assert session.get_one(Loan, taken).contract_no == "P1202600002"


def test_a_loan_is_found_audited_and_told_to_the_feed(session: Session, bank: Bank) -> None:
    customer_id = add_borrower(bank)
    loan_id = add_loan(bank, customer_id=customer_id, contract_no="HT-2026-A7")
    session.commit()
    terms = session.scalars(
        select(CustomerTerm.term).where(CustomerTerm.customer_id == customer_id)
    )
    assert "ht-2026-a7" in set(terms)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "loan.create")).one()
    assert entry.entity_id == loan_id
    assert entry.changes == {
        "contract_no": [None, "HT-2026-A7"],
        "principal": [None, "60000.00"],
    }
    assert session.get(Change, ("loan", loan_id)) is not None


def test_guarantors_and_collaterals_are_kept_sealed_where_they_must(
    session: Session, bank: Bank
) -> None:
    loan_id = add_loan(
        bank,
        guarantors=(Guarantor("李四", id_no="110101199003070038", mobile="138 0000 0000"),),
        collaterals=(Collateral("城东路 1 号房产", 90_000_000, dt.date(2026, 1, 2)),),
    )
    session.commit()
    loan = session.get_one(Loan, loan_id)
    [guarantor], [collateral] = loan.guarantors, loan.collaterals
    assert (guarantor.id_no, guarantor.mobile) == ("110101199003070038", "13800000000")
    assert b"110101" not in (session.scalars(select(LoanGuarantor.id_no_sealed)).one() or b"")
    assert collateral.value == 90_000_000


def test_a_loan_taken_over_begins_with_its_opening(session: Session, bank: Bank) -> None:
    opening = Opening(
        id="",
        value_on=dt.date(2026, 2, 28),
        posted_on=dt.date(2026, 3, 10),
        principal=5_014_895,
        overdue_principal=0,
    )
    loan_id = add_loan(bank, opening=opening, imported=True)
    session.commit()
    [row] = session.scalars(select(LoanEvent).where(LoanEvent.loan_id == loan_id))
    assert (row.kind, row.place, row.details["principal"]) == ("opening", 1, 5_014_895)
    state = session.get_one(LoanState, loan_id)
    assert (state.status, state.principal_balance, state.dpd) == (Status.NORMAL, 5_014_895, 0)


def test_a_loan_written_off_elsewhere_is_taken_in_as_such(session: Session, bank: Bank) -> None:
    gone = WriteOff(id="", value_on=dt.date(2026, 3, 1), posted_on=dt.date(2026, 3, 1))
    loan_id = add_loan(bank, events=(gone,), imported=True)
    assert session.get_one(LoanState, loan_id).status == Status.WRITTEN_OFF


def test_a_batch_takes_a_fixed_number_of_statements(session: Session, bank: Bank) -> None:
    customer_id = add_borrower(bank)
    commands = [
        a_loan(bank, customer_id=customer_id, contract_no=f"B{number}") for number in range(40)
    ]
    few, many = (_statements(session, bank, batch) for batch in (commands[:2], commands[2:]))
    assert many == few
    assert session.scalar(select(func.count()).select_from(Loan)) == 40


def _statements(session: Session, bank: Bank, commands: list[NewLoan]) -> int:
    counted: list[str] = []

    def count(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    session.flush()
    session.expire_all()
    actor = bank.actor("officer")
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", count)
    try:
        create_loans(session, actor, commands)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(counted)


def _refusal(bank: Bank, command: NewLoan, username: str = "officer") -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        create_loan(bank.session, bank.actor(username), command)
    return caught.value.field, caught.value.reason


def _of_terms(**changes: Any) -> Callable[[NewLoan], NewLoan]:
    return lambda loan: replace(loan, terms=replace(loan.terms, **changes))


def _of_loan(**changes: Any) -> Callable[[NewLoan], NewLoan]:
    return lambda loan: replace(loan, **changes)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (_of_terms(principal=0), ("principal", "not_positive")),
        (_of_terms(principal=-1), ("principal", "not_positive")),
        (_of_terms(principal=10**17), ("principal", "too_large")),
        (_of_terms(principal=500_000_001), ("principal", "outside_product")),
        (_of_terms(principal=99_99), ("principal", "outside_product")),
        (_of_terms(annual_rate=Decimal("-0.01")), ("annual_rate", "negative")),
        (_of_terms(annual_rate=Decimal(10)), ("annual_rate", "too_high")),
        (_of_terms(annual_rate=Decimal("0.2401")), ("annual_rate", "outside_product")),
        (
            _of_terms(method=Method.FLAT, annual_rate=Decimal("0.20"), periods=12),
            ("annual_rate", "above_ceiling"),
        ),
        (_of_terms(periods=361), ("periods", "outside_product")),
        (_of_terms(periods=0), ("periods", "out_of_range")),
        (_of_terms(first_due_on=dt.date(2026, 1, 15)), ("first_due_on", "not_after_disbursement")),
        (_of_terms(disbursed_on=dt.date(1949, 1, 1)), ("disbursed_on", "too_early")),
        (_of_terms(repay_day=32), ("repay_day", "out_of_range")),
        (_of_loan(contract_no="a b"), ("contract_no", "format")),
        (_of_loan(contract_no="9" * 61), ("contract_no", "too_long")),
        (_of_loan(contract_no="九" * 60_000), ("contract_no", "too_long")),
        (_of_loan(purpose="进" * 60_000), ("purpose", "too_long")),
        (_of_loan(remark="进" * 60_000), ("remark", "too_long")),
        (_of_loan(security="gold"), ("security", "unknown")),
        (_of_loan(guarantors=(Guarantor(""),)), ("guarantors.0.name", "missing")),
        (_of_loan(guarantors=(Guarantor("李", id_no="1"),)), ("guarantors.0.id_no", "format")),
        (_of_loan(guarantors=(Guarantor("李"),) * 21), ("guarantors", "too_many")),
        (_of_loan(collaterals=(Collateral(""),)), ("collaterals.0.description", "missing")),
        (_of_loan(collaterals=(Collateral("车", -1),)), ("collaterals.0.value", "negative")),
        (_of_loan(officer_id="018f0000-0000-7000-8000-000000000000"), ("officer_id", "unknown")),
        (_of_loan(product_id="018f0000-0000-7000-8000-000000000000"), ("product_id", "unknown")),
        (_of_loan(customer_id="018f0000-0000-7000-8000-000000000000"), ("customer_id", "unknown")),
    ],
)
def test_a_loan_that_cannot_be_is_refused_at_its_field(
    bank: Bank, change: Callable[[NewLoan], NewLoan], refusal: tuple[str, str]
) -> None:
    assert _refusal(bank, change(a_loan(bank))) == refusal


def test_a_rate_at_the_ceiling_is_allowed(bank: Bank) -> None:
    assert add_loan(bank, annual_rate=Decimal("0.24"), periods=12)


def test_a_method_that_the_product_does_not_offer_is_refused(bank: Bank) -> None:
    bank.session.get_one(Product, bank.product_id).methods = ["BULLET"]
    assert _refusal(bank, a_loan(bank)) == ("method", "outside_product")


def test_a_product_for_companies_is_not_for_a_person(bank: Bank) -> None:
    bank.session.get_one(Product, bank.product_id).customer_kind = "company"
    assert _refusal(bank, a_loan(bank)) == ("product_id", "not_for_this_customer")


def test_bounds_only_warn_for_a_contract_that_stands(session: Session, bank: Bank) -> None:
    command = a_loan(bank, principal=900_000_000, annual_rate=Decimal("0.3"), imported=True)
    [(checked, faults)] = examine_loans(session, bank.actor("officer"), [command])
    assert faults == ()
    assert checked.warnings == (
        "principal.outside_product",
        "annual_rate.outside_product",
        "annual_rate.above_ceiling",
    )


def test_a_contract_number_is_taken_once(session: Session, bank: Bank) -> None:
    add_loan(bank, contract_no="HT1")
    assert _refusal(bank, a_loan(bank, contract_no="HT1")) == ("contract_no", "taken")
    twice = [a_loan(bank, contract_no="HT2"), a_loan(bank, contract_no="HT2")]
    examined = examine_loans(session, bank.actor("officer"), twice)
    assert [len(faults) for _, faults in examined] == [0, 1]


def test_an_iou_number_is_taken_once(bank: Bank) -> None:
    add_loan(bank, iou_no="J1")
    assert _refusal(bank, a_loan(bank, iou_no="J1")) == ("iou_no", "taken")


def test_a_batch_says_which_row_is_wrong_and_writes_none(session: Session, bank: Bank) -> None:
    batch = [a_loan(bank), a_loan(bank, principal=0)]
    with pytest.raises(Invalid) as caught:
        create_loans(session, bank.actor("officer"), batch)
    assert caught.value.detail["row"] == 1
    assert session.scalar(select(func.count()).select_from(Loan)) == 0


def test_an_opening_to_come_is_refused(bank: Bank) -> None:
    opening = Opening(id="", value_on=dt.date(2026, 3, 11), posted_on=TODAY, principal=1)
    assert _refusal(bank, a_loan(bank, opening=opening)) == ("value_on", "in_future")


@pytest.mark.parametrize("username", ["risk", "administrator", "auditor"])
def test_roles_that_do_not_lend_book_no_loan(bank: Bank, username: str) -> None:
    with pytest.raises(NotAllowed):
        create_loan(bank.session, bank.actor(username), a_loan(bank))


def test_an_officer_books_no_loan_of_another_branch(bank: Bank) -> None:
    command = a_loan(bank, branch_id=bank.branch_b)
    with pytest.raises(NotAllowed):
        create_loan(bank.session, bank.actor("officer"), command)


def test_a_loan_stands_at_its_customers_branch(bank: Bank) -> None:
    command = replace(a_loan(bank), branch_id=bank.branch_b)
    assert _refusal(bank, command, "chief") == ("branch_id", "not_the_customers")


def test_an_officer_of_another_branch_is_refused(bank: Bank) -> None:
    command = a_loan(bank, officer_id=bank.people["officer_b"])
    assert _refusal(bank, command) == ("officer_id", "of_another_branch")


def test_a_plan_that_never_ends_is_refused(bank: Bank) -> None:
    loan = a_loan(bank, imported=True)
    terms = Terms(
        method=Method.BALLOON,
        principal=1,
        annual_rate=Decimal(1),
        disbursed_on=dt.date(2026, 1, 15),
        periods=5,
        amort_periods=600,
    )
    assert _refusal(bank, replace(loan, terms=terms))[1] == "negative_amortisation"
