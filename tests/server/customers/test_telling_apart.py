"""Two customers who look alike and are two people; and what was taken away is forgotten one day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.actions import EditCustomer, update_customer
from server.customers.actions.removed import REMOVED_KEPT, prune_removed
from server.customers.actions.standing import standing
from server.customers.actions.telling_apart import TellApart, doubt_again, tell_apart
from server.customers.models import Customer, CustomerPair, RemovedPart
from server.customers.queries.duplicates import (
    possible_duplicate_count,
    possible_duplicates,
    told_apart,
)
from server.database.models import AuditEntry
from server.domain.errors import Invalid, NotAllowed, NotFound
from tests.server.bank import NOW, Bank, add_customer


@pytest.fixture
def twins(bank: Bank) -> tuple[str, str]:
    """Two customers of one name and phone, one without an ID number."""
    one = add_customer(bank, 1)
    row = bank.session.get_one(Customer, one)
    contacts = tuple(replace(each, id=None) for each in standing(row).contacts)
    other = add_customer(bank, 2, name=row.name, id_no="", contacts=contacts, incomplete=("id_no",))
    bank.session.commit()
    assert len(possible_duplicates(bank.session, bank.actor("reviewer"))) == 1
    return one, other


def _told(bank: Bank, pair: tuple[str, str], who: str = "reviewer") -> str:
    return tell_apart(bank.session, bank.actor(who), TellApart(*pair, "两人身份证都看过"))


def test_who_was_told_apart_is_listed_no_more(bank: Bank, twins: tuple[str, str]) -> None:
    reviewer = bank.actor("reviewer")
    first = _told(bank, twins)
    assert _told(bank, twins[::-1]) == first
    bank.session.commit()

    assert possible_duplicates(bank.session, reviewer) == []
    assert possible_duplicate_count(bank.session, reviewer) == 0
    (line,) = told_apart(bank.session, reviewer)
    assert {line.first_id, line.second_id} == set(twins)
    acts = bank.session.scalars(
        select(AuditEntry.entity_id).where(AuditEntry.action == "customer.tell_apart")
    )
    assert set(acts) == set(twins)


def test_that_can_be_taken_back_and_said_again(bank: Bank, twins: tuple[str, str]) -> None:
    reviewer = bank.actor("reviewer")
    pair_id = _told(bank, twins)
    for _ in range(2):
        doubt_again(bank.session, reviewer, pair_id)

    assert len(possible_duplicates(bank.session, reviewer)) == 1
    assert told_apart(bank.session, reviewer) == []
    assert _told(bank, twins) != pair_id
    assert len(bank.session.scalars(select(CustomerPair)).all()) == 2


@pytest.mark.parametrize("reason", [" ", "长" * 501])
def test_a_reason_is_needed_and_has_an_end(bank: Bank, twins: tuple[str, str], reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        tell_apart(bank.session, bank.actor("reviewer"), TellApart(*twins, reason))
    assert refused.value.field == "reason"


def test_one_customer_is_not_two(bank: Bank, twins: tuple[str, str]) -> None:
    with pytest.raises(Invalid):
        _told(bank, (twins[0], twins[0]))


def test_officers_and_other_branches_tell_nobody_apart(bank: Bank, twins: tuple[str, str]) -> None:
    with pytest.raises(NotAllowed):
        _told(bank, twins, "officer")
    with pytest.raises(NotFound):
        tell_apart(
            bank.session,
            replace(bank.actor("reviewer"), branch_id=bank.branch_b),
            TellApart(*twins, "不同的人"),
        )
    pair_id = _told(bank, twins)
    with pytest.raises(NotFound):
        doubt_again(bank.session, replace(bank.actor("reviewer"), branch_id=bank.branch_b), pair_id)


def test_what_was_taken_away_long_ago_is_forgotten(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    row = session.get_one(Customer, customer_id)
    values = standing(row)
    command = EditCustomer(row.id, row.version, replace(values, contacts=values.contacts[:1]))
    update_customer(session, bank.actor("officer"), command)
    session.commit()
    assert session.scalars(select(RemovedPart)).first() is not None

    late = bank.actor("chief", now=NOW + REMOVED_KEPT)
    assert prune_removed(session, late) == 0
    later = bank.actor("chief", now=NOW + REMOVED_KEPT + dt.timedelta(minutes=1))
    assert [prune_removed(session, later) for _ in range(2)] == [1, 0]
    assert session.scalars(select(RemovedPart)).first() is None
