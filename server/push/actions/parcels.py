"""Whether a delivery still is to be sent, and what exactly leaves, decided as it is claimed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.notices import Notice, address
from server.domain.access import Actor
from server.push.above import Above, Reader, silent_until
from server.push.models import Delivery, Hook, OutgoingText, PushSubscription
from server.push.queries import browsers_by_id
from server.push.queries.deliveries import unread_of
from server.push.sending.hooks import Target, Told
from server.push.sending.mail import Mail
from server.push.sending.notification import Shown, push_document
from server.push.sending.senders import HookCall, Senders
from server.push.sending.web_push import Message

if TYPE_CHECKING:
    from server.push.above import Said


@dataclass(slots=True)
class Parcel:
    """What leaves, for which delivery, under which claim."""

    delivery_id: str
    message: Message | Mail | HookCall
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Send `parcel`; or wait until `move_to`; or end in `state`. `reason` is a code."""

    parcel: Parcel | None = None
    move_to: dt.datetime | None = None
    state: str = "dropped"
    reason: str = ""


class _Dropped(Exception):
    """The delivery is not to be sent; the text is the reason."""


@dataclass(frozen=True, slots=True)
class _Around:
    """What every decision of one step needs."""

    session: Session
    actor: Actor
    above: Above
    senders: Senders
    readers: Mapping[str, Reader]
    unread: Mapping[str, int]
    browsers: Mapping[str, PushSubscription]


def considered(
    session: Session, rows: Sequence[Delivery], actor: Actor, above: Above, senders: Senders
) -> list[Verdict]:
    """A verdict for each delivery, by how things stand in this transaction."""
    found = _notices(session, rows)
    notices = [found.get(row.notice_id or "") for row in rows]
    people = {each.user_id for each in found.values()}
    around = _Around(
        session,
        actor,
        above,
        senders,
        above.readers(session, people) if people else {},
        unread_of(session, people, actor.now) if people else {},
        browsers_by_id(session, [row.target for row in rows]),
    )
    return [_verdict(around, row, notice) for row, notice in zip(rows, notices, strict=True)]


def _notices(session: Session, rows: Sequence[Delivery]) -> Mapping[str, Notice]:
    ids = [row.notice_id for row in rows if row.notice_id is not None]
    found = session.scalars(
        select(Notice).where(Notice.id.in_(ids)).execution_options(populate_existing=True)
    )
    return {row.id: row for row in found}


def _verdict(around: _Around, row: Delivery, notice: Notice | None) -> Verdict:
    if row.until <= around.actor.now:
        return Verdict(state="failed", reason=row.error or "too_late")
    try:
        if notice is None:
            return Verdict(Parcel(row.id, _text_message(around, row)))
        reader = _reader(around, row, notice)
        silent = silent_until(reader, around.actor.now) if row.channel != "hook" else None
        snoozed = notice.snoozed_until
        later = max((each for each in (silent, snoozed) if each), default=None)
        if later is not None and later > around.actor.now:
            return Verdict(move_to=later, reason="quiet" if later == silent else "snoozed")
        return Verdict(Parcel(row.id, _message(around, row, notice, reader)))
    except _Dropped as dropped:
        return Verdict(reason=str(dropped))


def _reader(around: _Around, row: Delivery, notice: Notice) -> Reader:
    """Who is to be told, where that still makes sense."""
    reader = around.readers.get(notice.user_id)
    if reader is None:
        raise _Dropped("reader_left")
    if row.channel not in reader.channels:
        raise _Dropped("not_wanted")
    if notice.done_at is not None:
        raise _Dropped("done")
    if notice.read_at is not None and not notice.urgent:
        raise _Dropped("read")
    if not around.above.still_true(around.session, notice):
        raise _Dropped("no_longer_true")
    return reader


def _message(
    around: _Around, row: Delivery, notice: Notice, reader: Reader
) -> Message | Mail | HookCall:
    if row.channel == "web_push":
        return _push_message(around, row, notice, reader)
    if row.channel == "mail":
        return _mail(around, row, notice, reader)
    return _hook_call(around, row, notice, reader)


