"""Bad input: each gets its clear answer, stops nobody behind it, and is kept whole."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.actions import ReassignCustomers, reassign_customers
from server.customers.models import Customer
from server.replication.actions.held import DecideHeld, decide_held
from server.replication.models.devices import Device
from server.replication.models.log import LoggedMutation, Quarantined
from tests.server.bank import NOW, Bank, add_customer
from tests.server.replication.device import FieldDevice, new_id
from tests.server.replication.pushing import NOW_MS, SignIn, enrol, hold, outcome_of

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
DAY_MS = 86_400_000


@pytest.fixture
def device(bank: Bank, sign_in: SignIn) -> FieldDevice:
    return enrol(bank, sign_in)


@pytest.fixture
def customer_id(bank: Bank, device: FieldDevice) -> str:
    made = add_customer(bank)
    bank.session.commit()
    hold(device, bank.session, "customer", made, {"remark": "老客户"})
    return made


def _remark(session: Session, customer_id: str) -> str:
    session.expire_all()
    return session.get_one(Customer, customer_id).remark


def _log(session: Session, draft: dict[str, Any]) -> LoggedMutation:
    session.expire_all()
    return session.get_one(LoggedMutation, draft["id"])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda d: d["set"].update(remark=1.5), "malformed set.remark fraction"),
        (lambda d: d.pop("op"), "malformed op name"),
        (lambda d: d.update(entity_id="x"), "malformed entity_id uuid"),
        (lambda d: d.update(made_at="yesterday"), "malformed made_at moment"),
        (lambda d: d["set"].update(remark=7), "invalid remark type"),
        (lambda d: d["set"].update(name=""), "invalid name missing"),
        (lambda d: d["set"].update(remark="x" * 5000), "invalid remark too_long"),
        (lambda d: d["set"].update(id_no="330106199003070011"), "invalid id_no not_editable"),
        (lambda d: d.update(op="resolve", conflict=d["id"]), "desk_only"),
    ],
)
def test_an_entry_that_cannot_be_is_rejected_with_its_reason_and_kept(
    session: Session,
    device: FieldDevice,
    customer_id: str,
    spoil: Callable[[dict[str, Any]], Any],
    reason: str,
) -> None:
    bad = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    spoil(bad)
    good = device.write(NOW_MS, "customer", customer_id, "edit", {"spouse_name": "王五"})
    assert device.push(NOW_MS).status_code == 200
    assert outcome_of(device, bad) == ("rejected", reason)
    assert outcome_of(device, good) == ("applied", "")
    row = _log(session, bad)
    assert row.is_waiting
    assert json.loads(row.envelope or "") == bad


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"entity": "spaceship"}, "unknown_kind"),
        ({"op": "frobnicate"}, "unknown_op"),
        ({"schema": 99}, "newer_schema"),
        ({"entity_id": "0190a000-0000-7000-8000-00000000abcd"}, "unknown_entity"),
    ],
)
def test_an_unknown_name_or_version_is_held_whole(
    session: Session,
    device: FieldDevice,
    customer_id: str,
    change: dict[str, Any],
    reason: str,
) -> None:
    draft = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    draft.update(change)
    device.push(NOW_MS)
    assert outcome_of(device, draft) == ("held", reason)
    assert json.loads(_log(session, draft).envelope or "") == draft


def test_an_unexpected_error_holds_its_entry_alone(
    session: Session, device: FieldDevice, customer_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_args: Any, **_named: Any) -> None:
        raise RuntimeError("13912345678 must not be logged")

    with monkeypatch.context() as patch:
        patch.setattr("server.feedback.mutations.log_feedbacks", breaks)
        said = _feedback(device, customer_id)
        good = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "二"})
        device.push(NOW_MS)
    assert outcome_of(device, said) == ("held", "error")
    assert outcome_of(device, good) == ("applied", "")


def _feedback(device: FieldDevice, customer_id: str) -> dict[str, Any]:
    return device.write(
        NOW_MS,
        "feedback",
        new_id(),
        "create",
        {
            "customer_id": customer_id,
            "kind": "question",
            "category": "service",
            "channel": "visit",
            "content": "何时放款",
            "received_on": "2026-03-09",
        },
    )


def test_the_log_tells_what_broke_and_nothing_that_was_in_it(
    device: FieldDevice,
    customer_id: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def breaks(*_args: Any, **_named: Any) -> None:
        raise RuntimeError("13912345678 must not be logged")

    monkeypatch.setattr("server.feedback.mutations.log_feedbacks", breaks)
    _feedback(device, customer_id)
    device.push(NOW_MS)
    assert "RuntimeError" in caplog.text
    assert "139" not in caplog.text


def test_an_entry_forged_for_another_officers_customer_is_rejected(
    session: Session, bank: Bank, device: FieldDevice
) -> None:
    others = add_customer(bank, 2, officer_id=bank.people["officer2"])
    session.commit()
    edit = device.write(NOW_MS, "customer", others, "edit", {"remark": "改"})
    said = _feedback(device, others)
    device.push(NOW_MS)
    assert outcome_of(device, edit) == ("rejected", "not_yours")
    assert outcome_of(device, said) == ("rejected", "not_yours")
    assert _remark(session, others) == "老客户"


def test_an_entry_forged_for_another_branchs_customer_is_rejected(
    session: Session, bank: Bank, device: FieldDevice
) -> None:
    others = add_customer(bank, 2, branch_id=bank.branch_b)
    session.commit()
    edit = device.write(NOW_MS, "customer", others, "edit", {"remark": "改"})
    device.push(NOW_MS)
    assert outcome_of(device, edit) == ("rejected", "not_yours")


def _reassign(bank: Bank, customer_id: str, to: str, at: dt.datetime) -> None:
    command = ReassignCustomers((customer_id,), bank.people[to], "调岗")
    reassign_customers(bank.session, bank.actor("manager", now=at), command)
    bank.session.commit()


@pytest.mark.parametrize(
    ("lost_days_ago", "made_days_ago", "told"),
    [
        (2, 3, ("held", "reassigned")),
        (2, 1, ("rejected", "not_yours")),
        (31, 32, ("rejected", "not_yours")),
    ],
)
def test_an_entry_made_before_the_customer_changed_hands_is_held_for_thirty_days(
    bank: Bank,
    device: FieldDevice,
    customer_id: str,
    lost_days_ago: int,
    made_days_ago: int,
    told: tuple[str, str],
) -> None:
    made_at = NOW_MS - made_days_ago * DAY_MS
    draft = device.write(made_at, "customer", customer_id, "edit", {"remark": "现场"})
    _reassign(bank, customer_id, "officer2", NOW - dt.timedelta(days=lost_days_ago))
    device.push(NOW_MS)
    assert outcome_of(device, draft) == told


def test_a_gap_is_refused_whole(session: Session, device: FieldDevice, customer_id: str) -> None:
    device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    lost = device.outbox.pop()
    device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "二"})
    answer = device.push(NOW_MS)
    assert (answer.status_code, answer.get_json()) == (409, {"error": "gap", "expected": 1})
    assert session.get(LoggedMutation, device.outbox[0]["id"]) is None
    device.outbox.insert(0, lost)
    assert device.push(NOW_MS).status_code == 200
    assert _remark(session, customer_id) == "二"


def test_a_copied_phone_is_told_so(device: FieldDevice, customer_id: str) -> None:
    device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    device.push(NOW_MS)
    device.n = 0
    device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "副本"})
    answer = device.push(NOW_MS)
    assert (answer.status_code, answer.get_json()) == (409, {"error": "clone"})


@pytest.mark.parametrize("name", ["0190a000-0000-7000-8000-00000000dead", "phone-1"])
def test_a_device_that_nobody_enrolled_is_answered_as_a_copy(
    device: FieldDevice, customer_id: str, name: str
) -> None:
    device.device = name
    device.__post_init__()
    device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    assert device.push(NOW_MS).get_json() == {"error": "clone"}


def test_the_device_of_somebody_else_is_refused(
    bank: Bank, device: FieldDevice, customer_id: str, sign_in: SignIn
) -> None:
    device.client = sign_in("officer2")
    device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    answer = device.push(NOW_MS)
    assert (answer.status_code, answer.get_json()) == (403, {"error": "not_yours"})
    assert len(device.outbox) == 1


def test_a_known_entry_with_other_contents_goes_into_quarantine(
    session: Session, device: FieldDevice, customer_id: str
) -> None:
    draft = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    device.push(NOW_MS)
    device.outbox = [draft | {"set": {"remark": "改过"}}]
    answer = device.push(NOW_MS)
    assert answer.get_json()["results"] == [
        {"mutation": draft["id"], "outcome": "rejected", "reason": "altered"}
    ]
    assert _remark(session, customer_id) == "一"
    kept = session.scalars(select(Quarantined)).one()
    assert (kept.mutation_id, kept.reason) == (draft["id"], "altered")
    assert "改过" in (kept.envelope or "")


def _revoke(session: Session, device: FieldDevice, kind: str, at: dt.datetime) -> None:
    row = session.get_one(Device, device.device)
    row.revoked_at, row.revoked_kind = at, kind
    session.commit()


def test_what_a_revoked_device_still_has_is_taken_into_quarantine(
    session: Session, device: FieldDevice, customer_id: str
) -> None:
    draft = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    _revoke(session, device, "access", NOW - dt.timedelta(days=6))
    answer = device.push(NOW_MS)
    assert (answer.status_code, answer.get_json()) == (200, {"quarantined": [draft["id"]]})
    assert device.outbox == []
    assert _remark(session, customer_id) == "老客户"
    kept = _log(session, draft)
    assert (kept.outcome, kept.reason, kept.is_waiting) == ("held", "revoked_device", True)
    device.outbox = device.kept
    assert device.push(NOW_MS).get_json() == {"quarantined": [draft["id"]]}
    assert len(session.scalars(select(LoggedMutation)).all()) == 1


def test_what_a_revoked_device_handed_in_counts_when_a_person_says_so(
    session: Session, bank: Bank, device: FieldDevice, customer_id: str
) -> None:
    draft = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    _revoke(session, device, "access", NOW - dt.timedelta(days=1))
    device.push(NOW_MS)
    decide_held(session, bank.actor("reviewer"), DecideHeld(draft["id"], "apply"))
    session.commit()
    assert _remark(session, customer_id) == "一"


@pytest.mark.parametrize(("kind", "days"), [("lost", 0), ("access", 8)])
def test_a_lost_device_and_one_long_revoked_are_told_to_wipe(
    session: Session, device: FieldDevice, customer_id: str, kind: str, days: int
) -> None:
    device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    _revoke(session, device, kind, NOW - dt.timedelta(days=days))
    answer = device.push(NOW_MS)
    assert (answer.status_code, answer.get_json()) == (403, {"error": "revoked", "order": "wipe"})
    assert session.scalars(select(LoggedMutation)).all() == []


def test_ten_megabytes_are_refused_with_the_limit(device: FieldDevice) -> None:
    answer = device.send(b"x" * 10_000_000, packed=False)
    assert (answer.status_code, answer.get_json()["error"]) == (413, "too_long")
    assert answer.get_json()["limit"] == 8 * 1024 * 1024


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(device: FieldDevice) -> None:
    bomb = gzip.compress(b"0" * 200_000_000)
    answer = device.client.post("/sync/v1/push", data=bomb, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.get_json()["error"]) == (413, "too_long")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "json"),
        (b"[]", "type"),
        (b"{", "json"),
        (b'{"device": "x", "clock": NaN, "mutations": []}', "json"),
        (b'{"device": "x", "device": "y"}', "repeated_key"),
        (b'{"device": "x", "clock": 1, "mutations": [{"id": 1}]}', "uuid"),
        (b"[" * 100_000, "json"),
    ],
)
def test_a_malformed_push_is_refused_with_field_and_reason(
    device: FieldDevice, body: bytes, reason: str
) -> None:
    answer = device.send(body)
    assert answer.status_code == 422
    assert (answer.get_json()["error"], answer.get_json()["reason"]) == ("malformed", reason)


@pytest.mark.parametrize("body", [b"", b"no gzip", gzip.compress(b"{}", mtime=0)[:-4]])
def test_what_is_no_gzip_is_malformed(device: FieldDevice, body: bytes) -> None:
    answer = device.client.post("/sync/v1/push", data=body, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.get_json()["reason"]) == (422, "gzip")


def test_too_many_entries_are_refused_with_the_limit(device: FieldDevice) -> None:
    body = json.dumps({"device": device.device, "clock": 1, "mutations": [0] * 20_001})
    answer = device.send(body.encode())
    assert (answer.status_code, answer.get_json()["limit"]) == (413, 20_000)


def test_a_clock_in_2099_is_put_right_by_what_the_device_says_of_now(
    session: Session, device: FieldDevice, customer_id: str
) -> None:
    device.skew_ms = 73 * 365 * DAY_MS
    draft = device.write(NOW_MS - DAY_MS, "customer", customer_id, "edit", {"remark": "一"})
    assert draft["stamp"] > "02"
    device.push(NOW_MS)
    assert outcome_of(device, draft) == ("applied", "")
    stamp = _log(session, draft).stamp
    assert (
        int(stamp[:12], 16) == NOW_MS - DAY_MS - 0
        or abs(int(stamp[:12], 16) - (NOW_MS - DAY_MS)) < 5
    )


def test_a_clock_set_back_between_entry_and_push_stays_within_a_minute_of_now(
    session: Session, device: FieldDevice, customer_id: str
) -> None:
    device.skew_ms = 73 * 365 * DAY_MS
    draft = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    body = json.loads(device.body(NOW_MS))
    body["clock"] = NOW_MS  # a device that lies about its clock
    device.hear(device.send(json.dumps(body).encode()), NOW_MS)
    assert outcome_of(device, draft) == ("applied", "")
    assert int(_log(session, draft).stamp[:12], 16) <= NOW_MS + 60_000


def test_a_moment_that_no_calendar_reaches_does_not_stop_the_push(
    session: Session, device: FieldDevice, customer_id: str
) -> None:
    far = {"made_at": "9999-12-31T23:59:59-12:00"}
    draft = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"}, **far)
    device.push(NOW_MS)
    assert outcome_of(device, draft) == ("applied", "")
    assert _log(session, draft).made_at is None


def test_without_a_session_the_queue_stays(app: Any, device: FieldDevice, customer_id: str) -> None:
    device.client = app.test_client()
    device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    answer = device.push(NOW_MS)
    assert answer.status_code == 401
    assert len(device.outbox) == 1


def test_the_desk_sees_entries_that_came_again_with_other_contents(
    device: FieldDevice, customer_id: str, sign_in: SignIn
) -> None:
    draft = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "一"})
    device.push(NOW_MS)
    assert draft["id"] not in sign_in("manager").get("/devices").get_data(as_text=True)
    device.outbox = [draft | {"set": {"remark": "改过"}}]
    device.push(NOW_MS)

    page = sign_in("manager").get("/devices").get_data(as_text=True)
    assert draft["id"] in page
    assert "改过" not in page
    assert draft["id"] in sign_in("administrator").get("/devices").get_data(as_text=True)
