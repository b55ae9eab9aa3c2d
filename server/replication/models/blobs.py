"""Uploads of photos and signatures that are under way."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Moment, Uuid, new_id


class BlobUpload(Base):
    """A file on its way in: `arrived` of `length` bytes are here, sealed part by part.

    It goes when the file is whole, when it turns out to be another one, or when nothing more came
    for some days.
    """

    __tablename__ = "blob_uploads"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(80))
    length: Mapped[int] = mapped_column(Integer)
    arrived: Mapped[int] = mapped_column(Integer, default=0)
    touched_at: Mapped[dt.datetime] = mapped_column(Moment, index=True)

    __table_args__ = (
        CheckConstraint("length > 0", name="length_positive"),
        CheckConstraint("arrived BETWEEN 0 AND length", name="arrived"),
        Index("ix_blob_uploads_user_id_sha256", "user_id", "sha256"),
    )
