"""Devices: who enrols one, what it is told when it greets, and what a revoked one may do."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.accounts.actions import SaveUser, update_user
from server.accounts.models import User
from server.crypto.receipts import receipt_key
from server.crypto.sealing import public_point
from server.database import new_id
from server.database.engine import begin_writing
from server.database.models import AuditEntry
from server.domain.errors import Invalid, NotAllowed, NotFound
from server.replication.actions.devices import LEASE, MOST_DEVICES, revoke_device
from server.replication.models.devices import Device
from server.replication.queries.devices import devices_of
from tests.server.bank import NOW, Bank
from tests.server.replication.pulling import Reader, enrolled

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
SignIn = Callable[[str], FlaskClient]
READS = ("/sync/v1/pull", "/sync/v1/digest", "/sync/v1/events")


@pytest.fixture
def reader(sign_in: SignIn) -> Reader:
    return enrolled(sign_in("officer"))


def _hello(client: FlaskClient, **query: Any) -> dict[str, Any]:
    answer = client.get("/sync/v1/hello", query_string=query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told: dict[str, Any] = answer.get_json()
    return told


def _revoke(bank: Bank, reader: Reader, kind: str, by: str = "manager") -> None:
    begin_writing(bank.session)
    revoke_device(bank.session, bank.actor(by), reader.device, kind, "离职")
    bank.session.commit()


def test_enrolling_gives_an_id_a_key_and_a_lease(bank: Bank, sign_in: SignIn) -> None:
    answer = sign_in("officer").post(
        "/sync/v1/devices", json={"name": "张三的平板", "platform": "Android 14", "app": "1.2.3"}
    )
    told = answer.get_json()
    assert answer.status_code == 201
    assert base64.b64decode(told["receipt_key"]) == receipt_key(told["device"])
    assert dt.datetime.fromisoformat(told["lease_until"]) == NOW + LEASE
    row = bank.session.get_one(Device, told["device"])
    assert (row.user_id, row.branch_id) == (bank.people["officer"], bank.branch_a)
    assert (row.name, row.platform, row.app) == ("张三的平板", "Android 14", "1.2.3")
    notes = bank.session.scalars(select(AuditEntry.action)).all()
    assert notes[-1] == "device.enrol"


def test_names_are_cut_and_cleaned(bank: Bank, sign_in: SignIn) -> None:
    reader = enrolled(sign_in("officer"), "\0\n平板" + "x" * 200)
    assert bank.session.get_one(Device, reader.device).name == "平板" + "x" * 78


@pytest.mark.parametrize("body", [None, [], {"name": 3}, "x"])
def test_what_is_no_description_is_refused(sign_in: SignIn, body: Any) -> None:
    answer = sign_in("officer").post("/sync/v1/devices", json=body)
    assert (answer.status_code, answer.get_json()["error"]) == (422, "invalid")


def test_a_person_has_a_few_devices_at_most(bank: Bank, sign_in: SignIn) -> None:
    client = sign_in("officer")
    for _ in range(MOST_DEVICES):
        last = enrolled(client)
    answer = client.post("/sync/v1/devices", json={"name": "one more"})
    assert (answer.status_code, answer.get_json()["reason"]) == (422, "too_many")
    _revoke(bank, last, "access")
    enrolled(client)


@pytest.mark.parametrize("who", ["risk", "administrator", "auditor"])
def test_who_has_no_customers_has_no_device(sign_in: SignIn, who: str) -> None:
    client = sign_in(who)
    assert client.post("/sync/v1/devices", json={"name": "x"}).status_code == 403
    answer = client.get("/sync/v1/hello")
    assert (answer.status_code, answer.get_json()["error"]) == (403, "not_allowed")


@pytest.mark.parametrize("place", [*READS, "/sync/v1/hello"])
def test_without_a_session_programs_are_told_so(app: Flask, place: str) -> None:
    answer = app.test_client().get(place)
    assert (answer.status_code, answer.get_json()) == (401, {"error": "sign_in"})


def test_a_write_without_a_token_is_refused(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("officer")
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post("/sync/v1/devices", json={"name": "x"})
    assert (answer.status_code, answer.get_json()) == (400, {"error": "csrf"})
    token = _hello(client)["csrf"]
    answer = client.post("/sync/v1/devices", json={"name": "x"}, headers={"X-CSRFToken": token})
    assert answer.status_code == 201


def test_an_address_that_does_not_exist_is_refused_in_json(sign_in: SignIn) -> None:
    answer = sign_in("officer").get("/sync/v1/nothing")
    assert (answer.status_code, answer.get_json()) == (404, {"error": "not_found"})
    answer = sign_in("officer").post("/sync/v1/pull")
    assert (answer.status_code, answer.get_json()) == (405, {"error": "method"})


def test_a_greeting_is_answered_with_all_a_device_needs(bank: Bank, reader: Reader) -> None:
    told = _hello(reader.client, device=reader.device)
    assert told["server_ms"] == int(NOW.timestamp() * 1000)
    assert told["user"] == {
        "id": bank.people["officer"],
        "name": "officer 员工",
        "role": "officer",
        "branch_id": bank.branch_a,
        "branch_name": "城东支行",
        "language": "zh",
    }
    assert told["device"]["id"] == reader.device
    assert told["device"]["state"] == "active"
    assert base64.b64decode(told["seal_key"]) == public_point()
    assert told["limits"].keys() == {"push_bytes", "push_mutations", "blob_bytes"}
    assert told["epoch"] == _hello(reader.client)["epoch"]
    assert told["hi"] > 0
    assert told["zone"] == "Asia/Shanghai"


def test_the_server_remembers_what_a_device_still_keeps(bank: Bank, reader: Reader) -> None:
    oldest = "2026-03-09T17:30:00+08:00"
    _hello(reader.client, device=reader.device, waiting=7, oldest=oldest, app="1.2.4")
    row = bank.session.get_one(Device, reader.device)
    assert (row.waiting, row.app) == (7, "1.2.4")
    assert row.oldest_at == dt.datetime.fromisoformat(oldest)
    _hello(reader.client, device=reader.device)
    row = bank.session.get_one(Device, reader.device, populate_existing=True)
    assert (row.waiting, row.oldest_at, row.app) == (0, None, "1.2.4")


@pytest.mark.parametrize("oldest", ["gestern", "2026-03-09", "2099-01-01T00:00:00Z", "9" * 500])
def test_a_time_that_cannot_be_is_not_believed(bank: Bank, reader: Reader, oldest: str) -> None:
    _hello(reader.client, device=reader.device, waiting="x", oldest=oldest)
    row = bank.session.get_one(Device, reader.device)
    assert row.oldest_at is None or row.oldest_at <= NOW


def test_a_greeting_prolongs_the_lease(bank: Bank, reader: Reader) -> None:
    later = NOW + dt.timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        told = _hello(reader.client, device=reader.device)
    assert dt.datetime.fromisoformat(told["device"]["lease_until"]) == later + LEASE
    assert bank.session.get_one(Device, reader.device).last_contact_at == later


def test_a_greeting_that_says_nothing_new_writes_nothing(
    reader: Reader, statements: list[str]
) -> None:
    _hello(reader.client, device=reader.device)
    statements.clear()
    _hello(reader.client, device=reader.device)
    assert not [each for each in statements if not each.startswith(("SELECT", "BEGIN"))]


def test_somebody_elses_device_is_none(sign_in: SignIn, reader: Reader) -> None:
    other = sign_in("officer2")
    assert _hello(other, device=reader.device)["device"] is None
    for place in READS:
        answer = other.get(place, query_string={"device": reader.device})
        assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("device", ["", "x", "'; --", "0190a000-0000-7000-8000-000000000009"])
def test_a_device_nobody_enrolled_is_none(sign_in: SignIn, device: str) -> None:
    client = sign_in("officer")
    assert _hello(client, device=device)["device"] is None
    for place in READS:
        assert client.get(place, query_string={"device": device}).status_code == 404


@pytest.mark.parametrize(
    ("kind", "state", "order"), [("access", "revoked", None), ("lost", "lost", "wipe")]
)
def test_a_revoked_device_reads_no_more(
    bank: Bank, reader: Reader, kind: str, state: str, order: str | None
) -> None:
    reader.pull()
    _revoke(bank, reader, kind)
    told = _hello(reader.client, device=reader.device, waiting=3)
    assert told["device"]["state"] == state
    assert bank.session.get_one(Device, reader.device).waiting == 3
    for place in READS:
        answer = reader.client.get(place, query_string={"device": reader.device})
        assert (answer.status_code, answer.get_json()["error"]) == (403, "revoked")
        assert answer.get_json().get("order") == order


def test_a_revoked_device_is_not_given_a_longer_lease(bank: Bank, reader: Reader) -> None:
    _revoke(bank, reader, "access")
    with time_machine.travel(NOW + dt.timedelta(hours=1), tick=False):
        told = _hello(reader.client, device=reader.device)
    assert dt.datetime.fromisoformat(told["device"]["lease_until"]) == NOW + LEASE


def test_a_device_without_access_may_later_be_called_lost(bank: Bank, reader: Reader) -> None:
    _revoke(bank, reader, "access")
    _revoke(bank, reader, "lost", "administrator")
    _revoke(bank, reader, "access")
    row = bank.session.get_one(Device, reader.device)
    assert (row.revoked_kind, row.revoked_by) == ("lost", bank.people["administrator"])
    acts = select(func.count()).where(AuditEntry.action == "device.revoke")
    assert bank.session.scalar(acts) == 2


def test_one_may_call_the_own_device_lost(bank: Bank, reader: Reader) -> None:
    _revoke(bank, reader, "lost", "officer")
    assert bank.session.get_one(Device, reader.device).revoked_kind == "lost"


@pytest.mark.parametrize("by", ["officer2", "reviewer", "risk", "auditor"])
def test_another_may_not_revoke_it(bank: Bank, reader: Reader, by: str) -> None:
    with pytest.raises(NotAllowed):
        revoke_device(bank.session, bank.actor(by), reader.device, "access")


def test_a_manager_reaches_the_devices_of_the_branch_alone(bank: Bank, sign_in: SignIn) -> None:
    other = enrolled(sign_in("officer_b"))
    chief = enrolled(sign_in("chief"))
    own = enrolled(sign_in("officer"))
    manager = bank.actor("manager")
    assert [line.device.id for line in devices_of(bank.session, manager)] == [own.device]
    assert len(devices_of(bank.session, bank.actor("administrator"))) == 3
    for each in (other, chief):
        with pytest.raises(NotFound):
            revoke_device(bank.session, manager, each.device, "access")


@pytest.mark.parametrize(
    ("kind", "reason", "at"), [("stolen", "", "kind"), ("lost", "x" * 501, "reason")]
)
def test_a_revocation_says_how_and_why(
    bank: Bank, reader: Reader, kind: str, reason: str, at: str
) -> None:
    with pytest.raises(Invalid) as refused:
        revoke_device(bank.session, bank.actor("manager"), reader.device, kind, reason)
    assert refused.value.field == at


def test_what_was_never_enrolled_cannot_be_revoked(session: Session, bank: Bank) -> None:
    for device in ("x", new_id()):
        with pytest.raises(NotFound):
            revoke_device(session, bank.actor("manager"), device, "access")


def test_who_is_no_officer_any_more_reads_no_more(bank: Bank, reader: Reader) -> None:
    begin_writing(bank.session)
    row = bank.session.get_one(User, bank.people["officer"])
    command = SaveUser(row.username, row.display_name, "risk", bank.branch_a)
    update_user(bank.session, bank.actor("administrator"), row.id, row.version, command)
    bank.session.commit()
    answer = reader.ask()
    assert (answer.status_code, answer.get_json()["error"]) == (403, "not_allowed")


def test_a_device_keeps_its_sign_in_when_its_system_kills_the_browser(sign_in: SignIn) -> None:
    answer = sign_in("officer").post("/sync/v1/devices", json={"name": "红色平板"})
    assert "Expires=" in answer.headers["Set-Cookie"]
