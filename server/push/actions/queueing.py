"""What is told gets its deliveries, one for each way, in the transaction that tells it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from server.crypto import keyring
from server.database import Base, new_id
from server.database.bulk import insert_rows
from server.database.notices import Told, tell
from server.database.types import place
from server.domain.access import Actor
from server.push import above, queries
from server.push.above import Reader
from server.push.models import Delivery, Hook, OutgoingText
from server.push.sending.hooks import REPEATABLE

LASTS: Final = dt.timedelta(hours=24)
"""How long a notice is worth telling by itself; in the app it stays."""

TEST: Final = "channel_test"
_ONCE: Final = "ON CONFLICT DO NOTHING"


def queue_notices(session: Session, tellings: Sequence[Told]) -> int:
    """Queue what was just told for each channel that its reader takes; gives the deliveries."""
    people = {told.user_id for told in tellings}
    readers = above.active().readers(session, people)
    browsers = queries.subscriptions_of(session, readers)
    hooks = queries.active_hooks(session, "staff")
    rows = [
        row
        for told in tellings
        if (reader := readers.get(told.user_id)) is not None
        for row in _rows_of(told, reader, browsers.get(reader.user_id, ()), hooks)
    ]
    insert_rows(session, Base.metadata.tables[Delivery.__tablename__], rows, _ONCE)
    return len(rows)


def tell_test(session: Session, actor: Actor) -> str | None:
    """Tell the actor something, to see whether it arrives; once a minute, else None."""
    key = f"{TEST}:{actor.now:%Y-%m-%dT%H:%M}"
    entity = ("user", actor.user_id or "")
    return tell(session, actor.user_id, TEST, entity, at=actor.now, key=key, urgent=True)


@dataclass(frozen=True, slots=True)
class CustomerText:
    """A text to a customer, word for word. `key` lets it leave once for ever.

    `phone` or `mail` says where to; `about` (entity, id) what must still hold when it leaves.
    It leaves not before `at` and not after `until`.
    """

    key: str
    kind: str
    customer_id: str
    branch_id: str
    about: tuple[str, str]
    title: str
    body: str
    at: dt.datetime
    until: dt.datetime
    phone: str = ""
    mail: str = ""
    language: str = "zh"


def queue_text(session: Session, text: CustomerText) -> str | None:
    """Queue a text to a customer and give its id; None where its key is known.

    A text to a phone leaves by each hook for customers of its branch, one to a mail address by
    mail. Where the bank has neither, the text is kept with no delivery.
    """
    row_id = new_id()
    row = _text_row(row_id, text)
    insert_rows(session, Base.metadata.tables[OutgoingText.__tablename__], [row], _ONCE)
    if queries.text_id_of(session, text.key) != row_id:
        return None
    rows = list(_rows_of_text(session, row_id, text))
    insert_rows(session, Base.metadata.tables[Delivery.__tablename__], rows, _ONCE)
    return row_id


def _rows_of(
    told: Told, reader: Reader, browsers: Iterable[str], hooks: Iterable[Hook]
) -> Iterator[dict[str, Any]]:
    until = _until(told)
    cause: Mapping[str, Any] = {
        "notice_id": told.id,
        "text_id": None,
        "urgent": told.urgent,
        "queued_at": told.at,
        "next_try_at": told.at,
        "until": until,
    }
    if "web_push" in reader.channels:
        for subscription_id in browsers:
            yield _row(cause, "web_push", subscription_id)
    if "mail" in reader.channels and reader.mail:
        yield _row(cause, "mail", reader.user_id, once=True)
    if "hook" in reader.channels and told.kind != TEST:
        for hook in hooks:
            if hook.branch_id in (None, told.branch_id) and (told.urgent or not hook.urgent_only):
                yield _row(cause, "hook", hook.id, once=hook.kind not in REPEATABLE)


def _rows_of_text(session: Session, row_id: str, text: CustomerText) -> Iterator[dict[str, Any]]:
    cause: Mapping[str, Any] = {
        "notice_id": None,
        "text_id": row_id,
        "urgent": False,
        "queued_at": text.at,
        "next_try_at": text.at,
        "until": text.until,
    }
    if text.mail:
        yield _row(cause, "mail", text.customer_id, once=True)
        return
    for hook in queries.active_hooks(session, "customers"):
        if hook.branch_id in (None, text.branch_id):
            yield _row(cause, "hook", hook.id, once=hook.kind not in REPEATABLE)


def _row(
    cause: Mapping[str, Any], channel: str, target: str, *, once: bool = False
) -> dict[str, Any]:
    return {
        "id": new_id(),
        **cause,
        "channel": channel,
        "target": target,
        "once": once,
        "state": "waiting",
        "attempts": 0,
        "error": "",
    }


def _until(told: Told) -> dt.datetime:
    """A day later; the list of a day is worth nothing on the next."""
    until = told.at + LASTS
    if not told.kind.endswith("_digest"):
        return until
    following = told.at.date() + dt.timedelta(days=1)
    return min(until, dt.datetime.combine(following, dt.time(), told.at.tzinfo))


def _text_row(row_id: str, text: CustomerText) -> dict[str, Any]:
    def sealed(name: str, value: str) -> bytes:
        return keyring.active().seal(value, place(OutgoingText.__tablename__, name, row_id))

    words = json.dumps({"title": text.title, "body": text.body}, ensure_ascii=False)
    return {
        "id": row_id,
        "key": text.key,
        "kind": text.kind,
        "customer_id": text.customer_id,
        "branch_id": text.branch_id,
        "about": text.about[0],
        "about_id": text.about[1],
        "language": text.language,
        "address_sealed": sealed("address", text.phone or text.mail),
        "words_sealed": sealed("words", words),
        "at": text.at,
    }
