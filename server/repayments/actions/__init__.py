"""The only writes of repayments: record, prepay, reverse; take and hold what the field sends."""

from server.repayments.actions.commands import (
    ConfirmHeld,
    FieldRepayment,
    FromDevice,
    PrepayLoan,
    RecordRepayment,
    Taken,
)
from server.repayments.actions.handing_in import (
    HandIn,
    hand_in,
    refuse_handover,
    sign_handover,
)
from server.repayments.actions.holding import (
    confirm_held,
    join_held,
    reject_held,
    signature_arrived,
    take_field_repayment,
)
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
from server.repayments.actions.taking_many import take_field_repayments

__all__ = [
    "ConfirmHeld",
    "FieldRepayment",
    "FromDevice",
    "HandIn",
    "PrepayLoan",
    "Quote",
    "RecordRepayment",
    "Taken",
    "approve_reversal",
    "confirm_held",
    "hand_in",
    "join_held",
    "may_reverse_at_once",
    "prepay_loan",
    "quote_prepayment",
    "record_repayment",
    "record_repayments",
    "refuse_handover",
    "refuse_reversal",
    "reject_held",
    "request_reversal",
    "reverse_repayment",
    "sign_handover",
    "signature_arrived",
    "take_field_repayment",
    "take_field_repayments",
]
