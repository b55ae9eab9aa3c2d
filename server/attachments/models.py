"""Files kept with rows of other rooms; their bytes lie sealed in the data folder."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Moment, Uuid, new_id, one_of

ATTACHMENT_OWNERS = ("customer", "loan", "feedback", "product", "visit", "repayment")


class Attachment(Base):
    """A file by its SHA-256; `owner_kind` and `owner_id` say what it belongs to.

    One owner holds a file once. A field of the bank's own of kind `file` names an attachment of
    the row that has the field. What belongs to the whole bank (a product) is of no branch.
    """

    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    branch_id: Mapped[str | None] = mapped_column(ForeignKey("branches.id"))
    owner_kind: Mapped[str] = mapped_column(String(10))
    owner_id: Mapped[str] = mapped_column(Uuid)
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (
        one_of("owner_kind", ATTACHMENT_OWNERS),
        CheckConstraint("(owner_kind = 'product') = (branch_id IS NULL)", name="of_a_branch"),
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("file_name <> ''", name="named"),
        UniqueConstraint("owner_kind", "owner_id", "sha256"),
        Index("ix_attachments_sha256", "sha256"),
    )


class ArrivedFile(Base):
    """A file that a device uploaded, by its SHA-256. What names it (a visit, a payment) may have
    come before or comes later; then it becomes an attachment of that as well.
    """

    __tablename__ = "arrived_files"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    arrived_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    arrived_at: Mapped[dt.datetime] = mapped_column(Moment, index=True)
