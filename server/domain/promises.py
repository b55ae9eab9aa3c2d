"""Promises to pay 承诺还款: kept, partly kept or broken, told by the money that came in time.

A promise is kept when the share of it that the bank asks for (usually all) came by its day, from
the day it was made. Money counts once: of several promises on a loan the earliest takes it first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class PromiseState(StrEnum):
    """What became of a promise; it is `open` until it is kept or its day is over."""

    OPEN = "open"
    KEPT = "kept"
    PART = "part"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise on one loan: `amount` fen by the end of `promised_on`."""

    id: str
    amount: int
    made_on: dt.date
    promised_on: dt.date


@dataclass(frozen=True, slots=True)
class Received:
    """Money that stands on the same loan: `amount` fen paid on `on`."""

    on: dt.date
    amount: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a promise, and the fen received for it."""

    state: PromiseState
    received: int


def judge_promises(
    promises: Iterable[Promised],
    payments: Iterable[Received],
    today: dt.date,
    kept_share: Decimal = Decimal(1),
) -> Mapping[str, Judged]:
    """Judge all promises of one loan as of `today`, by id."""
    left = sorted((each for each in payments if each.on <= today), key=lambda each: each.on)
    judged = {}
    for promise in sorted(promises, key=lambda each: (each.promised_on, each.made_on, each.id)):
        received, left = _take(promise, left)
        judged[promise.id] = _judged(promise, received, today, kept_share)
    return judged


def _take(promise: Promised, payments: Sequence[Received]) -> tuple[int, list[Received]]:
    """What came for a promise, and the money that is left."""
    taken, left = 0, []
    for payment in payments:
        counts = promise.made_on <= payment.on <= promise.promised_on
        part = min(payment.amount, promise.amount - taken) if counts else 0
        taken += part
        left.append(Received(payment.on, payment.amount - part))
    return taken, left


def _judged(promise: Promised, received: int, today: dt.date, kept_share: Decimal) -> Judged:
    if received >= promise.amount * kept_share:
        return Judged(PromiseState.KEPT, received)
    if today <= promise.promised_on:
        return Judged(PromiseState.OPEN, received)
    return Judged(PromiseState.PART if received else PromiseState.BROKEN, received)
