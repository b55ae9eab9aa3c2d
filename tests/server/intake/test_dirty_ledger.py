"""Two thousand rows with every kind of dirt: nothing valid is lost, nothing invalid comes in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.intake.actions import FromFile, Imported, import_file
from server.loans.actions import differences
from server.loans.models import Loan, LoanState
from tests.server.bank import Bank
from tests.server.intake.dirty import AS_OF, INVALID, ROWS, VALID, Expected, write_ledger


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Expected]]:
    path = tmp_path_factory.mktemp("dirty") / "台账.xlsx"
    return path, write_ledger(path)


def _import(bank: Bank, path: Path) -> Imported:
    return import_file(bank.session, bank.actor("chief"), FromFile(path))


def test_the_ledger_has_two_thousand_rows_with_every_dirt(
    ledger: tuple[Path, list[Expected]],
) -> None:
    dirt = Counter(truth.dirt for truth in ledger[1])
    assert len(ledger[1]) >= ROWS - 20
    assert {*VALID, *INVALID} <= set(dirt)
    assert min(dirt[name] for name in (*VALID, *INVALID)) >= 15


def test_every_refusal_has_its_reason_and_nothing_else_is_refused(
    bank: Bank, ledger: tuple[Path, list[Expected]]
) -> None:
    path, truths = ledger
    done = _import(bank, path)
    wanted = {truth.row_no: truth for truth in truths if truth.refused is not None}
    found = {each.row_no: {(f.field, f.reason) for f in each.faults} for each in done.refused}
    lost = {row: reasons for row, reasons in found.items() if row not in wanted}
    assert not lost
    let_in = [truth.dirt for row, truth in wanted.items() if row not in found]
    assert not let_in
    for row, truth in wanted.items():
        assert found[row] == {truth.refused}, (truth.dirt, row)
    assert done.counts["created"] == len(truths) - len(wanted)


def test_what_is_valid_stands_to_the_fen(
    bank: Bank, session: Session, ledger: tuple[Path, list[Expected]]
) -> None:
    path, truths = ledger
    _import(bank, path)
    rows = session.execute(
        select(Loan, LoanState, Customer)
        .join(LoanState, LoanState.loan_id == Loan.id)
        .join(Customer, Customer.id == Loan.customer_id)
    ).all()
    stands = {loan.contract_no: (loan, state, customer) for loan, state, customer in rows}
    good = [truth for truth in truths if truth.refused is None]
    assert len(stands) == len(good)
    for truth in good:
        loan, state, customer = stands[truth.contract_no]
        assert _told(loan, state, customer) == _expected(truth, loan), truth.dirt
    assert list(differences(session)) == []


def _told(loan: Loan, state: LoanState, customer: Customer) -> Expected:
    mobile = next((each.value or "" for each in customer.contacts), "")
    return Expected(
        row_no=0,
        name=customer.name,
        id_no=customer.id_no or "",
        mobile=mobile,
        contract_no=loan.contract_no,
        principal=loan.principal,
        annual_rate=loan.annual_rate,
        disbursed_on=loan.disbursed_on,
        maturity_on=loan.maturity_on,
        method=loan.method,
        security=loan.security,
        balance=state.principal_balance,
    )


def _expected(truth: Expected, loan: Loan) -> Expected:
    wanted = replace(truth, row_no=0, dirt="")
    return wanted if truth.maturity_on else replace(wanted, maturity_on=loan.maturity_on)


def test_the_same_file_again_changes_nothing(
    bank: Bank, ledger: tuple[Path, list[Expected]]
) -> None:
    path = ledger[0]
    first = _import(bank, path)
    again = _import(bank, path)
    assert again.counts["unchanged"] == first.counts["created"]
    assert again.counts["created"] == again.counts["updated"] == 0
    assert again.counts["refused"] == first.counts["refused"]


def test_the_day_of_the_ledger_is_read_from_its_titles(
    bank: Bank, session: Session, ledger: tuple[Path, list[Expected]]
) -> None:
    done = _import(bank, ledger[0])
    assert ("as_of", {"day": AS_OF.isoformat()}) in done.notes
