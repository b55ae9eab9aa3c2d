"""Roles, permissions and reach; and that the guide's table tells what the code holds."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from server.domain.access import MATRIX, Actor, Permission, Role
from server.domain.errors import NotAllowed, NotFound

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "access.md"
NOW = dt.datetime(2026, 3, 10, 2, 0, tzinfo=dt.UTC)


def an_actor(role: Role, branch_id: str | None = "a") -> Actor:
    return Actor("u", "甲", role, branch_id, NOW, NOW.date())


def told_by_the_guide() -> dict[Role, set[Permission]]:
    rows = [line.split("|")[1:-1] for line in GUIDE.read_text().splitlines() if line[:1] == "|"]
    roles = [Role(cell.split()[0]) for cell in rows[0][2:]]
    told: dict[Role, set[Permission]] = {role: set() for role in roles}
    for cells in rows[2:]:
        found = re.search(r"`(.+)`", cells[0])
        assert found, cells
        for role, cell in zip(roles, cells[2:], strict=True):
            if cell.strip():
                told[role].add(Permission(found[1]))
    return told


def test_the_guide_tells_what_the_code_holds() -> None:
    assert told_by_the_guide() == {role: set(held) for role, held in MATRIX.items()}


def test_every_role_has_its_row() -> None:
    assert set(MATRIX) == set(Role)


def test_every_permission_is_held_by_somebody() -> None:
    assert frozenset().union(*MATRIX.values()) == set(Permission)


def test_who_manages_staff_sees_no_customer() -> None:
    assert not MATRIX[Role.ADMINISTRATOR] & {
        Permission.CUSTOMERS_READ,
        Permission.CUSTOMERS_REVEAL,
        Permission.LOANS_READ,
        Permission.REPAYMENTS_RECORD,
    }


def test_the_auditor_changes_nothing() -> None:
    reading = {"read", "export"}
    assert {permission.rsplit(".")[-1] for permission in MATRIX[Role.AUDITOR]} == reading


def test_a_permission_that_is_not_held_is_refused() -> None:
    with pytest.raises(NotAllowed) as refused:
        an_actor(Role.OFFICER).require(Permission.USERS_MANAGE)
    assert refused.value.permission == "users.manage"


def test_a_permission_does_not_reach_another_branch() -> None:
    officer = an_actor(Role.OFFICER, "a")
    officer.require(Permission.CUSTOMERS_WRITE, "a")
    with pytest.raises(NotAllowed):
        officer.require(Permission.CUSTOMERS_WRITE, "b")


def test_the_head_office_reaches_every_branch() -> None:
    an_actor(Role.MANAGER, None).require(Permission.CUSTOMERS_WRITE, "b")


def test_what_is_out_of_reach_does_not_exist() -> None:
    with pytest.raises(NotFound):
        an_actor(Role.MANAGER, "a").require_reach("customer", "1", "b")
