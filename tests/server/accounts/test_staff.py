"""Making and changing staff: by whom, within which reach, and what is never lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts import actions, queries
from server.accounts.actions import SaveUser
from server.accounts.models import Branch, User, UserSession
from server.crypto.passwords import password_matches
from server.database.models import AuditEntry, Change
from server.domain.access import Actor, Role
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.server.bank import Bank

OTHERS = ("officer", "reviewer", "risk", "manager", "chief", "auditor")


def a_user(bank: Bank, **changes: object) -> SaveUser:
    base = SaveUser("lin.mei", "林梅", Role.OFFICER, bank.branch_a, employee_no="0042")
    return replace(base, **changes)  # type: ignore[arg-type]


def branch_administrator(session: Session, bank: Bank) -> Actor:
    session.get_one(User, bank.people["reviewer2"]).role = Role.ADMINISTRATOR
    session.commit()
    return bank.actor("reviewer2")


def test_a_new_member_gets_a_temporary_password(session: Session, bank: Bank) -> None:
    user_id, password = actions.create_user(session, bank.actor("administrator"), a_user(bank))
    session.commit()
    row = session.get_one(User, user_id)
    assert row.must_change_password
    assert password_matches(password, row.password_hash)
    assert (row.username, row.branch_id, row.employee_no) == ("lin.mei", bank.branch_a, "0042")


def test_making_a_member_is_recorded_without_the_password(session: Session, bank: Bank) -> None:
    user_id, password = actions.create_user(session, bank.actor("administrator"), a_user(bank))
    session.commit()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.create")).one()
    assert entry.entity_id == user_id
    assert entry.changes["role"] == [None, "officer"]
    assert password not in str(entry.changes)
    assert session.get_one(Change, ("staff", user_id)).branch_id == bank.branch_a


@pytest.mark.parametrize("username", OTHERS)
def test_no_other_role_manages_staff(session: Session, bank: Bank, username: str) -> None:
    actor, key = bank.actor(username), bank.people["officer2"]
    for act in (
        lambda: actions.create_user(session, actor, a_user(bank)),
        lambda: actions.update_user(session, actor, key, 1, a_user(bank)),
        lambda: actions.set_user_active(session, actor, key, active=False),
        lambda: actions.unlock_user(session, actor, key),
        lambda: actions.reset_password(session, actor, key),
        lambda: actions.end_user_sessions(session, actor, key),
        lambda: queries.users(session, actor, queries.UserFilter()),
        lambda: queries.user(session, actor, key),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"username": "officer"}, "username", "taken"),
        ({"username": "Lin"}, "username", "username_shape"),
        ({"username": ""}, "username", "username_shape"),
        ({"username": "a" * 60_000}, "username", "username_shape"),
        ({"username": "a b"}, "username", "username_shape"),
        ({"display_name": " "}, "display_name", "missing"),
        ({"display_name": "林" * 60_000}, "display_name", "too_long"),
        ({"employee_no": "1" * 31}, "employee_no", "too_long"),
        ({"role": "owner"}, "role", "unknown"),
        ({"language": "fr"}, "language", "unknown"),
        ({"branch_id": None}, "branch_id", "officer_needs_branch"),
        ({"branch_id": str(uuid4())}, "branch_id", "unknown"),
    ],
)
def test_a_bad_member_is_refused_at_the_field(
    session: Session, bank: Bank, changes: dict[str, object], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.create_user(session, bank.actor("administrator"), a_user(bank, **changes))
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_an_employee_number_belongs_to_one(session: Session, bank: Bank) -> None:
    administrator = bank.actor("administrator")
    actions.create_user(session, administrator, a_user(bank))
    with pytest.raises(Invalid, match="employee_no: taken"):
        actions.create_user(session, administrator, a_user(bank, username="other"))


def test_a_closed_branch_takes_no_staff(session: Session, bank: Bank) -> None:
    session.get_one(Branch, bank.branch_b).active = False
    session.flush()
    with pytest.raises(Invalid, match="branch_id: branch_closed"):
        actions.create_user(
            session, bank.actor("administrator"), a_user(bank, branch_id=bank.branch_b)
        )


def test_a_branch_administrator_reaches_the_own_branch_alone(session: Session, bank: Bank) -> None:
    actor = branch_administrator(session, bank)
    actions.create_user(session, actor, a_user(bank))
    with pytest.raises(Invalid, match="branch_id: unknown"):
        actions.create_user(session, actor, a_user(bank, username="bai", branch_id=bank.branch_b))
    with pytest.raises(Invalid, match="branch_id: missing"):
        actions.create_user(
            session, actor, a_user(bank, username="cao", branch_id=None, role=Role.MANAGER)
        )
    for username in ("officer_b", "administrator"):
        with pytest.raises(NotFound):
            actions.reset_password(session, actor, bank.people[username])
        with pytest.raises(NotFound):
            queries.user(session, actor, bank.people[username])
    listed = queries.users(session, actor, queries.UserFilter()).rows
    assert {user.branch_id for user in listed} == {bank.branch_a}


def test_a_member_is_changed_and_old_and_new_are_recorded(session: Session, bank: Bank) -> None:
    key = bank.people["officer2"]
    command = a_user(bank, role=Role.REVIEWER, branch_id=bank.branch_b)
    actions.update_user(session, bank.actor("administrator"), key, 1, command)
    session.commit()
    row = session.get_one(User, key)
    assert (row.role, row.branch_id, row.version) == ("reviewer", bank.branch_b, 2)
    assert row.username == "officer2"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.update")).one()
    assert entry.changes["role"] == ["officer", "reviewer"]


def test_saving_what_stands_changes_nothing(session: Session, bank: Bank) -> None:
    key = bank.people["officer2"]
    same = a_user(bank, display_name="officer2 员工", employee_no=None)
    actions.update_user(session, bank.actor("administrator"), key, 1, same)
    session.commit()
    assert session.get_one(User, key).version == 1
    assert session.scalars(select(AuditEntry)).all() == []


def test_the_second_of_two_editors_is_shown_both_versions(session: Session, bank: Bank) -> None:
    key, administrator = bank.people["officer2"], bank.actor("administrator")
    actions.update_user(session, administrator, key, 1, a_user(bank, display_name="先"))
    with pytest.raises(Conflict) as conflict:
        actions.update_user(session, administrator, key, 1, a_user(bank, display_name="后"))
    assert conflict.value.current["display_name"] == "先"
    assert conflict.value.entered["display_name"] == "后"


def test_nobody_changes_the_own_role_or_deactivates_the_own_account(
    session: Session, bank: Bank
) -> None:
    actor = bank.actor("administrator")
    own = bank.people["administrator"]
    with pytest.raises(Invalid, match="role: own_account"):
        actions.update_user(session, actor, own, 1, a_user(bank, role=Role.MANAGER, branch_id=None))
    with pytest.raises(Invalid, match="user: own_account"):
        actions.set_user_active(session, actor, own, active=False)
    with pytest.raises(Invalid, match="user: own_account"):
        actions.reset_password(session, actor, own)


def test_the_last_administrator_of_the_head_office_stays(session: Session, bank: Bank) -> None:
    operator = replace(bank.actor("administrator"), user_id=None)
    last = bank.people["administrator"]
    with pytest.raises(Invalid, match="user: last_administrator"):
        actions.set_user_active(session, operator, last, active=False)
    with pytest.raises(Invalid, match="role: last_administrator"):
        actions.update_user(
            session, operator, last, 1, a_user(bank, role=Role.MANAGER, branch_id=None)
        )


def test_deactivating_ends_the_sessions(session: Session, bank: Bank) -> None:
    key, administrator = bank.people["officer"], bank.actor("administrator")
    start_a_session(session, key, administrator.now)
    actions.set_user_active(session, administrator, key, active=False)
    session.commit()
    session.expire_all()
    assert session.scalars(select(UserSession)).one().ended_at is not None
    assert not session.get_one(User, key).active


def test_a_person_of_a_closed_branch_is_not_activated(session: Session, bank: Bank) -> None:
    key, administrator = bank.people["officer_b"], bank.actor("administrator")
    actions.set_user_active(session, administrator, key, active=False)
    actions.set_branch_active(session, administrator, bank.branch_b, active=False)
    with pytest.raises(Invalid, match="user: branch_closed"):
        actions.set_user_active(session, administrator, key, active=True)


def test_resetting_a_password_unlocks_and_ends_the_sessions(session: Session, bank: Bank) -> None:
    key, administrator = bank.people["officer"], bank.actor("administrator")
    session.get_one(User, key).locked_until = administrator.now + dt.timedelta(minutes=9)
    start_a_session(session, key, administrator.now)
    password = actions.reset_password(session, administrator, key)
    session.commit()
    session.expire_all()
    row = session.get_one(User, key)
    assert password_matches(password, row.password_hash)
    assert row.must_change_password
    assert row.locked_until is None
    assert session.scalars(select(UserSession)).one().ended_at is not None


def test_a_lock_is_ended_by_hand(session: Session, bank: Bank) -> None:
    key, administrator = bank.people["officer"], bank.actor("administrator")
    session.get_one(User, key).locked_until = administrator.now + dt.timedelta(minutes=9)
    session.flush()
    actions.unlock_user(session, administrator, key)
    assert not actions.is_locked(session.get_one(User, key), administrator.now)


def start_a_session(session: Session, user_id: str, now: dt.datetime) -> None:
    session.add(
        UserSession(
            user_id=user_id,
            token_hash="0" * 64,
            created_at=now,
            last_seen_at=now,
            expires_at=now + dt.timedelta(hours=1),
        )
    )
    session.flush()
