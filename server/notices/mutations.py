"""What a person does with a notice on the road: the later of two marks stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy.orm import Session

from server.database.kinds import Found, MutationKind, Write, Written
from server.database.notices import NOTICE, NoticeState
from server.domain.access import Actor
from server.domain.errors import Invalid, NotAllowed, NotFound
from server.domain.written import text_of
from server.notices.actions import Mark, mark_notice
from server.notices.documents import marks_of
from server.notices.queries import notices_by_id
from sync.policy import KindRules, Policy

_FIELDS: Final = frozenset({"state", "snoozed_until"})


def _find(session: Session, actor: Actor, notice_id: str) -> Found | None:
    return _find_many(session, actor, [notice_id]).get(notice_id)


def _find_many(session: Session, actor: Actor, ids: Collection[str]) -> dict[str, Found]:
    """Notices, whoever they were told to: the push refuses what is not the person's own."""
    return {
        row.id: Found(marks_of(row), row.branch_id or actor.branch_id or "", row.user_id)
        for row in notices_by_id(session, ids)
    }


def _write(session: Session, actor: Actor, write: Write) -> Written:
    found = notices_by_id(session, [write.entity_id])
    if not found:
        raise NotFound(NOTICE, write.entity_id)
    if found[0].user_id != actor.user_id:
        raise NotAllowed("notices.own")
    # A field that the merge did not let through is as it stands.
    fields = {**marks_of(found[0]), **write.fields}
    mark_notice(session, actor, write.entity_id, Mark(_state(fields), _until(fields)))
    stands = marks_of(found[0])
    return Written({name: value for name, value in stands.items() if fields[name] != value})


def _state(fields: Mapping[str, object]) -> NoticeState:
    try:
        return NoticeState(text_of(fields, "state"))
    except ValueError:
        raise Invalid("state", "unknown") from None


def _until(fields: Mapping[str, object]) -> dt.datetime | None:
    text = text_of(fields, "snoozed_until")
    if not text:
        return None
    try:
        until = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("snoozed_until", "date") from None
    if until.tzinfo is None:
        raise Invalid("snoozed_until", "date")
    return until


KINDS: Final[Mapping[str, MutationKind]] = {
    NOTICE: MutationKind(
        rules=KindRules(fields=dict.fromkeys(_FIELDS, Policy.LWW)),
        find=_find,
        write=_write,
        known=_FIELDS,
        find_many=_find_many,
    )
}
"""By the name on the wire."""
