"""Two thousand rows of dirt: nothing valid is lost, nothing invalid comes in."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.accounts.models import Branch
from server.customers.models import Customer, CustomerContact
from server.database import record
from server.intake.actions.from_file import FromFile, Imported, import_file
from server.loans.models import Loan, LoanState
from tests.server.bank import TODAY, Bank
from tests.server.intake.dirt import Truth
from tests.server.intake.dirty import AS_OF, DirtyLedger, DirtyRow, write_dirty_ledger

REASONS = {
    "证件号码 scientific": "DAMAGED",
    "证件号码 a float": "DAMAGED",
    "证件号码 digits lost": "PRECISION_LOSS",
    "证件号码 a wrong check": "checksum",
    "a contract twice": "taken_in_file",
    "an ID number of another name": "SAME_ID_DIFFERENT_NAME",
    "settled with a balance": "settled_with_balance",
}


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> DirtyLedger:
    return write_dirty_ledger(tmp_path_factory.mktemp("dirty") / "贷款台账.xlsx")


def test_of_a_dirty_ledger_the_valid_rows_come_in_and_no_others(
    session: Session, bank: Bank, ledger: DirtyLedger
) -> None:
    done = import_file(session, bank.actor("chief"), FromFile(ledger.path))
    assert _wrongly_refused(ledger, done) == []
    assert _wrongly_told(ledger, done) == []
    assert _differing(ledger, _standing(session)) == []
    assert _reasons(ledger, done) == REASONS
    assert done.counts == {
        "created": len(ledger.good),
        "updated": 0,
        "unchanged": 0,
        "refused": len(ledger.bad),
    }
    _assert_control_totals(session, ledger, done)
    _assert_again_changes_nothing(session, bank, ledger)


def _wrongly_refused(ledger: DirtyLedger, done: Imported) -> list[str]:
    good = {row.row_no: row for row in ledger.good}
    return [
        f"{good[each.row_no].case}: {each.faults[0].field} {each.faults[0].reason}"
        for each in done.refused
        if each.row_no in good
    ] + [
        f"row {each.row_no} is no loan: {each.faults[0]}"
        for each in done.refused
        if each.row_no not in {row.row_no for row in ledger.rows}
    ]


def _wrongly_told(ledger: DirtyLedger, done: Imported) -> list[str]:
    """Invalid rows that came in, or whose refusal does not name the field at fault alone."""
    refused = {each.row_no: [fault.field for fault in each.faults] for each in done.refused}
    return [
        f"{row.case}: {row.fault} at fault, told {refused.get(row.row_no)}"
        for row in ledger.bad
        if refused.get(row.row_no) != [row.fault]
    ]


def _reasons(ledger: DirtyLedger, done: Imported) -> dict[str, str]:
    cases = {row.row_no: row.case for row in ledger.bad}
    return {
        cases[each.row_no]: each.faults[0].reason
        for each in done.refused
        if cases[each.row_no] in REASONS
    }


def _standing(session: Session) -> dict[str, Truth]:
    phones = {
        each.customer_id: each.value or "" for each in session.scalars(select(CustomerContact))
    }
    rows = session.execute(
        select(Loan, Customer, LoanState.principal_balance, Branch.name)
        .join(Customer, Customer.id == Loan.customer_id)
        .join(LoanState, LoanState.loan_id == Loan.id)
        .join(Branch, Branch.id == Loan.branch_id)
    )
    return {
        loan.contract_no: Truth(
            loan.contract_no,
            customer.name,
            customer.id_no or "",
            phones.get(customer.id, ""),
            loan.principal,
            loan.annual_rate,
            loan.disbursed_on,
            balance,
            loan.periods,
            loan.maturity_on,
            loan.method,
            loan.frequency_months,
            loan.security,
            branch,
            loan.purpose,
            loan.remark,
        )
        for loan, customer, balance, branch in rows
    }


def _differing(ledger: DirtyLedger, standing: dict[str, Truth]) -> list[str]:
    told: list[str] = []
    wanted = {row.truth.contract_no: row for row in ledger.good}
    told.extend(f"{number} came in" for number in standing if number not in wanted)
    for number, row in wanted.items():
        told.extend(_differences(row, standing.get(number)))
    return told


def _differences(row: DirtyRow, stands: Truth | None) -> list[str]:
    if stands is None:
        return [f"{row.case}: lost"]
    return [
        f"{row.case}: {name} is {getattr(stands, name)!r}, not {getattr(row.truth, name)!r}"
        for name in Truth.__slots__
        if getattr(stands, name) != getattr(row.truth, name)
    ]


def _assert_control_totals(session: Session, ledger: DirtyLedger, done: Imported) -> None:
    sums = session.execute(
        select(func.sum(Loan.principal), func.sum(LoanState.principal_balance)).join(
            LoanState, LoanState.loan_id == Loan.id
        )
    ).one()
    assert tuple(map(int, sums)) == (
        sum(row.truth.principal for row in ledger.good),
        sum(row.truth.balance for row in ledger.good),
    )
    notes = dict(done.notes)
    assert notes["total_differs"]["sheet"] == "999.00"
    assert notes["as_of"] == {"day": AS_OF.isoformat()}
    assert AS_OF < TODAY


def _assert_again_changes_nothing(session: Session, bank: Bank, ledger: DirtyLedger) -> None:
    before = _standing(session)
    versions = session.execute(select(func.sum(Loan.version), func.count(Loan.id))).one()
    again = import_file(session, bank.actor("chief"), FromFile(ledger.path))
    assert again.counts == {
        "created": 0,
        "updated": 0,
        "unchanged": len(ledger.good),
        "refused": len(ledger.bad),
    }
    session.expire_all()
    assert _standing(session) == before
    assert session.execute(select(func.sum(Loan.version), func.count(Loan.id))).one() == versions
    assert record.first_broken_entry(session)[1] is None
