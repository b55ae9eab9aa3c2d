"""Rows of attachments as pages show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.attachments.models import Attachment
from server.attachments.queries.owners import READING, Owner
from server.domain.access import Actor
from server.domain.errors import NotFound
from server.domain.files import SHOWN_INLINE

OPEN_KINDS: Final = ("customer", "loan", "product")
"""Whose files are found by their own id; those of feedback are reached through it alone."""

_MOST_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file as a page shows it; `size` in bytes."""

    id: str
    owner_kind: str
    owner_id: str
    branch_id: str | None
    file_name: str
    media_type: str
    size: int
    sha256: str
    recorded_at: dt.datetime
    recorded_by: str | None

    @property
    def is_image(self) -> bool:
        """Whether a browser draws it."""
        return self.media_type in SHOWN_INLINE


def attachment(
    session: Session,
    actor: Actor,
    attachment_id: str,
    owner: Owner | None = None,
) -> AttachmentRow:
    """One file, of any owner of `OPEN_KINDS`, or of that one. Raises `NotAllowed`, `NotFound`."""
    query = _rows().where(Attachment.id == attachment_id)
    if owner is None:
        query = query.where(Attachment.owner_kind.in_(OPEN_KINDS))
    else:
        query = query.where(Attachment.owner_kind == owner.kind, Attachment.owner_id == owner.id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("attachment", attachment_id)
    row = _row(found)
    actor.require(READING[row.owner_kind])
    if row.branch_id is not None:
        actor.require_reach("attachment", attachment_id, row.branch_id)
    return row


def attachments_of(session: Session, actor: Actor, owner: Owner) -> list[AttachmentRow]:
    """The files of one owner, the newest first."""
    actor.require(READING[owner.kind])
    query = _rows().where(Attachment.owner_kind == owner.kind, Attachment.owner_id == owner.id)
    return _newest(session, query)


def file_names(session: Session, owner_kind: str, owner_id: str) -> dict[str, str]:
    """The names of an owner's files by id; the caller has found the owner before."""
    return dict(session.execute(_of(owner_kind, owner_id, Attachment.file_name)).all())


def ids_by_content(session: Session, owner_kind: str, owner_id: str) -> dict[str, str]:
    """The ids of an owner's files by the SHA-256 of what they hold."""
    rows = session.execute(_of(owner_kind, owner_id, Attachment.sha256))
    return {sha256: attachment_id for attachment_id, sha256 in rows}


def _of(owner_kind: str, owner_id: str, column: Any) -> Any:
    return select(Attachment.id, column).where(
        Attachment.owner_kind == owner_kind, Attachment.owner_id == owner_id
    )


def attachments_of_customer(
    session: Session, actor: Actor, customer_id: str, loan_ids: Collection[str]
) -> list[AttachmentRow]:
    """The files of a customer and of some of the loans, the newest first, in one query."""
    actor.require(READING["customer"])
    of_loans = and_(Attachment.owner_kind == "loan", Attachment.owner_id.in_(loan_ids))
    own = and_(Attachment.owner_kind == "customer", Attachment.owner_id == customer_id)
    query = _rows().where(or_(own, of_loans) if loan_ids else own)
    if actor.branch_id is not None:
        query = query.where(Attachment.branch_id == actor.branch_id)
    return _newest(session, query)


def _rows() -> Any:
    return select(Attachment, User.display_name).outerjoin(User, User.id == Attachment.recorded_by)


def _newest(session: Session, query: Any) -> list[AttachmentRow]:
    rows = session.execute(query.order_by(Attachment.id.desc()).limit(_MOST_ROWS))
    return [_row(found) for found in rows]


def _row(found: Any) -> AttachmentRow:
    kept: Attachment = found[0]
    return AttachmentRow(
        kept.id,
        kept.owner_kind,
        kept.owner_id,
        kept.branch_id,
        kept.file_name,
        kept.media_type,
        kept.size,
        kept.sha256,
        kept.recorded_at,
        found[1],
    )
