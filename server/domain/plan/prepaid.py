"""The fee for paying early, as the contract measures it."""

from __future__ import annotations

from server.domain.money import round_half_up
from server.domain.terms import FeeKind, Terms


def prepayment_fee(terms: Terms, principal: int, rate: int, scale: int, paid_rows: int) -> int:
    """The fee (fen) for prepaying `principal` after `paid_rows` instalments.

    `rate / scale` is the yearly rate in force. PERCENT is of the prepaid principal,
    MONTHS_INTEREST so many months of interest on it; none once `waived_after` is reached.
    """
    fee = terms.prepayment_fee
    if fee is None or (fee.waived_after is not None and paid_rows >= fee.waived_after):
        return 0
    top, bottom = fee.value.as_integer_ratio()
    if fee.kind is FeeKind.PERCENT:
        return round_half_up(principal * top, bottom)
    return round_half_up(principal * rate * top, 12 * scale * bottom)
