"""Making, changing and closing branches: work of the head office."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts import actions, queries
from server.accounts.actions import SaveBranch
from server.accounts.models import Branch, User
from server.database.models import AuditEntry
from server.domain.access import Role
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.server.bank import Bank

NEW = SaveBranch("C01", "城南支行", "0571-88880000", "南街 1 号")


def test_a_branch_is_made_and_recorded(session: Session, bank: Bank) -> None:
    key = actions.create_branch(session, bank.actor("administrator"), NEW)
    session.commit()
    assert session.get_one(Branch, key).name == "城南支行"
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.branch_id) == ("branch.create", key)


@pytest.mark.parametrize("username", ["officer", "reviewer", "risk", "manager", "chief", "auditor"])
def test_no_other_role_makes_branches(session: Session, bank: Bank, username: str) -> None:
    actor = bank.actor(username)
    for act in (
        lambda: actions.create_branch(session, actor, NEW),
        lambda: actions.update_branch(session, actor, bank.branch_a, 1, NEW),
        lambda: actions.set_branch_active(session, actor, bank.branch_a, active=False),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_an_administrator_of_a_branch_makes_none(session: Session, bank: Bank) -> None:
    session.get_one(User, bank.people["reviewer"]).role = Role.ADMINISTRATOR
    session.flush()
    with pytest.raises(NotAllowed):
        actions.create_branch(session, bank.actor("reviewer"), NEW)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"code": "A01"}, "code", "taken"),
        ({"name": " 城东支行 "}, "name", "taken"),
        ({"code": ""}, "code", "code_shape"),
        ({"code": "=1+1"}, "code", "code_shape"),
        ({"code": "C" * 60_000}, "code", "code_shape"),
        ({"name": "  "}, "name", "missing"),
        ({"name": "城" * 60_000}, "name", "too_long"),
        ({"address": "街" * 201}, "address", "too_long"),
    ],
)
def test_a_bad_branch_is_refused_at_the_field(
    session: Session, bank: Bank, changes: dict[str, str], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.create_branch(session, bank.actor("administrator"), replace(NEW, **changes))
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_the_second_of_two_editors_is_shown_both_versions(session: Session, bank: Bank) -> None:
    actor = bank.actor("administrator")
    actions.update_branch(session, actor, bank.branch_a, 1, replace(NEW, name="先"))
    with pytest.raises(Conflict) as conflict:
        actions.update_branch(session, actor, bank.branch_a, 1, replace(NEW, name="后"))
    assert (conflict.value.current["name"], conflict.value.entered["name"]) == ("先", "后")


def test_a_branch_with_staff_is_not_closed(session: Session, bank: Bank) -> None:
    with pytest.raises(Invalid) as refused:
        actions.set_branch_active(session, bank.actor("administrator"), bank.branch_b, active=False)
    assert refused.value.reason == "has_active_users"
    assert refused.value.detail == {"count": 1}


def test_an_empty_branch_is_closed_and_reopened(session: Session, bank: Bank) -> None:
    actor = bank.actor("administrator")
    actions.set_user_active(session, actor, bank.people["officer_b"], active=False)
    actions.set_branch_active(session, actor, bank.branch_b, active=False)
    assert not session.get_one(Branch, bank.branch_b).active
    actions.set_branch_active(session, actor, bank.branch_b, active=True)
    assert session.get_one(Branch, bank.branch_b).active


def test_an_unknown_branch_does_not_exist(session: Session, bank: Bank) -> None:
    with pytest.raises(NotFound):
        actions.update_branch(session, bank.actor("administrator"), str(uuid4()), 1, NEW)
    with pytest.raises(NotFound):
        queries.branch(session, bank.actor("officer"), bank.branch_b)
