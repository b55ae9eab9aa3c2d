"""What may be asked of repayments: the commands of the slice, as plain frozen values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from server.domain.events import PrepayMode


@dataclass(frozen=True, slots=True)
class RecordRepayment:
    """Money received on a loan; `amount` is fen.

    `method` is one of `PAYMENT_METHODS`, `reference` the bank's or till's number of the payment.
    `accept_credit` and `accept_double` say that a person saw the question and means it.
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