def _push_message(around: _Around, row: Delivery, notice: Notice, reader: Reader) -> Message:
    browser = around.browsers.get(row.target)
    now = around.actor.now
    if browser is None or browser.gone_at is not None or browser.user_id != notice.user_id:
        raise _Dropped("browser_gone")
    if browser.expires_at is not None and browser.expires_at <= now:
        raise _Dropped("browser_gone")
    said = _said(around, notice, reader.language, show_amounts=reader.show_amounts)
    shown = Shown(
        id=notice.id,
        kind=notice.kind,
        title=said.title,
        body=said.body,
        url=address(
            notice.kind,
            notice.entity,
            notice.entity_id,
            _params(notice),
            notice_id=notice.id,
            field=browser.device_id is not None,
        ),
        urgent=notice.urgent,
        badge=around.unread.get(notice.user_id, 0),
        at=notice.at.isoformat(),
        lang=reader.language,
    )
    return Message(
        endpoint=browser.endpoint or "",
        p256dh=browser.p256dh or "",
        auth=browser.auth or "",
        content=push_document(shown, around.above.buttons(reader.language)),
        ttl=max(1, int((row.until - now).total_seconds())),
        urgent=notice.urgent,
        topic=notice.id.replace("-", ""),
    )


def _mail(around: _Around, row: Delivery, notice: Notice, reader: Reader) -> Mail:
    if not reader.mail or not around.senders.sends_mail:
        raise _Dropped("no_mail")
    said = _said(around, notice, reader.language, show_amounts=reader.show_amounts)
    url = _page(around, notice)
    return Mail(row.id, reader.mail, said.title, said.body, url, reader.language, notice.at)


def _hook_call(around: _Around, row: Delivery, notice: Notice, reader: Reader) -> HookCall:
    hook = _hook(around, row)
    said = _said(around, notice, hook.language, show_amounts=hook.show_amounts)
    told = Told(
        id=row.id,
        about=notice.id,
        kind=notice.kind,
        title=said.title,
        body=said.body,
        url=_page(around, notice),
        urgent=notice.urgent,
        language=hook.language,
        at=notice.at.isoformat(),
        to={"user": reader.user_id, "name": reader.name},
    )
    return HookCall(target_of(hook), told)


def _text_message(around: _Around, row: Delivery) -> Mail | HookCall:
    text = around.session.get(OutgoingText, row.text_id, populate_existing=True)
    if text is None or not around.above.text_holds(around.session, text):
        raise _Dropped("no_longer_true")
    words, to = json.loads(text.words or "{}"), text.address or ""
    if row.channel == "mail":
        if not around.senders.sends_mail:
            raise _Dropped("no_mail")
        return Mail(row.id, to, words["title"], words["body"], "", text.language, text.at)
    told = Told(
        id=row.id,
        about=text.id,
        kind=text.kind,
        title=words["title"],
        body=words["body"],
        url="",
        urgent=row.urgent,
        language=text.language,
        at=text.at.isoformat(),
        type="text",
        to={"phone": to},
    )
    return HookCall(target_of(_hook(around, row)), told)


def target_of(hook: Hook) -> Target:
    """Where a hook leads, with its secrets opened."""
    return Target(
        hook.kind,
        hook.url or "",
        hook.secret or "",
        hook.authorization or "",
        hook.template or "",
    )


def _hook(around: _Around, row: Delivery) -> Hook:
    hook = around.session.get(Hook, row.target, populate_existing=True)
    if hook is None or not hook.active:
        raise _Dropped("hook_off")
    return hook


def _said(around: _Around, notice: Notice, language: str, *, show_amounts: bool) -> Said:
    return around.above.words(notice.kind, _params(notice), language, show_amounts=show_amounts)


def _params(notice: Notice) -> Mapping[str, str | int | None]:
    params: Mapping[str, str | int | None] = json.loads(notice.params or "{}")
    return params


def _page(around: _Around, notice: Notice) -> str:
    """The address that leads on to what the notice is about; "" where the bank told none."""
    base = around.senders.settings.public_url
    return f"{base}/notices/{notice.id}" if base else ""
