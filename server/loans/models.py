"""Loans: the contract's terms, its append-only events, and the state derived from both."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import (
    Base,
    Day,
    Fen,
    Json,
    Moment,
    Rate,
    Sealed,
    SealedText,
    Uuid,
    new_id,
    one_of,
    ordered,
)
from server.domain.standing import FiveClass, Status
from server.domain.terms import DayCount, FeeKind, Method
from server.domain.workdays import HolidayRule

EVENT_KINDS = (
    "opening",
    "repayment",
    "reversal",
    "waiver",
    "fee",
    "rate_change",
    "prepayment",
    "extension",
    "refund",
    "write_off",
)
COMPONENTS = ("fee", "penalty", "compound", "interest", "principal", "credit")
SECURITY_KINDS = ("credit", "guarantee", "mortgage", "pledge", "combined")


class Loan(Base):
    """A loan by its contract. The terms are those at disbursement; later changes are events.

    `incomplete` lists what an accepted import row did not have, `complete` says that it is empty.
    `branch_id` is where it is managed; it stands on every hot table as the distribution key.
    """

    __tablename__ = "loans"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    contract_no: Mapped[str] = mapped_column(ordered(60), unique=True)
    iou_no: Mapped[str | None] = mapped_column(String(60), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    officer_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    principal: Mapped[int] = mapped_column(Fen)
    annual_rate: Mapped[Decimal] = mapped_column(Rate)
    method: Mapped[str] = mapped_column(String(20))
    day_count: Mapped[str] = mapped_column(String(10))
    disbursed_on: Mapped[dt.date] = mapped_column(Day)
    periods: Mapped[int | None] = mapped_column(Integer)
    frequency_months: Mapped[int] = mapped_column(Integer, default=1)
    repay_day: Mapped[int | None] = mapped_column(Integer)
    first_due_on: Mapped[dt.date | None] = mapped_column(Day)
    maturity_on: Mapped[dt.date | None] = mapped_column(Day)
    amort_periods: Mapped[int | None] = mapped_column(Integer)
    grace_periods: Mapped[int] = mapped_column(Integer, default=0)
    penalty_uplift: Mapped[Decimal] = mapped_column(Rate)
    grace_days: Mapped[int] = mapped_column(Integer, default=0)
    tolerance: Mapped[int] = mapped_column(Fen, default=0)
    principal_first_above_dpd: Mapped[int | None] = mapped_column(Integer)
    compound: Mapped[bool] = mapped_column(Boolean, default=True)
    penalty_basis_days: Mapped[int] = mapped_column(Integer, default=360)
    prepayment_fee_kind: Mapped[str | None] = mapped_column(String(16))
    prepayment_fee_value: Mapped[Decimal | None] = mapped_column(Rate)
    prepayment_fee_waived_after: Mapped[int | None] = mapped_column(Integer)
    holidays: Mapped[str] = mapped_column(String(12), default=HolidayRule.NONE)
    purpose: Mapped[str] = mapped_column(String(200), default="")
    security: Mapped[str] = mapped_column(String(10), default="credit")
    remark: Mapped[str] = mapped_column(String(2000), default="")
    incomplete: Mapped[list[str]] = mapped_column(Json, default=list)
    complete: Mapped[bool] = mapped_column(Boolean, default=True)
    extra: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment)

    state: Mapped[LoanState] = relationship(back_populates="loan", lazy="select")
    guarantors: Mapped[list[LoanGuarantor]] = relationship(
        order_by="LoanGuarantor.place", cascade="all, delete-orphan", passive_deletes=True
    )
    collaterals: Mapped[list[LoanCollateral]] = relationship(
        order_by="LoanCollateral.place", cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (
        one_of("method", Method),
        one_of("day_count", DayCount),
        one_of("security", SECURITY_KINDS),
        one_of("prepayment_fee_kind", FeeKind),
        one_of("holidays", HolidayRule),
        CheckConstraint("contract_no <> ''", name="contract_no_given"),
        CheckConstraint("principal > 0", name="principal_positive"),
        CheckConstraint("annual_rate >= 0", name="annual_rate_not_negative"),
        CheckConstraint("periods IS NOT NULL OR maturity_on IS NOT NULL", name="has_a_term"),
        CheckConstraint("periods IS NULL OR periods BETWEEN 1 AND 600", name="periods"),
        CheckConstraint("frequency_months BETWEEN 1 AND 60", name="frequency_months"),
        CheckConstraint("repay_day IS NULL OR repay_day BETWEEN 1 AND 31", name="repay_day"),
        CheckConstraint(
            "first_due_on IS NULL OR first_due_on > disbursed_on", name="first_due_on_after"
        ),
        CheckConstraint(
            "maturity_on IS NULL OR maturity_on > disbursed_on", name="maturity_on_after"
        ),
        CheckConstraint("grace_days BETWEEN 0 AND 60", name="grace_days"),
        CheckConstraint("tolerance BETWEEN 0 AND 100", name="tolerance"),
        Index("ix_loans_branch_id_contract_no", "branch_id", "contract_no"),
        Index(
            "ix_loans_incomplete",
            "contract_no",
            sqlite_where=text("complete = 0"),
            postgresql_where=text("NOT complete"),
        ),
    )


class LoanSeries(Base):
    """The last running contract number given to a product's loans of one year."""

    __tablename__ = "loan_series"

    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class LoanGuarantor(Base):
    """Somebody who guarantees a loan: a customer of the bank, or a name with an ID number."""

    __tablename__ = "loan_guarantors"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    loan_id: Mapped[str] = mapped_column(ForeignKey("loans.id", ondelete="CASCADE"), index=True)
    place: Mapped[int] = mapped_column(Integer, default=0)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    id_no_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    id_no_index: Mapped[str | None] = mapped_column(String(32), index=True)
    mobile_sealed: Mapped[bytes | None] = mapped_column(Sealed)

    id_no = SealedText("id_no_sealed")
    mobile = SealedText("mobile_sealed")

    __table_args__ = (CheckConstraint("name <> ''", name="named"),)


