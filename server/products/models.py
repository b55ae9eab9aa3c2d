"""Products, the bank's own fields, and dated parameters of the rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Day, Fen, Json, Moment, Rate, Uuid, new_id, one_of
from server.domain.fields import FieldKind, FieldOwner
from server.domain.terms import DayCount, FeeKind
from server.domain.workdays import HolidayRule


class Product(Base):
    """A loan product: bounds, methods, rates, policies, and which fields its forms show.

    `field_rules` is `{"customer.gender": "shown" | "required" | "off"}`, keys and defaults being
    those of `domain.fields.DEFAULT_RULES`.
    `methods` lists the plan methods allowed.
    """

    __tablename__ = "products"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    customer_kind: Mapped[str] = mapped_column(String(10), default="any")
    min_principal: Mapped[int] = mapped_column(Fen)
    max_principal: Mapped[int] = mapped_column(Fen)
    min_periods: Mapped[int] = mapped_column(Integer)
    max_periods: Mapped[int] = mapped_column(Integer)
    min_rate: Mapped[Decimal] = mapped_column(Rate)
    max_rate: Mapped[Decimal] = mapped_column(Rate)
    default_rate: Mapped[Decimal] = mapped_column(Rate)
    methods: Mapped[list[str]] = mapped_column(Json)
    day_count: Mapped[str] = mapped_column(String(10), default=DayCount.M30_360)
    penalty_uplift: Mapped[Decimal] = mapped_column(Rate)
    grace_days: Mapped[int] = mapped_column(Integer, default=0)
    compound: Mapped[bool] = mapped_column(Boolean, default=True)
    principal_first_above_dpd: Mapped[int | None] = mapped_column(Integer)
    penalty_basis_days: Mapped[int] = mapped_column(Integer, default=360)
    prepayment_fee_kind: Mapped[str | None] = mapped_column(String(16))
    prepayment_fee_value: Mapped[Decimal | None] = mapped_column(Rate)
    prepayment_fee_waived_after: Mapped[int | None] = mapped_column(Integer)
    holidays: Mapped[str] = mapped_column(String(12), default=HolidayRule.NONE)
    field_rules: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        one_of("customer_kind", ("any", "person", "company")),
        one_of("day_count", DayCount),
        one_of("prepayment_fee_kind", FeeKind),
        one_of("holidays", HolidayRule),
        CheckConstraint("0 < min_principal AND min_principal <= max_principal", name="principal"),
        CheckConstraint("0 < min_periods AND min_periods <= max_periods", name="periods"),
        CheckConstraint("0 <= min_rate AND min_rate <= max_rate", name="rate"),
        CheckConstraint(
            "min_rate <= default_rate AND default_rate <= max_rate", name="default_rate_inside"
        ),
        CheckConstraint("grace_days BETWEEN 0 AND 60", name="grace_days"),
        CheckConstraint("penalty_uplift >= 0", name="penalty_uplift"),
    )


class CustomField(Base):
    """A field of the bank's own, on customers, loans or products; values stand in `extra`."""

    __tablename__ = "custom_fields"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(60))
    label_en: Mapped[str] = mapped_column(String(60), default="")
    kind: Mapped[str] = mapped_column(String(10))
    choices: Mapped[list[str]] = mapped_column(Json, default=list)
    required: Mapped[bool] = mapped_column(Boolean, default=False)
    hint: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        UniqueConstraint("owner", "key"),
        UniqueConstraint("owner", "label"),
        one_of("owner", FieldOwner),
        one_of("kind", FieldKind),
        CheckConstraint("key <> '' AND label <> ''", name="named"),
    )


class ParameterChange(Base):
    """From `effective_on` a parameter of the rules has this value; earlier dates keep theirs."""

    __tablename__ = "parameter_changes"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(60))
    effective_on: Mapped[dt.date] = mapped_column(Day)
    value: Mapped[Any] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String(500), default="")
    changed_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("name", "effective_on"),)
