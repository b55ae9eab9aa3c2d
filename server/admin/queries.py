"""Reads of the audit trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.database.paging import Page, read_cursor, write_cursor
from server.domain.access import Actor, Permission

_ROWS_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries a page shows; moments are [since, before)."""

    actor_id: str = ""
    action: str = ""
    entity: str = ""
    entity_id: str = ""
    branch_id: str = ""
    since: dt.datetime | None = None
    before: dt.datetime | None = None


def audit_entries(
    session: Session,
    actor: Actor,
    wanted: AuditFilter,
    after: str = "",
    limit: int = _ROWS_A_PAGE,
) -> Page[AuditEntry]:
    """Entries within the actor's reach, the latest first, `limit` at a time.

    Staff of a branch see what was done on their branch; what belongs to no branch is the head
    office's to read.
    """
    actor.require(Permission.AUDIT_READ)
    query = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(limit + 1)
    for condition in _conditions(actor, wanted):
        query = query.where(condition)
    if after:
        query = query.where(AuditEntry.number < _number(after))
    rows = list(session.scalars(query))
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, following=write_cursor(rows[-1].number) if more else None)


def _conditions(actor: Actor, wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    branch_id = actor.branch_id or wanted.branch_id
    if branch_id:
        yield AuditEntry.branch_id == branch_id
    if wanted.actor_id:
        yield AuditEntry.actor_id == wanted.actor_id
    if wanted.action:
        yield AuditEntry.action == wanted.action
    if wanted.entity:
        yield AuditEntry.entity == wanted.entity
    if wanted.entity_id:
        yield AuditEntry.entity_id == wanted.entity_id
    if wanted.since is not None:
        yield AuditEntry.at >= wanted.since
    if wanted.before is not None:
        yield AuditEntry.at < wanted.before


def _number(cursor: str) -> int:
    number = read_cursor(cursor, 1)[0]
    return number if isinstance(number, int) and 0 <= number < 2**62 else 0
