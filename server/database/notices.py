"""What somebody is told on their devices after the push: a decision, a customer given or taken.

A slice tells it in the same transaction as the act itself; it travels in the change feed as a
document of the kind `notice`, to that person alone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Final

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.database import record
from server.database.base import Base, new_id
from server.database.types import Moment, Sealed, SealedText, Uuid

NOTICE: Final = "notice"


class Notice(Base):
    """One thing told. `params` is a JSON text, sealed: it may hold phones and names."""

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(40))
    entity: Mapped[str] = mapped_column(String(64))
    entity_id: Mapped[str] = mapped_column(Uuid)
    customer_id: Mapped[str | None] = mapped_column(Uuid)
    branch_id: Mapped[str | None] = mapped_column(Uuid)
    params_sealed: Mapped[bytes] = mapped_column(Sealed)
    at: Mapped[dt.datetime] = mapped_column(Moment)

    params = SealedText("params_sealed")

    __table_args__ = (Index("ix_notices_user_id_id", "user_id", "id"),)


def tell(
    session: Session,
    user_id: str | None,
    kind: str,
    entity: tuple[str, str],
    *,
    at: dt.datetime,
    branch_id: str | None = None,
    customer_id: str | None = None,
    params: Mapping[str, str | int | None] | None = None,
) -> str | None:
    """Tell somebody about `entity` (kind, id) and give the notice's id; None where nobody is named.

    `kind` names the sentence (`conflict_settled`), `params` the values in it.
    """
    if user_id is None:
        return None
    notice = Notice(
        id=new_id(),
        user_id=user_id,
        kind=kind,
        entity=entity[0],
        entity_id=entity[1],
        customer_id=customer_id,
        branch_id=branch_id,
        at=at,
    )
    notice.params = json.dumps(dict(params or {}), ensure_ascii=False, separators=(",", ":"))
    session.add(notice)
    session.flush()
    record.changed(session, (NOTICE, notice.id), branch_id, portfolio=user_id)
    return notice.id
