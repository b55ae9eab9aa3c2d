"""What may be asked of repayments: the commands of the slice, as plain frozen values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from server.domain.events import PrepayMode


@dataclass(frozen=True, slots=True)
class FromDevice:
    """Where a payment was taken in the field.

    `id` was made by the device and becomes the repayment's; `check_code` stands on the receipt
    that the customer got, `signature` is the SHA-256 of what he signed on the screen. `taken_by`
    is who took the money, also where somebody else lets the entry count.
    """

    id: str
    device: str
    made_at: dt.datetime
    taken_by: str | None
    check_code: str = ""
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class RecordRepayment:
    """Money received on a loan; `amount` is fen.

    `method` is one of `PAYMENT_METHODS`, `reference` the bank's or till's number of the payment.
    `accept_credit` and `accept_double` say that a person saw the question and means it.
    `device` says what an entry made in the field brings with it.
    """

    loan_id: str
    amount: int
    paid_on: dt.date
    method: str
    reference: str = ""
    payer: str = ""
    note: str = ""
    accept_credit: bool = False
    accept_double: bool = False
    device: FromDevice | None = None


@dataclass(frozen=True, slots=True)
class PrepayLoan:
    """Principal paid before it is due, with all that is due by then.

    `principal=None` pays the loan off, credit being used first. `expected` is the total (fen)
    that was shown: when it is another one by now, nothing is recorded. `fee=None` takes the fee
    of the contract.
    """

    loan_id: str
    principal: int | None
    paid_on: dt.date
    method: str
    expected: int | None = None
    mode: PrepayMode = PrepayMode.REDUCE_PAYMENT
    fee: int | None = None
    reference: str = ""
    payer: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class FieldRepayment:
    """A payment as a device sends it; `amount` is fen, `made_at` by the device's clock."""

    id: str
    loan_id: str
    amount: int
    paid_on: dt.date
    method: str
    reference: str
    payer: str
    note: str
    check_code: str
    signature: str | None
    device: str
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a payment of a device: its receipt, or why it waits for a person."""

    receipt_no: str | None
    held: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmHeld:
    """Let a held payment count. What the device got wrong may be put right: its day, its method
    and the bank's number; never the amount, for which the customer has a receipt.
    """

    held_id: str
    note: str = ""
    paid_on: dt.date | None = None
    method: str = ""
    reference: str | None = None
