"""From the forms and filters of the administration to commands."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from server.accounts.actions import SaveBranch, SaveUser
from server.accounts.queries import HEAD_OFFICE, UserFilter
from server.admin.queries import AuditFilter
from server.domain.access import Role
from server.web.entries import Entries
from server.web.language import LANGUAGES


def read_user(entries: Entries, *, username: str | None = None) -> SaveUser:
    """A member of staff as typed; the username of one who exists is given and stays."""
    if username is None:
        username = entries.text("username", most=40).lower()
    place = entries.code("branch_id", _AnyId())
    return SaveUser(
        username=username,
        display_name=entries.text("display_name", most=80),
        employee_no=entries.text("employee_no", most=30, required=False) or None,
        role=entries.code("role", set(Role)),
        branch_id=None if place in ("", HEAD_OFFICE) else place,
        language=entries.code("language", LANGUAGES),
    )


def read_branch(entries: Entries) -> SaveBranch:
    """A branch as typed."""
    return SaveBranch(
        code=entries.text("code", most=20),
        name=entries.text("name", most=80),
        phone=entries.text("phone", most=30, required=False),
        address=entries.text("address", most=200, required=False),
    )


def read_user_filter(entries: Entries) -> UserFilter:
    """Which staff a list is asked for; without a word of it, those who are active."""
    return UserFilter(
        text=entries.text("q", most=40, required=False),
        branch_id=_id(entries, "branch"),
        role=entries.code("role", set(Role), required=False),
        state=entries.code("state", ("active", "inactive", "all"), required=False) or "active",
    )


def read_audit_filter(entries: Entries, zone: ZoneInfo) -> AuditFilter:
    """Which entries the audit page is asked for; civil days of the bank's timezone."""
    since, until = entries.optional_day("since"), entries.optional_day("until")
    return AuditFilter(
        actor_id=_id(entries, "actor"),
        action=entries.text("action", most=64, required=False),
        entity=entries.text("entity", most=32, required=False),
        entity_id=entries.text("entity_id", most=64, required=False),
        branch_id=_id(entries, "branch"),
        since=None if since is None else _midnight(since, zone),
        before=None if until is None else _midnight(until + dt.timedelta(days=1), zone),
    )


class _AnyId:
    """Takes the shape of an id; whether it exists is asked where it is used."""

    def __contains__(self, code: object) -> bool:
        if code == HEAD_OFFICE:
            return True
        return isinstance(code, str) and _is_id(code)


def _id(entries: Entries, name: str) -> str:
    chosen = entries.code(name, _AnyId(), required=False)
    return "" if name in entries.state.errors else chosen


def _is_id(text: str) -> bool:
    bare = text.replace("-", "")
    return len(text) == 36 and len(bare) == 32 and all(c in "0123456789abcdef" for c in bare)


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)
