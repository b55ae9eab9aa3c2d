"""Pushes that meet: a retry that overlaps its first try, and two devices on one customer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database.extension import db
from server.repayments.models import HeldRepayment, Repayment
from server.replication.models.log import ConflictRow, LoggedMutation
from tests.server.bank import Bank, add_customer, add_loan
from tests.server.replication.device import FieldDevice
from tests.server.replication.pushing import NOW_MS, SignIn, enrol, hold
from tests.server.replication.test_push_money import pay

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


def _at_once(app: Flask, acts: list[Callable[[], Any]]) -> list[Any]:
    """Do several things at the same time, each in a context of its own; give what came of each."""
    answers: list[Any] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(place: int) -> None:
        with app.app_context():
            gate.wait()
            answers[place] = acts[place]()
            db.session.remove()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_retry_that_overlaps_its_first_try_changes_nothing(
    app: Flask, session: Session, bank: Bank, sign_in: SignIn
) -> None:
    loan = add_loan(bank, customer_id=add_customer(bank))
    session.commit()
    device = enrol(bank, sign_in)
    for _ in range(3):
        pay(device, loan)
    body = device.body(NOW_MS)
    answers = _at_once(app, [lambda: device.send(body)] * 4)
    assert {each.status_code for each in answers} == {200}
    assert len({each.get_data() for each in answers}) == 1
    session.rollback()
    assert session.scalar(select(func.sum(Repayment.amount))) == 300_00


def test_devices_that_push_at_once_lose_nothing(
    app: Flask, session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer = add_customer(bank)
    loan = add_loan(bank, customer_id=customer)
    session.commit()
    devices = [enrol(bank, sign_in) for _ in range(4)]
    for place, device in enumerate(devices):
        hold(device, session, "customer", customer, {"remark": "老客户"})
        device.write(NOW_MS, "customer", customer, "edit", {"remark": f"第{place}台"})
        pay(device, loan, 100_00)
    answers = _at_once(app, [_push_of(device) for device in devices])
    assert {each.status_code for each in answers} == {200}
    session.rollback()
    held = session.scalars(select(HeldRepayment.amount)).all()
    recorded = session.scalars(select(Repayment.amount)).all()
    assert (len(recorded), len(held)) == (1, 3)
    assert session.scalar(select(func.count()).select_from(LoggedMutation)) == 8
    values = "".join(row.values or "" for row in session.scalars(select(ConflictRow)))
    stands = session.get_one(Customer, customer).remark
    assert all(f"第{place}台" in values + stands for place in range(4))


def _push_of(device: FieldDevice) -> Callable[[], Any]:
    body = device.body(NOW_MS)
    return lambda: device.send(body)
