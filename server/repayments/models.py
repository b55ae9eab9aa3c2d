"""Repayments as they were received, and requests to reverse them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Day, Fen, Moment, Uuid, new_id, one_of, ordered
from server.domain.fieldwork import HandoverState

PAYMENT_METHODS = ("cash", "transfer", "card", "wechat", "alipay", "auto_debit", "other")
REQUEST_STATUSES = ("pending", "approved", "refused")
HELD_REASONS = ("double_entry", "loan_settled", "reassigned", "invalid")
HELD_STATUSES = ("waiting", "confirmed", "joined", "rejected")


class Repayment(Base):
    """Money received on a loan. Its id is the id of its loan event; it is never changed.

    The event is a repayment or a prepayment; `amount` is all the money brought, that of the
    events which are a part of it included. How it was allocated stands in `loan_allocations`.
    `reversed_by_id` names the reversing event; that is the only column ever set later.
    """

    __tablename__ = "repayments"

    id: Mapped[str] = mapped_column(ForeignKey("loan_events.id"), primary_key=True)
    receipt_no: Mapped[str] = mapped_column(ordered(40), unique=True)
    loan_id: Mapped[str] = mapped_column(ForeignKey("loans.id"))
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    amount: Mapped[int] = mapped_column(Fen)
    paid_on: Mapped[dt.date] = mapped_column(Day)
    posted_on: Mapped[dt.date] = mapped_column(Day)
    method: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str | None] = mapped_column(String(80))
    payer: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    device: Mapped[str | None] = mapped_column(Uuid)
    made_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    check_code: Mapped[str | None] = mapped_column(String(10))
    signature: Mapped[str | None] = mapped_column(String(64), index=True)
    reversed_by_id: Mapped[str | None] = mapped_column(ForeignKey("loan_events.id"))

    __table_args__ = (
        one_of("method", PAYMENT_METHODS),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("paid_on <= posted_on", name="paid_before_posted"),
        Index("ix_repayments_loan_id_paid_on", "loan_id", "paid_on"),
        Index("ix_repayments_branch_id_paid_on_id", "branch_id", "paid_on", "id"),
        Index(
            "uq_repayments_method_reference",
            "method",
            "reference",
            unique=True,
            sqlite_where=text("reference IS NOT NULL AND reversed_by_id IS NULL"),
            postgresql_where=text("reference IS NOT NULL AND reversed_by_id IS NULL"),
        ),
    )


class HeldRepayment(Base):
    """A payment taken in the field that counts only when a person says so; its id is the device's.

    Everything is kept as it was sent, texts cut at the column's length. `code` says more of the
    reason `invalid`, `like_id` is the payment, or held payment, that it seems to repeat.
    `repayment_id` is what it became: itself when confirmed, the other one when joined.
    """

    __tablename__ = "held_repayments"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    loan_id: Mapped[str] = mapped_column(ForeignKey("loans.id"), index=True)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    amount: Mapped[int] = mapped_column(Fen)
    paid_on: Mapped[dt.date] = mapped_column(Day)
    method: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(2000), default="")
    payer: Mapped[str] = mapped_column(String(2000), default="")
    note: Mapped[str] = mapped_column(String(2000), default="")
    check_code: Mapped[str | None] = mapped_column(String(10))
    signature: Mapped[str | None] = mapped_column(String(64), index=True)
    device: Mapped[str] = mapped_column(Uuid)
    made_at: Mapped[dt.datetime] = mapped_column(Moment)
    taken_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[dt.datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(40), default="")
    like_id: Mapped[str | None] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decision_note: Mapped[str] = mapped_column(String(500), default="")
    repayment_id: Mapped[str | None] = mapped_column(ForeignKey("repayments.id"))

    __table_args__ = (
        one_of("reason", HELD_REASONS),
        one_of("status", HELD_STATUSES),
        CheckConstraint("(status = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decided_by IS NULL OR decided_by <> taken_by", name="not_own"),
        CheckConstraint(
            "(status IN ('confirmed', 'joined')) = (repayment_id IS NOT NULL)", name="became"
        ),
        Index("ix_held_repayments_branch_id_status", "branch_id", "status", "taken_at"),
        Index("ix_held_repayments_status", "status", "taken_at"),
        Index("ix_held_repayments_taken_by_paid_on", "taken_by", "paid_on"),
    )


class ReceiptSeries(Base):
    """The last running receipt number of a branch on one day."""

    __tablename__ = "receipt_series"

    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"), primary_key=True)
    posted_on: Mapped[dt.date] = mapped_column(Day, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class ReversalRequest(Base):
    """A wish to reverse a repayment; another person approves or refuses it."""

    __tablename__ = "reversal_requests"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    repayment_id: Mapped[str] = mapped_column(ForeignKey("repayments.id"))
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    reason: Mapped[str] = mapped_column(String(500))
    status: Mapped[str] = mapped_column(String(10), default="pending")
    requested_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[dt.datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decision_note: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (
        one_of("status", REQUEST_STATUSES),
        CheckConstraint("reason <> ''", name="reasoned"),
        CheckConstraint("(status = 'pending') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by IS NULL OR decided_by <> requested_by", name="four_eyes"),
        Index("ix_reversal_requests_branch_id_status", "branch_id", "status"),
        Index(
            "uq_reversal_requests_pending",
            "repayment_id",
            unique=True,
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
    )


class Handover(Base):
    """Cash of a day as an officer counted and handed it in; somebody else signs or refuses it.

    `recorded` is the cash that stood in the ledger when it was decided.
    """

    __tablename__ = "handovers"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    day: Mapped[dt.date] = mapped_column(Day)
    counted: Mapped[int] = mapped_column(Fen)
    note: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[str] = mapped_column(String(10), default=HandoverState.WAITING)
    recorded: Mapped[int | None] = mapped_column(Fen)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decision_note: Mapped[str] = mapped_column(String(500), default="")
    device: Mapped[str | None] = mapped_column(Uuid)
    handed_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (
        one_of("state", HandoverState),
        CheckConstraint("counted >= 0", name="counted"),
        CheckConstraint("(state = 'waiting') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by IS NULL OR decided_by <> user_id", name="four_eyes"),
        Index("ix_handovers_branch_id_state_day", "branch_id", "state", "day"),
        Index("ix_handovers_user_id_day", "user_id", "day"),
    )
