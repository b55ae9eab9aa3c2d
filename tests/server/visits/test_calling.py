"""Contacts: the desk keeps to the rules of conduct, the field says where it did not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import CustomerContact
from server.database import new_id
from server.domain.errors import Invalid, NotFound
from server.visits.actions import FromField, LogCall, log_call
from server.visits.documents import call_documents
from server.visits.models import Call
from server.visits.queries import calls_of_customer
from tests.server.bank import NOW, TODAY, Bank, add_customer

_MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def customer_id(bank: Bank) -> str:
    """A customer of the officer."""
    return add_customer(bank)


def _mobile(session: Session, customer_id: str) -> str:
    query = select(CustomerContact.id).where(
        CustomerContact.customer_id == customer_id, CustomerContact.relation == "self"
    )
    return session.scalars(query).one()


def _command(bank: Bank, customer_id: str, **changes: Any) -> LogCall:
    command = LogCall(
        customer_id,
        _mobile(bank.session, customer_id),
        "self",
        "phone",
        "no_answer",
        NOW - 30 * _MINUTE,
        summary="响铃无人接听",
    )
    return replace(command, **changes)


def _log(bank: Bank, command: LogCall) -> str:
    return log_call(bank.session, bank.actor("officer"), command)


def _field() -> FromField:
    return FromField(new_id(), new_id(), NOW)


def _unanswered(bank: Bank, customer_id: str, times: int) -> None:
    for number in range(times):
        at = NOW - dt.timedelta(hours=1) + number * _MINUTE
        _log(bank, _command(bank, customer_id, called_at=at, field=_field()))


def test_a_call_keeps_what_was_said_sealed(session: Session, bank: Bank, customer_id: str) -> None:
    call_id = _log(bank, _command(bank, customer_id, result="reached", summary="答应周五来还"))
    session.commit()
    row = session.get_one(Call, call_id)
    assert row.summary_sealed is not None
    assert "周五".encode() not in row.summary_sealed
    assert (row.called_on, row.outside_rules) == (TODAY, [])
    document = call_documents(session, [call_id], TODAY)[call_id]
    assert (document["summary"], document["result"]) == ("答应周五来还", "reached")
    [shown] = calls_of_customer(session, bank.actor("risk"), customer_id)
    assert shown.summary == "答应周五来还"


@pytest.mark.parametrize(("before", "reason"), [(3, "many_calls"), (6, "too_many_calls")])
def test_the_desk_is_warned_from_three_and_stopped_at_six(
    bank: Bank, customer_id: str, before: int, reason: str
) -> None:
    _unanswered(bank, customer_id, before)
    with pytest.raises(Invalid, match=f"called_at: {reason}"):
        _log(bank, _command(bank, customer_id))


def test_a_warning_may_be_accepted_a_stop_only_by_the_debtor(bank: Bank, customer_id: str) -> None:
    _unanswered(bank, customer_id, 3)
    _log(bank, _command(bank, customer_id, accept_many=True))
    _unanswered(bank, customer_id, 2)
    with pytest.raises(Invalid, match="too_many_calls"):
        _log(bank, _command(bank, customer_id, accept_many=True, called_at=NOW))
    _log(bank, _command(bank, customer_id, consented=True, called_at=NOW))


def test_the_field_is_never_refused_but_says_what_it_broke(
    session: Session, bank: Bank, customer_id: str
) -> None:
    _unanswered(bank, customer_id, 6)
    night = NOW.replace(hour=6)
    seventh = _log(bank, _command(bank, customer_id, field=_field()))
    early = _log(bank, _command(bank, customer_id, called_at=night, field=_field()))
    assert session.get_one(Call, seventh).outside_rules == ["too_many_calls"]
    assert session.get_one(Call, early).outside_rules == ["quiet_hours"]


def test_the_same_number_with_another_customer_counts(bank: Bank, customer_id: str) -> None:
    _unanswered(bank, customer_id, 6)
    query = select(CustomerContact).where(CustomerContact.relation == "emergency")
    other = add_customer(bank, 2)
    shared = next(each for each in bank.session.scalars(query) if each.customer_id == other)
    assert _log(bank, _command(bank, other, contact_id=shared.id, relation="emergency"))


def test_yesterdays_calls_do_not_count(bank: Bank, customer_id: str) -> None:
    for number in range(6):
        at = NOW - dt.timedelta(days=1) + number * _MINUTE
        _log(bank, _command(bank, customer_id, called_at=at, field=_field()))
    assert _log(bank, _command(bank, customer_id))


def test_at_night_the_desk_calls_nobody(bank: Bank, customer_id: str) -> None:
    with pytest.raises(Invalid, match="called_at: quiet_hours"):
        _log(bank, _command(bank, customer_id, called_at=NOW.replace(hour=7)))


def test_a_contact_that_is_gone_is_only_refused_at_the_desk(bank: Bank, customer_id: str) -> None:
    with pytest.raises(Invalid, match="contact_id: unknown"):
        _log(bank, _command(bank, customer_id, contact_id=new_id()))
    assert _log(bank, _command(bank, customer_id, contact_id=new_id(), field=_field()))


@pytest.mark.parametrize("field", ["relation", "channel", "result"])
def test_unknown_codes_are_refused(bank: Bank, customer_id: str, field: str) -> None:
    with pytest.raises(Invalid, match=f"{field}: unknown"):
        _log(bank, _command(bank, customer_id, **{field: "x"}))


def test_a_customer_of_another_branch_is_not_there(bank: Bank, customer_id: str) -> None:
    with pytest.raises(NotFound):
        log_call(bank.session, bank.actor("officer_b"), _command(bank, customer_id))
