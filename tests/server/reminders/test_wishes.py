"""How a person wants to be told: the own wishes, and those of many as the channels read them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.database.models import AuditEntry
from server.domain.errors import Invalid
from server.push.above import ALL_CHANNELS
from server.reminders.actions import save_wishes
from server.reminders.queries import Wishes, readers_of, wishes_of
from tests.server.bank import Bank

OWN = Wishes(frozenset({"mail"}), True, 7, 21, 9, "officer@example.cn")


def test_without_a_word_the_usual_way_holds(session: Session, bank: Bank) -> None:
    assert wishes_of(session, bank.actor("officer")) == Wishes()
    reader = readers_of(session, [bank.people["officer"]])[bank.people["officer"]]
    assert (reader.channels, reader.show_amounts) == (ALL_CHANNELS, False)
    assert (reader.quiet_from, reader.quiet_to) == (dt.time(22), dt.time(8))


def test_what_a_person_says_is_what_the_channels_read(session: Session, bank: Bank) -> None:
    save_wishes(session, bank.actor("officer"), OWN)
    session.commit()
    assert wishes_of(session, bank.actor("officer")) == OWN
    assert wishes_of(session, bank.actor("officer2")) == Wishes()
    found = readers_of(session, list(bank.people.values()))
    reader = found[bank.people["officer"]]
    assert (reader.channels, reader.mail) == (frozenset({"mail"}), "officer@example.cn")
    assert (reader.quiet_from, reader.quiet_to) == (dt.time(21), dt.time(9))
    assert len(found) == len(bank.people)


def test_whoever_left_is_told_nothing(session: Session, bank: Bank) -> None:
    session.get_one(User, bank.people["officer"]).active = False
    session.commit()
    assert readers_of(session, [bank.people["officer"]]) == {}


def test_equal_hours_are_no_quiet(session: Session, bank: Bank) -> None:
    save_wishes(session, bank.actor("officer"), replace(OWN, quiet_from=0, quiet_until=0))
    reader = readers_of(session, [bank.people["officer"]])[bank.people["officer"]]
    assert (reader.quiet_from, reader.quiet_to) == (None, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("channels", frozenset({"pigeon"})),
        ("digest_at", 5),
        ("digest_at", 21),
        ("quiet_from", 24),
        ("quiet_until", -1),
        ("mail", "nobody"),
        ("mail", "a@b,c@d"),
        ("mail", "a@b.cn\nBcc: c@d.cn"),
        ("mail", "a" * 65 + "@example.cn"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(
    session: Session, bank: Bank, name: str, value: Any
) -> None:
    with pytest.raises(Invalid) as refused:
        save_wishes(session, bank.actor("officer"), replace(OWN, **{name: value}))
    assert refused.value.field == name


def test_the_audit_tells_the_change_and_not_the_address(session: Session, bank: Bank) -> None:
    save_wishes(session, bank.actor("officer"), OWN)
    save_wishes(session, bank.actor("officer"), OWN)
    save_wishes(session, bank.actor("officer"), replace(OWN, mail=""))
    session.commit()
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "wishes.save").order_by(AuditEntry.number)
    ).all()
    assert [each.changes.get("mail") for each in entries] == [[None, "***"], ["***", None]]
    assert "example.cn" not in str([each.changes for each in entries])
