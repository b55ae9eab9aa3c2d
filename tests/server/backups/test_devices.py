"""What a restore does to devices: they send again what they keep, once, and hold what is there.

See docs/decisions/0021.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from server.backups.actions import postgres
from server.backups.actions.around import engine_of
from server.crypto.receipts import check_code, receipt_key
from server.customers.models import Customer
from server.loans.models import Loan
from server.repayments.models import Repayment
from server.repayments.queries.verifying import ShownReceipt, Verdict, verify_receipt
from server.replication.actions.devices import EnrolDevice, enrol_device
from server.replication.models.log import LoggedMutation
from tests.server.backups.vault import around_of, backed_up, restore
from tests.server.bank import TODAY, Bank, add_customer, add_loan, add_repayment
from tests.server.replication.device import FieldDevice, new_id
from tests.server.replication.pushing import NOW_MS, SignIn, enrol

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


def pay(device: FieldDevice, loan: Loan, amount: int) -> dict[str, Any]:
    """Take money in the field, with a receipt."""
    key, mine = receipt_key(device.device), new_id()
    values = {"loan_id": loan.id, "amount": amount, "paid_on": "2026-03-10", "method": "cash"}
    code = check_code(key, mine, loan.contract_no, amount, "2026-03-10")
    return device.write(NOW_MS, "repayment", mine, "create", values | {"check_code": code})


def greet(device: FieldDevice, epoch: str, bank: Bank, browser: Any) -> str:
    """Sign in and greet as the field app does: another epoch, or a device that is not known there,
    and all that is kept is sent again. Gives the epoch.
    """
    device.client = browser
    hello = browser.get("/sync/v1/hello", query_string={"device": device.device}).get_json()
    if hello["device"] is None:
        enrolled = browser.post("/sync/v1/devices", json={"name": "平板", "platform": "Android"})
        _again(device)
        device.renew(enrolled.get_json()["device"])
    elif hello["epoch"] != epoch:
        _again(device)
    return str(hello["epoch"])


def _again(device: FieldDevice) -> None:
    device.outbox = sorted([*device.kept, *device.outbox], key=lambda draft: int(draft["n"]))
    device.kept = []


def epoch_of(browser: Any) -> str:
    return str(browser.get("/sync/v1/hello").get_json()["epoch"])


def paid(bank: Bank) -> dict[str, int]:
    bank.session.rollback()
    rows = bank.session.execute(select(Repayment.id, Repayment.amount))
    return {row.id: row.amount for row in rows}


def test_devices_send_again_what_a_restore_lost_and_nothing_is_doubled(
    app: Flask, bank: Bank, sign_in: SignIn
) -> None:
    early = enrol(bank, sign_in)
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    bank.session.commit()
    loan = bank.session.get_one(Loan, loan_id)
    bank.session.expunge(loan)
    epoch = epoch_of(early.client)
    first = pay(early, loan, 100_00)
    early.sync(NOW_MS)
    around = around_of(app)
    row = backed_up(bank, around)

    second = pay(early, loan, 200_00)
    early.sync(NOW_MS)
    late = _enrolled_now(bank, sign_in)
    third = pay(late, loan, 400_00)
    late.sync(NOW_MS)
    add_repayment(bank, loan_id, 500_00, TODAY)
    bank.session.commit()
    unsent = pay(early, loan, 300_00)
    early.write(NOW_MS, "customer", loan.customer_id, "edit", {"remark": "搬家了"})
    old_device = late.device

    done = restore(bank, around, row.name)
    assert paid(bank) == {first["entity_id"]: 100_00}
    shown = _receipt(loan, third, old_device)
    assert verify_receipt(bank.session, bank.actor("chief"), shown).verdict is Verdict.WRITTEN

    for device in (early, late, early):
        assert greet(device, epoch, bank, sign_in("officer")) == done.epoch != epoch
        device.sync(NOW_MS)
        assert not device.outbox
    assert late.device != old_device
    wanted = [(first, 100_00), (second, 200_00), (unsent, 300_00), (third, 400_00)]
    assert paid(bank) == {draft["entity_id"]: amount for draft, amount in wanted}
    assert verify_receipt(bank.session, bank.actor("chief"), shown).verdict is Verdict.GENUINE
    customer = bank.session.get_one(Customer, loan.customer_id, populate_existing=True)
    assert customer.remark == "搬家了"
    fresh = enrol(bank, sign_in)
    for device in (fresh, early, late):
        device.pull()
        assert device.agrees
        assert device.rows.keys() == fresh.rows.keys()
        assert device.tally() == fresh.tally()
    logged = bank.session.scalar(select(func.count()).select_from(LoggedMutation))
    assert logged == len(wanted) + 1
    engine = engine_of(bank.session)
    if engine.dialect.name == "postgresql":
        postgres.drop_database(engine.url, done.aside)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_device_that_nobody_told_restarts_by_its_cursor(
    app: Flask, bank: Bank, sign_in: SignIn
) -> None:
    """An old client that does not ask for the epoch: its cursor is of another life."""
    device = enrol(bank, sign_in)
    kept = add_loan(bank, customer_id=add_customer(bank))
    bank.session.commit()
    device.pull()
    around = around_of(app)
    row = backed_up(bank, around)
    lost = add_loan(bank, customer_id=add_customer(bank, 2))
    bank.session.commit()
    device.pull()
    assert {("loan", kept), ("loan", lost)} <= device.rows.keys()
    done = restore(bank, around, row.name)
    device.client = sign_in("officer")
    device.pull()
    assert device.agrees
    assert ("loan", kept) in device.rows
    assert ("loan", lost) not in device.rows
    engine = engine_of(bank.session)
    if engine.dialect.name == "postgresql":
        postgres.drop_database(engine.url, done.aside)


def _enrolled_now(bank: Bank, sign_in: SignIn) -> FieldDevice:
    enrolled = enrol_device(bank.session, bank.actor("officer"), EnrolDevice("新平板"))
    bank.session.commit()
    return FieldDevice(sign_in("officer"), enrolled.device_id, bank.people["officer"])


def _receipt(loan: Loan, draft: dict[str, Any], device: str) -> ShownReceipt:
    told = draft["set"]
    return ShownReceipt(
        loan.contract_no, told["amount"], TODAY, told["check_code"], draft["entity_id"], device
    )
