"""Loans and events for tests, with little to say in each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from server.domain.events import Event, Prepayment, PrepayMode, RateChange, Repayment, Reversal
from server.domain.terms import Method, Terms

LOAN = Terms(
    method=Method.EQUAL_INSTALMENT,
    principal=6_000_000,
    annual_rate=Decimal("0.072"),
    disbursed_on=date(2024, 1, 15),
    periods=6,
)


def loan(**changed: Any) -> Terms:
    """The loan of 60,000.00 at 7.2 % over six months, with some terms changed."""
    return replace(LOAN, **changed)


def day(text: str) -> date:
    """An ISO date."""
    return date.fromisoformat(text)


def dated(kind: type[Event], name: str, on: str, **rest: Any) -> Any:
    """An event posted on its value date."""
    told: dict[str, Any] = {"id": name, "value_on": day(on), "posted_on": day(on), **rest}
    return kind(**told)


def repaid(name: str, on: str, amount: int, **rest: Any) -> Repayment:
    """A repayment of `amount` fen."""
    event: Repayment = dated(Repayment, name, on, amount=amount, **rest)
    return event


def reversed_(name: str, of: Event, posted: str) -> Reversal:
    """The reversal of an event, posted later."""
    return Reversal(id=name, value_on=of.value_on, posted_on=day(posted), of=of.id)


def rate_change(on: str, rate: str) -> RateChange:
    """A new rate from a day on."""
    event: RateChange = dated(RateChange, f"rate {on}", on, annual_rate=Decimal(rate))
    return event


def prepaid(
    name: str,
    on: str,
    principal: int | None,
    mode: PrepayMode = PrepayMode.REDUCE_PAYMENT,
    **rest: Any,
) -> Prepayment:
    """A prepayment; None pays all."""
    event: Prepayment = dated(Prepayment, name, on, principal=principal, mode=mode, **rest)
    return event
