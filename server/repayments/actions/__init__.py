"""The only writes of repayments: record, prepay, reverse."""

from server.repayments.actions.commands import PrepayLoan, RecordRepayment
from server.repayments.actions.prepaying import Quote, prepay_loan, quote_prepayment
from server.repayments.actions.recording import (
    record_repayment,
    record_repayments,
)
from server.repayments.actions.reversing import (
    approve_reversal,
    may_reverse_at_once,
    refuse_reversal,
    request_reversal,
    reverse_repayment,
)

__all__ = [
    "PrepayLoan",
    "Quote",
    "RecordRepayment",
    "approve_reversal",
    "may_reverse_at_once",
    "prepay_loan",
    "quote_prepayment",
    "record_repayment",
    "record_repayments",
    "refuse_reversal",
    "request_reversal",
    "reverse_repayment",
]
