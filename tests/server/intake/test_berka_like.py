"""A register without names, ID numbers or rates, as foreign sample files are: all of it comes in.

Each loan is `months` payments that add up to its amount; states are words of the file's own.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database import record
from server.domain.plan import make_plan
from server.intake.actions.from_file import FromFile, Imported, import_file
from server.loans.models import Loan, LoanState
from server.loans.queries import terms_of
from tests.server.bank import Bank

HEADINGS = "client id,contract no.,date,amount,months,monthly payment,status"
STATES = ("finished, paid", "finished, not paid", "running, so far OK", "running, in debt")
ROWS = 120


@dataclass(frozen=True)
class Lent:
    """A row of the register; money in fen."""

    client: int
    contract: int
    day: dt.date
    months: int
    payment: int
    state: str

    @property
    def amount(self) -> int:
        return self.months * self.payment

    def line(self) -> str:
        figures = f"{self.amount / 100:.2f},{self.months},{self.payment / 100:.2f}"
        return f'{self.client},{self.contract},{self.day},{figures},"{self.state}"'


def register() -> list[Lent]:
    chance = random.Random(1999)
    return [
        Lent(
            client=1000 + number * 7 // 8,  # some clients have two loans
            contract=4900 + number,
            day=dt.date(2013, 1, 1) + dt.timedelta(days=chance.randrange(2000)),
            months=chance.choice((12, 24, 36, 48, 60)),
            payment=chance.randrange(30_00, 990_00),
            state=STATES[number % 4],
        )
        for number in range(ROWS)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "loans.csv"
    file.write_text("\n".join([HEADINGS, *(each.line() for each in register())]))
    return file


@pytest.fixture
def done(session: Session, bank: Bank, path: Path) -> Imported:
    return import_file(session, bank.actor("chief"), FromFile(path))


def loans(session: Session) -> dict[str, Loan]:
    return {loan.contract_no: loan for loan in session.scalars(select(Loan))}


def test_every_loan_comes_in_once_with_its_customer(session: Session, done: Imported) -> None:
    assert done.counts == {"created": ROWS, "updated": 0, "unchanged": 0, "refused": 0}
    assert set(loans(session)) == {str(each.contract) for each in register()}
    clients = {str(each.client) for each in register()}
    assert set(session.scalars(select(Customer.customer_no))) == clients


def test_amounts_and_terms_are_those_of_the_file(session: Session, done: Imported) -> None:
    found = loans(session)
    for each in register():
        loan = found[str(each.contract)]
        assert (loan.principal, loan.periods) == (each.amount, each.months)
        assert (loan.annual_rate, loan.disbursed_on) == (Decimal(0), each.day)
    total = session.scalar(select(func.sum(Loan.principal)))
    assert int(total or 0) == sum(each.amount for each in register())


def test_the_plan_pays_the_file_s_payment_on_the_day_of_each_month(
    session: Session, done: Imported
) -> None:
    found = loans(session)
    for each in register():
        rows = make_plan(terms_of(found[str(each.contract)])).rows
        assert {row.principal + row.interest for row in rows} == {each.payment}
        assert [row.due_on for row in rows] == _due_days(each)


def _due_days(each: Lent) -> list[dt.date]:
    days = []
    for number in range(1, each.months + 1):
        year, month = divmod(each.day.year * 12 + each.day.month - 1 + number, 12)
        after = dt.date(year + month // 11, (month + 1) % 12 + 1, 1)
        last = (after - dt.timedelta(days=1)).day
        days.append(dt.date(year, month + 1, min(each.day.day, last)))
    return days


def test_balances_follow_from_the_states_as_of_the_file_s_last_day(
    session: Session, done: Imported
) -> None:
    """Nothing is made up: of a loan in debt no payment is known, so all of it is outstanding."""
    query = select(Loan.contract_no, LoanState.principal_balance).join(
        LoanState, LoanState.loan_id == Loan.id
    )
    balances = {row.contract_no: row.principal_balance for row in session.execute(query)}
    last = max(each.day for each in register())
    assert dict(done.notes)["as_of"] == {"day": last.isoformat()}
    for each in register():
        assert balances[str(each.contract)] == _balance(each, last), each


def _balance(each: Lent, day: dt.date) -> int:
    if each.state == "finished, paid":
        return 0
    if each.state == "running, so far OK":
        # One that runs on past its last due day contradicts itself: as little is known of it.
        return each.payment * sum(due > day for due in _due_days(each)) or each.amount
    return each.amount


def test_what_the_file_lacks_is_written_on_every_customer_and_loan(
    session: Session, done: Imported
) -> None:
    for customer in session.scalars(select(Customer)):
        assert {"name", "id_no", "mobile"} <= set(customer.incomplete)
        assert not customer.complete
    for loan in session.scalars(select(Loan)):
        assert {"annual_rate", "repay_method"} <= set(loan.incomplete)
        assert not loan.complete
    assert "columns_missing" in dict(done.notes)


def test_again_changes_nothing(session: Session, bank: Bank, path: Path, done: Imported) -> None:
    before = {number: (loan.version, loan.updated_at) for number, loan in loans(session).items()}
    again = import_file(session, bank.actor("chief"), FromFile(path))
    assert again.counts == {"created": 0, "updated": 0, "unchanged": ROWS, "refused": 0}
    session.expire_all()
    after = {number: (loan.version, loan.updated_at) for number, loan in loans(session).items()}
    assert after == before
    assert record.first_broken_entry(session)[1] is None
