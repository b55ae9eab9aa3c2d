"""Imports: the run, its rows as read, and the headers that a bank has taught us."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Json, Moment, Uuid, new_id, one_of

RUN_STATUSES = (
    "uploaded",
    "reading",
    "previewed",
    "importing",
    "done",
    "cancelled",
    "failed",
)
ROW_OUTCOMES = ("pending", "created", "updated", "unchanged", "refused", "skipped")


class ImportRun(Base):
    """One file on its way in. `progress` and `total` count rows; a cancelled run stops between.

    `headers` are the sheet's columns as they were seen, samples masked; `mapping` which sheet it
    is and what its titles tell; `choices` what the person chose (`actions.choices`); `counts` the
    outcome of the preview and of the import, and what the whole file shows. `heartbeat_at` is of
    the worker that has the run; none: it waits.
    """

    __tablename__ = "import_runs"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    branch_id: Mapped[str | None] = mapped_column(ForeignKey("branches.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(12), default="uploaded")
    headers: Mapped[list[Any]] = mapped_column(Json, default=list)
    mapping: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    choices: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    progress: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    cancel_wanted: Mapped[bool] = mapped_column(Boolean, default=False)
    error: Mapped[str] = mapped_column(String(500), default="")
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    heartbeat_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    __table_args__ = (one_of("status", RUN_STATUSES),)


class ImportRow(Base):
    """A row that needs a person's eye: refused or flagged. Rows that went in are counted only.

    `cells_sealed` would hold people's data, so the cells stay in the sealed upload; `row_no` is
    the sheet's row and `reasons` a list of `{field, reason, detail}`.
    """

    __tablename__ = "import_rows"

    run_id: Mapped[str] = mapped_column(
        ForeignKey("import_runs.id", ondelete="CASCADE"), primary_key=True
    )
    row_no: Mapped[int] = mapped_column(Integer, primary_key=True)
    outcome: Mapped[str] = mapped_column(String(10), default="pending")
    reasons: Mapped[list[Any]] = mapped_column(Json, default=list)

    __table_args__ = (
        one_of("outcome", ROW_OUTCOMES),
        Index("ix_import_rows_run_id_outcome", "run_id", "outcome", "row_no"),
    )


class HeaderMapping(Base):
    """A header of this bank's own sheets and the field it was mapped to, remembered."""

    __tablename__ = "header_mappings"

    header: Mapped[str] = mapped_column(String(80), primary_key=True)
    field: Mapped[str | None] = mapped_column(String(40))
    taught_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    taught_at: Mapped[dt.datetime] = mapped_column(Moment)
