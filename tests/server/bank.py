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
from server.customers.actions import Address, Contact, NewCustomer, create_customer
from server.domain.access import Actor, Role
from server.domain.identity import check_character
from server.domain.organisation import check_character as credit_check
from server.domain.organisation import organisation_check
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
    borrowers: int = 0
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
    """Make a customer of whom only what every product asks is known, by the officer of its branch;
    gives the id.
    """
    place = branch_id or bank.branch_a
    officer = "officer_b" if place == bank.branch_b else "officer"
    bank.borrowers += 1
    return create_customer(
        bank.session,
        bank.actor(officer),
        NewCustomer(
            "person",
            name,
            place,
            id_no=resident_id(bank.borrowers, born="19750920"),
            contacts=(Contact("mobile", f"1370000{bank.borrowers:04d}"),),
        ),
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


def resident_id(serial: int = 1, *, born: str = "19900307", area: str = "330106") -> str:
    """A valid resident ID number; `serial` 1 to 999, odd for a man."""
    body = f"{area}{born}{serial:03d}"
    return body + check_character(body)


def credit_code(serial: int = 1) -> str:
    """A valid credit code of a company in Hangzhou."""
    organisation = f"MA2K{serial:04d}"
    body = f"91330106{organisation}{organisation_check(organisation)}"
    return body + credit_check(body)


def a_customer(bank: Bank, serial: int = 1, **changes: Any) -> NewCustomer:
    """A person of branch A, all fields filled in; `serial` sets ID number, phone and card apart."""
    person = NewCustomer(
        kind="person",
        name="张三丰",
        branch_id=bank.branch_a,
        officer_id=bank.people["officer"],
        id_no=resident_id(serial),
        spouse_name="李四",
        bank_card=f"62220200000000{serial:05d}",
        contacts=(
            Contact("mobile", f"138{serial:03d}56{serial:03d}"),
            Contact("mobile", "13900000000", "emergency", "王五"),
        ),
        addresses=(Address("浙江省杭州市西湖区文三路18号"),),
        employer="西湖茶行",
        occupation="零售",
        monthly_income=850_000,
        remark="老客户",
    )
    return replace(person, **changes)


def add_customer(bank: Bank, serial: int = 1, **changes: Any) -> str:
    """Make `a_customer` by the officer of its branch; gives the id. Nothing is committed."""
    command = a_customer(bank, serial, **changes)
    in_b = command.branch_id == bank.branch_b
    if in_b:
        command = replace(command, officer_id=bank.people["officer_b"])
    actor = bank.actor("officer_b" if in_b else "officer")
    return create_customer(bank.session, actor, command)
