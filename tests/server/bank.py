"""A small bank for tests: branches, staff, a product; and makers of customers and loans."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server.accounts.models import Branch, User
from server.crypto.passwords import hash_password
from server.customers.actions import NewCustomer, create_customer
from server.domain.access import Actor, Role
from server.domain.terms import Method, Terms
from server.loans.actions import NewLoan, create_loan
from server.products.models import Product
from server.repayments.actions import RecordRepayment, record_repayment

TODAY = dt.date(2026, 3, 10)
NOW = dt.datetime(2026, 3, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
_PASSWORD = "correct horse battery"
_HASH = hash_password(_PASSWORD)


@dataclass
class Bank:
    """Ids of what was founded; `people` by username (role name, `officer_b` of branch B)."""

    session: Session
    branch_a: str
    branch_b: str
    product_id: str
    people: dict[str, str] = field(default_factory=dict)
    password: ClassVar[str] = _PASSWORD

    def actor(self, username: str, *, now: dt.datetime = NOW) -> Actor:
        """That person acting, by default on the morning of 2026-03-10."""
        user = self.session.get_one(User, self.people[username])
        today = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
        return Actor(user.id, user.display_name, Role(user.role), user.branch_id, now, today)


def found_bank(session: Session) -> Bank:
    """Write branches A and B, staff and a product, and commit.

    The people: officer, officer2, officer_b (branch B), reviewer, risk, manager (branch A),
    chief (manager of the head office), administrator and auditor (head office).
    """
    a, b = Branch(code="A01", name="城东支行"), Branch(code="B01", name="城西支行")
    session.add_all([a, b])
    session.flush()
    product = Product(
        code="P1",
        name="经营贷",
        min_principal=100_00,
        max_principal=500_000_000,
        min_periods=1,
        max_periods=360,
        min_rate=Decimal(0),
        max_rate=Decimal("0.24"),
        default_rate=Decimal("0.072"),
        methods=[
            "EQUAL_INSTALMENT",
            "EQUAL_PRINCIPAL",
            "INTEREST_ONLY",
            "BULLET",
            "FLAT",
            "BALLOON",
        ],
        penalty_uplift=Decimal("0.5"),
        principal_first_above_dpd=90,
    )
    session.add(product)
    session.flush()
    bank = Bank(session, a.id, b.id, product.id)
    for username, role, branch in (
        ("officer", Role.OFFICER, a.id),
        ("officer2", Role.OFFICER, a.id),
        ("officer_b", Role.OFFICER, b.id),
        ("reviewer", Role.REVIEWER, a.id),
        ("reviewer2", Role.REVIEWER, a.id),
        ("risk", Role.RISK, a.id),
        ("manager", Role.MANAGER, a.id),
        ("chief", Role.MANAGER, None),
        ("administrator", Role.ADMINISTRATOR, None),
        ("auditor", Role.AUDITOR, None),
    ):
        user = User(
            username=username,
            display_name=f"{username} 员工",
            role=role,
            branch_id=branch,
            password_hash=_HASH,
            must_change_password=False,
            created_at=NOW,
        )
        session.add(user)
        session.flush()
        bank.people[username] = user.id
    session.commit()
    return bank


def add_borrower(bank: Bank, name: str = "张三丰", *, branch_id: str | None = None) -> str:
    """Make a customer with nothing but a name, by the officer of its branch; gives the id."""
    place = branch_id or bank.branch_a
    officer = "officer_b" if place == bank.branch_b else "officer"
    return create_customer(
        bank.session,
        bank.actor(officer),
        NewCustomer("person", name, place, incomplete=("id_no", "mobile")),
    )


def a_loan(
    bank: Bank, *, customer_id: str | None = None, branch_id: str | None = None, **changes: Any
) -> NewLoan:
    """A loan of 60,000 yuan for six months from 2026-01-15 at 7.2 %, level instalments.

    `changes` are fields of `Terms` or of `NewLoan`.
    """
    place = branch_id or bank.branch_a
    agreed = Terms(
        method=Method.EQUAL_INSTALMENT,
        principal=6_000_000,
        annual_rate=Decimal("0.072"),
        disbursed_on=dt.date(2026, 1, 15),
        periods=6,
    )
    of_terms = {name: changes.pop(name) for name in list(changes) if name in Terms.__slots__}
    return NewLoan(
        customer_id=customer_id or add_borrower(bank, branch_id=place),
        branch_id=place,
        product_id=bank.product_id,
        terms=replace(agreed, **of_terms),
        **changes,
    )


def add_loan(bank: Bank, **changes: Any) -> str:
    """Book `a_loan` by the officer of its branch; gives the id. Nothing is committed."""
    command = a_loan(bank, **changes)
    officer = "officer_b" if command.branch_id == bank.branch_b else "officer"
    return create_loan(bank.session, bank.actor(officer), command)


def add_repayment(bank: Bank, loan_id: str, amount: int, paid_on: dt.date, **more: Any) -> str:
    """Record a payment in cash by the manager of the head office; gives the id."""
    command = RecordRepayment(loan_id, amount, paid_on, **{"method": "cash", **more})
    return record_repayment(bank.session, bank.actor("chief"), command)
