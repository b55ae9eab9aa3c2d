"""What a person is told: a decision, a customer given or taken, what falls due today.

A slice tells it in the same transaction as the act itself; it travels in the change feed as a
document of the kind `notice`, to that person alone. A notice with a `key` is told once for ever,
whoever tells it and however often. Channels (web push, mail) say once, when the app is made, how
they take what is told (`carry`): they are asked in the same transaction, so nothing told is lost
between the two.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from sqlalchemy import (
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.crypto import keyring
from server.database import record
from server.database.base import Base, new_id
from server.database.bulk import insert_rows
from server.database.parts import in_parts
from server.database.types import Day, Moment, Sealed, SealedText, Uuid, place

NOTICE: Final = "notice"

Params: TypeAlias = Mapping[str, str | int | None]


class NoticeState(StrEnum):
    """How far a person is with a notice; derived from three moments, see `state_of`."""

    NEW = "new"
    READ = "read"
    SNOOZED = "snoozed"
    DONE = "done"


class Notice(Base):
    """One thing told. `params` is a JSON text, sealed: it may hold phones and names.

    `about_on` is the day it is about (the due date), `urgent` one that is told by itself at once.
    """

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str | None] = mapped_column(String(160))
    entity: Mapped[str] = mapped_column(String(64))
    entity_id: Mapped[str] = mapped_column(Uuid)
    customer_id: Mapped[str | None] = mapped_column(Uuid)
    branch_id: Mapped[str | None] = mapped_column(Uuid)
    params_sealed: Mapped[bytes] = mapped_column(Sealed)
    at: Mapped[dt.datetime] = mapped_column(Moment)
    about_on: Mapped[dt.date | None] = mapped_column(Day)
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    read_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    snoozed_until: Mapped[dt.datetime | None] = mapped_column(Moment)
    done_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    params = SealedText("params_sealed")

    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_notices_user_id_id", "user_id", "id"),
    )


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to tell to one person about `entity` (kind, id); channels get the same.

    `kind` names the sentence (`conflict_settled`), `params` the values in it.
    """

    user_id: str
    kind: str
    entity: tuple[str, str]
    at: dt.datetime
    branch_id: str | None = None
    customer_id: str | None = None
    params: Params = field(default_factory=dict)
    key: str | None = None
    urgent: bool = False
    about_on: dt.date | None = None
    id: str = field(default_factory=new_id)


Carrier: TypeAlias = Callable[[Session, Sequence[Told]], object]
"""A channel: takes what was just told, in the transaction that tells it."""

_carriers: list[Carrier] = []


def carry(carrier: Carrier) -> None:
    """Let a channel take all that is told from now on; saying it twice changes nothing."""
    if carrier not in _carriers:
        _carriers.append(carrier)


def tell(
    session: Session,
    user_id: str | None,
    kind: str,
    entity: tuple[str, str],
    *,
    at: dt.datetime,
    branch_id: str | None = None,
    customer_id: str | None = None,
    params: Params | None = None,
    key: str | None = None,
    urgent: bool = False,
    about_on: dt.date | None = None,
) -> str | None:
    """Tell somebody about `entity` (kind, id) and give the notice's id.

    None where nobody is named, or where the person has been told the `key` before.
    """
    if user_id is None:
        return None
    told = Told(
        user_id, kind, entity, at, branch_id, customer_id, params or {}, key, urgent, about_on
    )
    return told.id if tell_many(session, [told]) else None


def tell_many(session: Session, tellings: Sequence[Told]) -> list[Told]:
    """Tell many things in few statements, and give those that had not been told before."""
    session.flush()
    made: list[Told] = []
    for some in in_parts(tellings):
        table = Base.metadata.tables[Notice.__tablename__]
        insert_rows(session, table, [_row(told) for told in some], "ON CONFLICT DO NOTHING")
        made += _those_that_stand(session, some)
    for told in made:
        record.changed(session, (NOTICE, told.id), told.branch_id, portfolio=told.user_id)
    if made:
        for carrier in _carriers:
            carrier(session, made)
    return made


def state_of(
    now: dt.datetime,
    read_at: dt.datetime | None,
    snoozed_until: dt.datetime | None,
    done_at: dt.datetime | None,
) -> NoticeState:
    """Done before snoozed (until then) before read before new."""
    if done_at is not None:
        return NoticeState.DONE
    if snoozed_until is not None and snoozed_until > now:
        return NoticeState.SNOOZED
    return NoticeState.NEW if read_at is None else NoticeState.READ


def is_to_do(now: dt.datetime) -> ColumnElement[bool]:
    """The rows that are neither done nor put off, as `state_of` tells of one."""
    is_due = or_(Notice.snoozed_until.is_(None), Notice.snoozed_until <= now)
    return and_(Notice.done_at.is_(None), is_due)


def is_unread(now: dt.datetime) -> ColumnElement[bool]:
    """The rows whose state is `new`."""
    return and_(Notice.read_at.is_(None), is_to_do(now))


def address(
    kind: str,
    entity: str,
    entity_id: str,
    params: Params,
    *,
    notice_id: str | None = None,
    field: bool = False,
) -> str:
    """The page of the app that a notice opens, as a path.

    In the field app each notice has a page of its own, which leads on: the lists of a digest are
    chosen by what the device holds. At the desk it is the page of what the notice is about.
    """
    if field:
        return f"/field/notices/{notice_id}" if notice_id else "/field/notices"
    if kind in _DESK_LISTS:
        return _DESK_LISTS[kind]
    loan_id = params.get("loan_id")
    if loan_id:
        return f"/loans/{loan_id}"
    room = _DESK_ROOMS.get(entity)
    return f"/notices/{notice_id or ''}".rstrip("/") if room is None else f"{room}/{entity_id}"


_DESK_LISTS: Final = {
    "due_digest": "/",
    "month_end_open": "/",
    "holidays_missing": "/parameters/holiday.days",
    "cover_given": "/covers",
    "cover_begun": "/covers",
    "cover_ended": "/covers",
    "handover_signed": "/handovers",
    "handover_refused": "/handovers",
    "conflict_settled": "/conflicts",
    "job_failed": "/administration/jobs",
    "backup_failed": "/administration/backups",
}

_DESK_ROOMS: Final = {
    "loan": "/loans",
    "customer": "/customers",
    "feedback": "/feedback",
    "repayment": "/repayments",
}


def _row(told: Told) -> dict[str, object]:
    params = json.dumps(dict(told.params), ensure_ascii=False, separators=(",", ":"))
    return {
        "id": told.id,
        "user_id": told.user_id,
        "kind": told.kind,
        "key": told.key,
        "entity": told.entity[0],
        "entity_id": told.entity[1],
        "customer_id": told.customer_id,
        "branch_id": told.branch_id,
        "params_sealed": keyring.active().seal(params, place("notices", "params", told.id)),
        "at": told.at,
        "about_on": told.about_on,
        "urgent": told.urgent,
    }


def _those_that_stand(session: Session, some: Sequence[Told]) -> list[Told]:
    keyed = [told.id for told in some if told.key is not None]
    if not keyed:
        return list(some)
    stand = set(session.scalars(select(Notice.id).where(Notice.id.in_(keyed))))
    return [told for told in some if told.key is None or told.id in stand]
