"""Entries that are alike are written together; what becomes of each is the same as alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database.models import AuditEntry, Change, FieldChange
from server.feedback.models import Feedback
from server.replication.actions import together
from server.replication.actions.taking import Fate, take
from server.replication.models.devices import Document
from tests.server.bank import TODAY, Bank
from tests.server.replication.device import FieldDevice, new_id
from tests.server.replication.pushing import (
    NOW_MS,
    SignIn,
    customer_with_phone,
    enrol,
    hold,
    outcome_of,
)

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


def _three(bank: Bank, device: FieldDevice) -> list[str]:
    found = [customer_with_phone(bank, serial)[0] for serial in (1, 2, 3)]
    for key in found:
        hold(device, bank.session, "customer", key, {"remark": "老客户", "employer": "西湖茶行"})
    return found


def _said(customer_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "loan_id": None,
        "kind": "question",
        "category": "service",
        "channel": "visit",
        "content": "能不能改期",
        "received_on": TODAY.isoformat(),
        **changes,
    }


def test_many_edits_are_each_their_authors_own(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    device = enrol(bank, sign_in)
    drafts = [
        device.write(NOW_MS, "customer", key, "edit", {"remark": f"备注{n}", "employer": " 新店 "})
        for n, key in enumerate(_three(bank, device))
    ]

    device.push(NOW_MS)

    assert [outcome_of(device, each) for each in drafts] == [("applied", "")] * 3
    for n, draft in enumerate(drafts):
        row = session.get_one(Customer, draft["entity_id"])
        assert (row.remark, row.employment and row.employment.employer) == (f"备注{n}", "新店")
        assert device.rows["customer", row.id].document["employer"] == "新店"
        changed = session.scalars(
            select(FieldChange).where(FieldChange.entity_id == row.id).order_by(FieldChange.field)
        ).all()
        assert [each.field for each in changed] == ["employer", "remark"]
        assert {each.mutation for each in changed} == {draft["id"]}
        feed = session.get_one(Change, ("customer", row.id))
        assert feed.device == device.device
        audit = session.scalars(
            select(AuditEntry).where(AuditEntry.entity_id == row.id).order_by(AuditEntry.number)
        ).all()[-1]
        assert audit.changes["remark"] == ["老客户", f"备注{n}"]
        assert audit.changes["version"] == [1, 2]


def test_a_bad_one_among_them_is_refused_alone(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    device = enrol(bank, sign_in)
    first, second, third = _three(bank, device)
    texts = {first: "好", second: "长" * 3000, third: "也好"}
    drafts = [
        device.write(NOW_MS, "customer", key, "edit", {"remark": text})
        for key, text in texts.items()
    ]

    device.push(NOW_MS)

    assert [outcome_of(device, each) for each in drafts] == [
        ("applied", ""),
        ("rejected", "invalid remark too_long"),
        ("applied", ""),
    ]
    remarks = [session.get_one(Customer, key).remark for key in (first, second, third)]
    assert remarks == ["好", "老客户", "也好"]


def test_two_edits_of_one_customer_follow_each_other(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    device = enrol(bank, sign_in)
    first, second, _ = _three(bank, device)
    drafts = [
        device.write(NOW_MS, "customer", key, "edit", {"remark": text})
        for key, text in ((first, "一"), (second, "二"), (first, "三"))
    ]

    device.push(NOW_MS)

    assert {outcome_of(device, each) for each in drafts} == {("applied", "")}
    assert session.get_one(Customer, first).remark == "三"


def test_feedback_is_numbered_in_its_order(session: Session, bank: Bank, sign_in: SignIn) -> None:
    device = enrol(bank, sign_in)
    drafts = [
        device.write(NOW_MS, "feedback", new_id(), "create", _said(key))
        for key in _three(bank, device)
    ]

    device.push(NOW_MS)

    numbers = [device.results[each["id"]]["news"]["no"] for each in drafts]
    assert numbers == ["FA0120260001", "FA0120260002", "FA0120260003"]


def test_feedback_of_an_unknown_kind_does_not_stop_the_others(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    device = enrol(bank, sign_in)
    keys = _three(bank, device)
    drafts = [
        device.write(NOW_MS, "feedback", new_id(), "create", _said(key, kind=kind))
        for key, kind in zip(keys, ("question", "rumour", "praise"), strict=True)
    ]

    device.push(NOW_MS)

    assert [outcome_of(device, each)[0] for each in drafts] == ["applied", "rejected", "applied"]
    numbers = session.scalars(select(Feedback.feedback_no).order_by(Feedback.feedback_no)).all()
    assert numbers == ["FA0120260001", "FA0120260002"]


def test_together_and_alone_come_to_the_same(
    session: Session, bank: Bank, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, other = enrol(bank, sign_in), enrol(bank, sign_in)
    keys = _three(bank, device)
    for key in keys:
        hold(other, session, "customer", key, {"remark": "老客户"})
    told = []
    for one, text in ((device, "甲"), (other, "乙")):
        drafts = [one.write(NOW_MS, "customer", key, "edit", {"remark": text}) for key in keys]
        one.push(NOW_MS)
        told.append([outcome_of(one, each)[0] for each in drafts])
        monkeypatch.setattr(together, "_together", _one_by_one)
    assert told[0] == ["applied"] * 3
    assert told[1][0] in {"merged", "conflict"}
    assert len(set(told[1])) == 1


def _one_by_one(chunk: Any, run: Any) -> list[Fate]:
    return [take(chunk, *each) for each in run]


@pytest.mark.parametrize(("devices", "made"), [(1, 0), (2, 1)])
def test_what_other_devices_will_ask_for_is_made_at_once(
    session: Session, bank: Bank, sign_in: SignIn, devices: int, made: int
) -> None:
    customer_id = customer_with_phone(bank)[0]
    device, *_ = [enrol(bank, sign_in) for _ in range(devices)]
    hold(device, session, "customer", customer_id, {"remark": "老客户"})
    device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "新"})

    device.push(NOW_MS)

    kept = session.scalars(select(Document.number)).all()
    number = session.get_one(Change, ("customer", customer_id)).number
    assert kept == [number] * made
