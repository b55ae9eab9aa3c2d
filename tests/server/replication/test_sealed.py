"""Work from before a forgotten PIN: only the server can open it, and takes it as a push."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from server.crypto.sealing import public_point, seal
from server.customers.models import Customer
from server.replication.models.log import LoggedMutation
from tests.server.bank import Bank, add_customer
from tests.server.replication.device import FieldDevice
from tests.server.replication.pushing import NOW_MS, SignIn, enrol, hold

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


@pytest.fixture
def device(bank: Bank, sign_in: SignIn) -> FieldDevice:
    return enrol(bank, sign_in)


@pytest.fixture
def draft(bank: Bank, device: FieldDevice) -> dict[str, Any]:
    """An edit that was written under a device id which is gone."""
    made = add_customer(bank)
    bank.session.commit()
    hold(device, bank.session, "customer", made, {"remark": ""})
    draft = device.write(NOW_MS, "customer", made, "edit", {"remark": "搬到城东"})
    former = "0190a000-0000-7000-8000-00000000dead"
    return {**draft, "device": former, "stamp": draft["stamp"][:18] + former}


def _sealed(draft: dict[str, Any]) -> str:
    plain = {name: value for name, value in draft.items() if name != "n"}
    return seal(json.dumps(plain).encode(), public_point())


def _hand_in(device: FieldDevice, items: list[Any]) -> TestResponse:
    body = {"device": device.device, "items": items}
    answer: TestResponse = device.client.post("/sync/v1/sealed", json=body)
    return answer


def test_a_sealed_entry_is_taken_once_as_the_nth_of_the_new_device(
    device: FieldDevice, draft: dict[str, Any], session: Session
) -> None:
    item = {"n": 1, "sealed": _sealed(draft)}
    first, again = _hand_in(device, [item]), _hand_in(device, [item])
    assert first.get_json()["results"][0]["outcome"] == "applied"
    assert again.get_json()["results"] == first.get_json()["results"]
    session.expire_all()
    assert session.get_one(Customer, draft["entity_id"]).remark == "搬到城东"
    assert session.scalar(select(func.count()).select_from(LoggedMutation)) == 1


def test_a_sealed_entry_that_arrived_before_its_pin_was_forgotten_is_not_taken_again(
    device: FieldDevice, draft: dict[str, Any]
) -> None:
    told = device.push(NOW_MS).get_json()["results"]
    answer = _hand_in(device, [{"n": 2, "sealed": _sealed(draft)}])
    assert answer.get_json()["results"] == told


@pytest.mark.parametrize("item", ["x", {"n": 1}, {"n": 1, "sealed": "AAAA"}, {"n": 1, "sealed": 7}])
def test_what_is_no_sealed_entry_is_refused_with_its_place(device: FieldDevice, item: Any) -> None:
    answer = _hand_in(device, [item])
    assert answer.status_code == 422
    assert answer.get_json()["field"] == "items.0"
