"""The bank's pair of keys for web push: made when first asked for, and kept."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from server.crypto import keyring
from server.database import Base, new_id, record
from server.database.bulk import insert_rows
from server.database.types import place
from server.domain.access import Actor
from server.push.models import PushKey, PushSubscription
from server.push.queries import key_row
from server.push.sending.keys import new_private_key, public_point


def own_key(session: Session, now: dt.datetime) -> PushKey:
    """The bank's keys. Of processes that make them at once, all go on with the same pair."""
    kept = key_row(session)
    if kept is not None:
        return kept
    private, row_id = new_private_key(), new_id()
    row = {
        "space": record.SPACE,
        "id": row_id,
        "public": public_point(private),
        "private_sealed": keyring.active().seal(private, place("push_keys", "private", row_id)),
        "made_at": now,
    }
    table = Base.metadata.tables[PushKey.__tablename__]
    insert_rows(session, table, [row], "ON CONFLICT DO NOTHING")
    made = key_row(session)
    if made is None:
        raise AssertionError("the row was inserted or was there")
    return made


def renew_key(session: Session, actor: Actor) -> PushKey:
    """Make another pair, after the old one became known to others. Every browser must subscribe
    anew; what they had is dropped.
    """
    session.execute(delete(PushKey))
    session.execute(
        update(PushSubscription).where(PushSubscription.gone_at.is_(None)).values(gone_at=actor.now)
    )
    session.expire_all()
    made = own_key(session, actor.now)
    record.note(session, actor, "push_key.renew", ("push_key", made.id))
    return made
