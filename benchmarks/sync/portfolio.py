"""An officer's portfolio of so many documents, made by the same actions as the real one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Final

from benchmarks.bank import Bank, mobile, resident_id
from benchmarks.sync.device import Device
from benchmarks.sync.link import Link
from server.customers.actions import Address, Contact, NewCustomer, create_customers
from server.database import new_id
from server.database.engine import begin_writing
from server.database.extension import current_session
from server.demo.customers import person_name
from server.domain.terms import Method, Terms
from server.loans.actions import NewLoan, create_loans
from server.repayments.actions import RecordRepayment, record_repayments
from server.replication.models.devices import Device as DeviceRow

if TYPE_CHECKING:
    from collections.abc import Sequence

OFFICER: Final = "officer1"
BRANCH: Final = "101"
_STEP: Final = 500
_LOANS_OF_TEN: Final = 8
"""Eight customers of ten have a loan, each with two payments: a document weighs 1 KB then."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Ids of what one officer holds."""

    customers: list[str]
    loans: list[str]


def fill(bank: Bank, documents: int) -> Portfolio:
    """Give the officer customers until the devices hold about so many documents.

    Ten customers bring ten contacts, ten addresses, eight loans and sixteen payments.
    """
    made = Portfolio([], [])
    wanted = documents * 10 // (30 + 3 * _LOANS_OF_TEN)
    for start in range(0, wanted, _STEP):
        numbers = range(start, min(start + _STEP, wanted))
        bank.alone(lambda numbers=numbers: _add(bank, made, numbers))  # type: ignore[misc]
    return made


def enrol(bank: Bank, port: int, cookie: str) -> Device:
    """A device of the officer. Its row is written past the action, which allows nobody twenty."""
    device_id = new_id()

    def write() -> None:
        session, now = current_session(), bank.chief.now
        begin_writing(session)
        session.add(
            DeviceRow(
                id=device_id,
                user_id=bank.house.staff[OFFICER],
                branch_id=bank.house.branches[BRANCH],
                name="平板",
                last_contact_at=now,
                enrolled_at=now,
                lease_until=now,
            )
        )
        session.commit()

    bank.alone(write)
    return Device(Link(port, cookie), device_id)


def _add(bank: Bank, made: Portfolio, numbers: range) -> None:
    session, draw = current_session(), Random(numbers.start)
    begin_writing(session)
    customers = create_customers(session, bank.chief, [_customer(bank, draw, n) for n in numbers])
    borrowers = [each for n, each in zip(numbers, customers, strict=True) if n % 10 < _LOANS_OF_TEN]
    loans = create_loans(
        session, bank.chief, [_loan(bank, each, n) for n, each in enumerate(borrowers)]
    )
    for place in (1, 2):
        record_repayments(session, bank.chief, _payments(bank, loans, place))
    session.commit()
    made.customers.extend(customers)
    made.loans.extend(loans)


def _customer(bank: Bank, draw: Random, number: int) -> NewCustomer:
    return NewCustomer(
        kind="person",
        name=person_name(draw, "MF"[number % 2]),
        branch_id=bank.house.branches[BRANCH],
        officer_id=bank.house.staff[OFFICER],
        id_no=resident_id(number),
        contacts=(Contact("mobile", mobile(number)),),
        addresses=(Address(f"浙江省临溪县柳林镇{draw.choice('桥东溪北河西')}街{number % 400}号"),),
        employer=f"临溪县{draw.choice('兴隆发达永安')}{draw.choice('粮油五金建材')}商行",
        occupation=draw.choice(("零售", "批发", "运输", "种植")),
        remark=f"店在镇上第{number % 97}间，周{draw.choice('一二三四五')}上午在。",
    )


def _loan(bank: Bank, customer_id: str, number: int) -> NewLoan:
    """Two of three owe something within two weeks; every fifth is overdue."""
    ago = 75 + number % 60 if number % 5 == 0 else 40 + number % 28
    return NewLoan(
        customer_id=customer_id,
        branch_id=bank.house.branches[BRANCH],
        product_id=bank.products["XF"],
        terms=Terms(
            method=Method.EQUAL_INSTALMENT,
            principal=(50 + number % 100) * 100_000,
            annual_rate=Decimal("0.068"),
            disbursed_on=bank.chief.today - dt.timedelta(days=ago),
            periods=12,
        ),
        officer_id=bank.house.staff[OFFICER],
        purpose="周转",
    )


def _payments(bank: Bank, loans: Sequence[str], place: int) -> list[RecordRepayment]:
    paid_on = bank.chief.today - dt.timedelta(days=30 - place)
    return [
        RecordRepayment(each, 100_000 * place + n % 1000, paid_on, "cash", payer="本人")
        for n, each in enumerate(loans)
    ]
