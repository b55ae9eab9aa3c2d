"""Tables of the channels: the key of the bank, subscriptions, hooks, texts, and each delivery."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Moment, Sealed, SealedText, Uuid, new_id, one_of

CHANNELS = ("web_push", "mail", "hook")
STATES = ("waiting", "sending", "sent", "dropped", "failed", "unknown")
HOOK_KINDS = ("json", "wecom", "dingtalk", "sms")
AUDIENCES = ("staff", "customers")

_OPEN = "ended_at IS NULL"


class PushKey(Base):
    """The pair of keys (VAPID) by which push services know this bank; there is one row.

    `public` is what browsers subscribe with: an uncompressed P-256 point in base64url.
    """

    __tablename__ = "push_keys"

    space: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, default=new_id)
    public: Mapped[str] = mapped_column(String(100))
    private_sealed: Mapped[bytes] = mapped_column(Sealed)
    made_at: Mapped[dt.datetime] = mapped_column(Moment)

    private = SealedText("private_sealed")


class PushSubscription(Base):
    """A browser of a person that takes notices, as its push service names it.

    The endpoint is an address that anybody may send to who knows the keys, so all three are
    sealed; `endpoint_index` finds it again. `failures` counts refusals since the last success.
    """

    __tablename__ = "push_subscriptions"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    device_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    endpoint_sealed: Mapped[bytes] = mapped_column(Sealed)
    endpoint_index: Mapped[str] = mapped_column(String(32), unique=True)
    p256dh_sealed: Mapped[bytes] = mapped_column(Sealed)
    auth_sealed: Mapped[bytes] = mapped_column(Sealed)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    expires_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    last_ok_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    gone_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    endpoint = SealedText("endpoint_sealed")
    p256dh = SealedText("p256dh_sealed")
    auth = SealedText("auth_sealed")

    __table_args__ = (
        CheckConstraint("failures >= 0", name="failures"),
        Index(
            "ix_push_subscriptions_user_id",
            "user_id",
            sqlite_where=text("gone_at IS NULL"),
            postgresql_where=text("gone_at IS NULL"),
        ),
    )


class Hook(Base):
    """An address of another program that is told by a signed request.

    `secret` signs; `authorization` is a header some gateways ask for; `template` is the JSON body
    of a gateway for text messages. A hook of a branch hears of that branch alone.
    """

    __tablename__ = "hooks"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    audience: Mapped[str] = mapped_column(String(10))
    branch_id: Mapped[str | None] = mapped_column(ForeignKey("branches.id"))
    language: Mapped[str] = mapped_column(String(5), default="zh")
    urgent_only: Mapped[bool] = mapped_column(Boolean, default=False)
    show_amounts: Mapped[bool] = mapped_column(Boolean, default=False)
    url_sealed: Mapped[bytes] = mapped_column(Sealed)
    secret_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    authorization_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    template_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    last_ok_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    url = SealedText("url_sealed")
    secret = SealedText("secret_sealed")
    authorization = SealedText("authorization_sealed")
    template = SealedText("template_sealed")

    __table_args__ = (
        one_of("kind", HOOK_KINDS),
        one_of("audience", AUDIENCES),
        one_of("language", ("zh", "en")),
        CheckConstraint("name <> ''", name="named"),
    )


class OutgoingText(Base):
    """A text message or mail to a customer, word for word as it is to leave. Told once by its key.

    `address` is a phone number or a mail address; `about` names what must still hold when it
    leaves (an entity and its id).
    """

    __tablename__ = "outgoing_texts"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    customer_id: Mapped[str] = mapped_column(Uuid, index=True)
    branch_id: Mapped[str] = mapped_column(Uuid)
    about: Mapped[str] = mapped_column(String(64))
    about_id: Mapped[str] = mapped_column(Uuid)
    language: Mapped[str] = mapped_column(String(5), default="zh")
    address_sealed: Mapped[bytes] = mapped_column(Sealed)
    words_sealed: Mapped[bytes] = mapped_column(Sealed)
    at: Mapped[dt.datetime] = mapped_column(Moment)

    address = SealedText("address_sealed")
    words = SealedText("words_sealed")


class Delivery(Base):
    """One notice (or text) on its way by one channel to one target; there is never a second.

    `target` is a subscription, a person (mail), a hook, or a customer (mail of a text). `claim`
    marks whoever sends it just now: an outcome is written only under the claim that sent. What
    was claimed and has no outcome after a while is sent again under the same id; one that is sent
    `once`, because its receiver knows no ids (mail, chat robots, text messages), becomes `unknown`
    instead. `until` is when it is no longer worth telling.
    """

    __tablename__ = "deliveries"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    notice_id: Mapped[str | None] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    text_id: Mapped[str | None] = mapped_column(ForeignKey("outgoing_texts.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(10))
    target: Mapped[str] = mapped_column(Uuid)
    once: Mapped[bool] = mapped_column(Boolean, default=False)
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    queued_at: Mapped[dt.datetime] = mapped_column(Moment)
    next_try_at: Mapped[dt.datetime] = mapped_column(Moment)
    until: Mapped[dt.datetime] = mapped_column(Moment)
    claim: Mapped[str | None] = mapped_column(Uuid)
    claimed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    error: Mapped[str] = mapped_column(String(80), default="")

    __table_args__ = (
        one_of("channel", CHANNELS),
        one_of("state", STATES),
        UniqueConstraint("notice_id", "channel", "target"),
        UniqueConstraint("text_id", "channel", "target"),
        CheckConstraint("(notice_id IS NULL) <> (text_id IS NULL)", name="one_cause"),
        CheckConstraint("(state = 'sending') = (claim IS NOT NULL)", name="claimed"),
        CheckConstraint(
            "(ended_at IS NULL) = (state = 'waiting' OR state = 'sending')", name="ended"
        ),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index(
            "ix_deliveries_open",
            "urgent",
            "next_try_at",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_deliveries_queued_at", "queued_at", "id"),
    )
