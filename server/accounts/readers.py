"""Members of staff as the channels know them, before anybody has said how to be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.push.above import Reader

_AT_ONCE: Final = 500


def active_readers(session: Session, user_ids: Collection[str]) -> Mapping[str, Reader]:
    """The active ones of some people, each with the own language and no other wish."""
    found: dict[str, Reader] = {}
    people = list(user_ids)
    for start in range(0, len(people), _AT_ONCE):
        rows = session.execute(
            select(User.id, User.display_name, User.language).where(
                User.id.in_(people[start : start + _AT_ONCE]), User.active
            )
        )
        for user_id, name, language in rows:
            found[user_id] = Reader(user_id, name, language)
    return found
