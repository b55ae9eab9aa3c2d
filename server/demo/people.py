"""The branches and the staff of the demo bank, and how to sign in as each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.accounts.actions import SaveBranch, SaveUser, create_branch, create_user
from server.accounts.models import Branch, User
from server.crypto.passwords import hash_password
from server.domain.access import Actor, Role

PASSWORD: Final = "taizhang-demo"  # noqa: S105 (printed at every start: there is nothing to guard)


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff; `branch` is the branch's code, None the head office."""

    username: str
    name: str
    role: Role
    branch: str | None


BRANCHES: Final = (
    SaveBranch("101", "城关支行", "0571-8810101", "浙江省临溪县城关镇人民路18号"),
    SaveBranch("102", "开发区支行", "0571-8810202", "浙江省临溪县开发区创业大道66号"),
    SaveBranch("103", "柳林支行", "0571-8810303", "浙江省临溪县柳林镇桥东街9号"),
)

STAFF: Final = (
    Person("officer1", "张伟", Role.OFFICER, "101"),
    Person("officer2", "刘洋", Role.OFFICER, "101"),
    Person("officer3", "陈静", Role.OFFICER, "102"),
    Person("officer4", "赵磊", Role.OFFICER, "102"),
    Person("officer5", "孙丽", Role.OFFICER, "103"),
    Person("reviewer1", "王芳", Role.REVIEWER, "101"),
    Person("reviewer2", "何军", Role.REVIEWER, None),
    Person("risk", "李强", Role.RISK, None),
    Person("manager1", "吴刚", Role.MANAGER, "101"),
    Person("manager2", "郑华", Role.MANAGER, None),
    Person("admin", "周敏", Role.ADMINISTRATOR, None),
    Person("auditor", "钱进", Role.AUDITOR, None),
)

OFFICERS: Final = {
    code: tuple(p.username for p in STAFF if p.branch == code and p.role is Role.OFFICER)
    for code in ("101", "102", "103")
}
"""Who looks after customers, by branch."""

_ROLE_WORDS: Final = {
    Role.OFFICER: "客户经理",
    Role.REVIEWER: "审核",
    Role.RISK: "风控",
    Role.MANAGER: "主管",
    Role.ADMINISTRATOR: "管理员",
    Role.AUDITOR: "审计",
}


@dataclass(frozen=True, slots=True)
class House:
    """Ids of the bank's branches by code and of its staff by username."""

    branches: dict[str, str]
    staff: dict[str, str]


def found_house(session: Session, founder: Actor) -> House:
    """Make branches and staff; all staff share the printed password and need not change it."""
    branches = {each.code: create_branch(session, founder, each) for each in BRANCHES}
    shared = hash_password(PASSWORD)
    staff = {}
    for number, person in enumerate(STAFF, 1):
        branch_id = branches[person.branch] if person.branch else None
        command = SaveUser(person.username, person.name, person.role, branch_id, f"{number:04d}")
        staff[person.username], _ = create_user(session, founder, command)
        # No action gives a password that is known to others: this is for a demo alone.
        user = session.get_one(User, staff[person.username])
        user.password_hash, user.must_change_password = shared, False
    session.flush()
    return House(branches, staff)


def is_empty(session: Session) -> bool:
    """Whether nobody works at this bank yet."""
    staff = session.scalar(select(func.count()).select_from(User))
    branches = session.scalar(select(func.count()).select_from(Branch))
    return not staff and not branches


def is_demo(session: Session) -> bool:
    """Whether this is the demo bank: all its staff and all its branches are here."""
    usernames = set(session.scalars(select(User.username)))
    codes = set(session.scalars(select(Branch.code)))
    return usernames >= {p.username for p in STAFF} and codes >= {b.code for b in BRANCHES}


def logins_text() -> str:
    """How to sign in, a line for each member of staff."""
    names = {each.code: each.name for each in BRANCHES}
    lines = [
        f"  {p.username:<10} {_ROLE_WORDS[p.role]} {p.role.value}"
        f" · {names[p.branch] if p.branch else '总行'} · {p.name}"
        for p in STAFF
    ]
    return "\n".join(
        ("示范银行 The demo bank (synthetic). Sign in as:", *lines, f"  密码 password: {PASSWORD}")
    )