class LoanCollateral(Base):
    """What secures a loan, and what it was valued at."""

    __tablename__ = "loan_collaterals"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    loan_id: Mapped[str] = mapped_column(ForeignKey("loans.id", ondelete="CASCADE"), index=True)
    place: Mapped[int] = mapped_column(Integer, default=0)
    description: Mapped[str] = mapped_column(String(500))
    value: Mapped[int | None] = mapped_column(Fen)
    valued_on: Mapped[dt.date | None] = mapped_column(Day)

    __table_args__ = (CheckConstraint("value IS NULL OR value >= 0", name="value"),)


class LoanEvent(Base):
    """What happened to a loan. Rows are only ever added; `place` orders equal dates.

    `value_on` is the day the fact counts from (起息日), `posted_on` the day it was entered.
    `details` holds what the kind needs, amounts in fen (see `queries.history`). `part_of_id`
    names the event whose money this one is a part of: the arrears paid, or the credit used, when
    a loan is paid off; it is reversed with it.
    """

    __tablename__ = "loan_events"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    loan_id: Mapped[str] = mapped_column(ForeignKey("loans.id"))
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    place: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    value_on: Mapped[dt.date] = mapped_column(Day)
    posted_on: Mapped[dt.date] = mapped_column(Day)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    reverses_id: Mapped[str | None] = mapped_column(ForeignKey("loan_events.id"), unique=True)
    part_of_id: Mapped[str | None] = mapped_column(ForeignKey("loan_events.id"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    __table_args__ = (
        one_of("kind", EVENT_KINDS),
        CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal_names_event"
        ),
        CheckConstraint("reverses_id IS NULL OR reverses_id <> id", name="not_itself"),
        Index("uq_loan_events_loan_id_place", "loan_id", "place", unique=True),
        Index("ix_loan_events_branch_id_posted_on", "branch_id", "posted_on"),
    )


class LoanState(Base):
    """What the domain derives from a loan's terms and events as of a day; rebuildable.

    `unpaid_due_on` is the oldest due date with anything unpaid, past or to come (the working day
    after it where the contract moves it), and
    `overdue_from` the first day on which that makes the loan overdue (after its grace): so a list
    knows days overdue on any later day without a rewrite.
    """

    __tablename__ = "loan_states"

    loan_id: Mapped[str] = mapped_column(
        ForeignKey("loans.id", ondelete="CASCADE"), primary_key=True
    )
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    as_of: Mapped[dt.date] = mapped_column(Day)
    status: Mapped[str] = mapped_column(String(12))
    five_class: Mapped[str] = mapped_column(String(16))
    principal_balance: Mapped[int] = mapped_column(Fen)
    overdue_principal: Mapped[int] = mapped_column(Fen, default=0)
    overdue_interest: Mapped[int] = mapped_column(Fen, default=0)
    penalty_due: Mapped[int] = mapped_column(Fen, default=0)
    compound_due: Mapped[int] = mapped_column(Fen, default=0)
    fee_due: Mapped[int] = mapped_column(Fen, default=0)
    credit: Mapped[int] = mapped_column(Fen, default=0)
    total_due: Mapped[int] = mapped_column(Fen, default=0)
    dpd: Mapped[int] = mapped_column(Integer, default=0)
    worst_dpd: Mapped[int] = mapped_column(Integer, default=0)
    times_overdue: Mapped[int] = mapped_column(Integer, default=0)
    overdue_instalments: Mapped[int] = mapped_column(Integer, default=0)
    unpaid_due_on: Mapped[dt.date | None] = mapped_column(Day)
    overdue_from: Mapped[dt.date | None] = mapped_column(Day)
    next_due_on: Mapped[dt.date | None] = mapped_column(Day)
    next_due_amount: Mapped[int] = mapped_column(Fen, default=0)
    maturity_on: Mapped[dt.date] = mapped_column(Day)
    last_paid_on: Mapped[dt.date | None] = mapped_column(Day)
    last_paid_amount: Mapped[int] = mapped_column(Fen, default=0)
    settled_on: Mapped[dt.date | None] = mapped_column(Day)

    loan: Mapped[Loan] = relationship(back_populates="state")

    __table_args__ = (
        one_of("status", Status),
        one_of("five_class", FiveClass),
        CheckConstraint("principal_balance >= 0", name="principal_balance"),
        CheckConstraint(
            "overdue_principal >= 0 AND overdue_interest >= 0 AND penalty_due >= 0"
            " AND compound_due >= 0 AND fee_due >= 0 AND credit >= 0 AND total_due >= 0",
            name="amounts_not_negative",
        ),
        Index("ix_loan_states_branch_id_unpaid_due_on", "branch_id", "unpaid_due_on", "loan_id"),
        Index("ix_loan_states_unpaid_due_on", "unpaid_due_on", "loan_id"),
        Index("ix_loan_states_branch_id_next_due_on", "branch_id", "next_due_on", "loan_id"),
        Index(
            "ix_loan_states_as_of_open",
            "as_of",
            sqlite_where=text("settled_on IS NULL"),
            postgresql_where=text("settled_on IS NULL"),
        ),
    )


class LoanAllocation(Base):
    """How much of a payment went where; derived, rewritten with the loan's state.

    `instalment_no` 0 stands for what belongs to no instalment: credit (溢缴), a fee on its own,
    the items of a prepayment.
    """

    __tablename__ = "loan_allocations"

    event_id: Mapped[str] = mapped_column(ForeignKey("loan_events.id"), primary_key=True)
    instalment_no: Mapped[int] = mapped_column(Integer, primary_key=True)
    component: Mapped[str] = mapped_column(String(10), primary_key=True)
    loan_id: Mapped[str] = mapped_column(ForeignKey("loans.id"), index=True)
    amount: Mapped[int] = mapped_column(Fen)

    __table_args__ = (
        one_of("component", COMPONENTS),
        CheckConstraint("amount > 0", name="amount_positive"),
    )
