"""Customers with their contacts, addresses and work, and the terms that searching finds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import (
    Base,
    Day,
    Json,
    Moment,
    Sealed,
    SealedText,
    Uuid,
    new_id,
    one_of,
    ordered,
)

CUSTOMER_KINDS = ("person", "company")
CONTACT_KINDS = ("mobile", "landline", "email", "wechat")
CONTACT_RELATIONS = ("self", "spouse", "emergency", "work", "other")
ADDRESS_KINDS = ("home", "household", "work", "business", "other")


def _few(name: str, *, sqlite: str, postgresql: str) -> tuple[Index, Index]:
    """Indexes of the few customers for which a condition holds, in the order of the list."""
    where: dict[str, Any] = {"sqlite_where": text(sqlite), "postgresql_where": text(postgresql)}
    return (
        Index(f"ix_customers_{name}", "sort_key", "id", **where),
        Index(f"ix_customers_branch_id_{name}", "branch_id", "sort_key", "id", **where),
    )


class Customer(Base):
    """A borrower: a person by ID number or a company by 统一社会信用代码.

    `id_no_index` finds equal ID numbers (both kinds) without opening them. `incomplete` lists
    the standard fields that an accepted import row did not have, `complete` says that it lists
    none. `version` guards edits.
    """

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    customer_no: Mapped[str] = mapped_column(ordered(40), unique=True)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    officer_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    sort_key: Mapped[str] = mapped_column(ordered(240))
    id_no_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    id_no_index: Mapped[str | None] = mapped_column(String(32), unique=True)
    id_no_original_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    id_expiry_on: Mapped[dt.date | None] = mapped_column(Day)
    gender: Mapped[str | None] = mapped_column(String(1))
    birth_on: Mapped[dt.date | None] = mapped_column(Day)
    spouse_name: Mapped[str] = mapped_column(String(120), default="")
    bank_card_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    bank_card_index: Mapped[str | None] = mapped_column(String(32), index=True)
    remark: Mapped[str] = mapped_column(String(2000), default="")
    incomplete: Mapped[list[str]] = mapped_column(Json, default=list)
    complete: Mapped[bool] = mapped_column(Boolean, default=True)
    extra: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment)

    id_no = SealedText("id_no_sealed")
    id_no_original = SealedText("id_no_original_sealed")
    bank_card = SealedText("bank_card_sealed")

    contacts: Mapped[list[CustomerContact]] = relationship(
        order_by="CustomerContact.place", cascade="all, delete-orphan", passive_deletes=True
    )
    addresses: Mapped[list[CustomerAddress]] = relationship(
        order_by="CustomerAddress.place", cascade="all, delete-orphan", passive_deletes=True
    )
    employment: Mapped[CustomerEmployment | None] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (
        one_of("kind", CUSTOMER_KINDS),
        one_of("gender", ("M", "F")),
        CheckConstraint("name <> ''", name="named"),
        CheckConstraint("(id_no_sealed IS NULL) = (id_no_index IS NULL)", name="id_no_with_index"),
        Index("ix_customers_branch_id_sort_key_id", "branch_id", "sort_key", "id"),
        Index("ix_customers_sort_key_id", "sort_key", "id"),
        Index("ix_customers_branch_id_customer_no", "branch_id", "customer_no"),
        Index("ix_customers_branch_id_id", "branch_id", "id"),
        *_few("company", sqlite="kind = 'company'", postgresql="kind = 'company'"),
        *_few("incomplete", sqlite="complete = 0", postgresql="NOT complete"),
    )


class CustomerSeries(Base):
    """The last running number given to a customer of a branch."""

    __tablename__ = "customer_series"

    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class CustomerContact(Base):
    """A way to reach a customer or somebody near; phones are sealed and found by index."""

    __tablename__ = "customer_contacts"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    place: Mapped[int] = mapped_column(Integer, default=0)
    kind: Mapped[str] = mapped_column(String(10))
    relation: Mapped[str] = mapped_column(String(10), default="self")
    person_name: Mapped[str] = mapped_column(String(120), default="")
    value_sealed: Mapped[bytes] = mapped_column(Sealed)
    value_index: Mapped[str] = mapped_column(String(32), index=True)

    value = SealedText("value_sealed")

    __table_args__ = (one_of("kind", CONTACT_KINDS), one_of("relation", CONTACT_RELATIONS))


class CustomerAddress(Base):
    """An address, sealed."""

    __tablename__ = "customer_addresses"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    place: Mapped[int] = mapped_column(Integer, default=0)
    kind: Mapped[str] = mapped_column(String(10), default="home")
    address_sealed: Mapped[bytes] = mapped_column(Sealed)

    address = SealedText("address_sealed")

    __table_args__ = (one_of("kind", ADDRESS_KINDS),)


class RemovedPart(Base):
    """A contact or address that was taken away: what a device that still edits it brings back.

    `content` is the JSON of its fields, sealed.
    """

    __tablename__ = "customer_removed_parts"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    customer_id: Mapped[str] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(10))
    content_sealed: Mapped[bytes] = mapped_column(Sealed)
    removed_at: Mapped[dt.datetime] = mapped_column(Moment, index=True)

    content = SealedText("content_sealed")

    __table_args__ = (one_of("kind", ("contact", "address")),)


class CustomerMerge(Base):
    """Two customers who are one person: `gone_id` has become `keep_id`, until it is undone.

    Entries of devices about the one that is gone go to the other. `content` is the JSON, sealed, of
    what stood before and what moved; it is empty where the one that is gone never stood (a new
    customer of a device that the desk knew already).
    """

    __tablename__ = "customer_merges"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    gone_id: Mapped[str] = mapped_column(Uuid, index=True)
    keep_id: Mapped[str] = mapped_column(Uuid, index=True)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    content_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    reason: Mapped[str] = mapped_column(String(500))
    merged_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    merged_at: Mapped[dt.datetime] = mapped_column(Moment)
    undone_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    content = SealedText("content_sealed")

    __table_args__ = (
        CheckConstraint("gone_id <> keep_id", name="of_two"),
        Index("ix_customer_merges_branch_id_merged_at", "branch_id", "merged_at", "id"),
    )


class CustomerPair(Base):
    """Two customers of whom a person said that they are two; `first_id` is the lesser id.

    They are not told as possible duplicates while that stands (`undone_at` None).
    """

    __tablename__ = "customer_pairs"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    first_id: Mapped[str] = mapped_column(Uuid)
    second_id: Mapped[str] = mapped_column(Uuid)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    reason: Mapped[str] = mapped_column(String(500))
    told_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    told_at: Mapped[dt.datetime] = mapped_column(Moment)
    undone_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("first_id < second_id", name="of_two"),
        Index(
            "uq_customer_pairs_standing",
            "first_id",
            "second_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_customer_pairs_branch_id_told_at", "branch_id", "told_at", "id"),
    )


class CustomerEmployment(Base):
    """Where a customer works and the monthly income declared, sealed as text of fen."""

    __tablename__ = "customer_employments"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), unique=True
    )
    employer: Mapped[str] = mapped_column(String(120), default="")
    occupation: Mapped[str] = mapped_column(String(80), default="")
    monthly_income_sealed: Mapped[bytes | None] = mapped_column(Sealed)

    monthly_income = SealedText("monthly_income_sealed")


class CustomerTerm(Base):
    """A term that finds a customer by prefix: name suffixes, pinyin, blind phone tail, numbers.

    `branch_id` repeats the customer's. The table is its own and only index, by branch and term:
    it has eight small rows a customer and is written with every one. The head office searches it
    branch by branch; no index by customer is kept, as only a merge takes a customer away.
    """

    __tablename__ = "customer_terms"

    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"), primary_key=True)
    term: Mapped[str] = mapped_column(ordered(80), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)
