"""Which parts of a debt a payment serves first (还款顺序).

Source: Civil Code 561 (fees, interest, principal) inside the oldest instalment; above the
contract's limit of days overdue principal goes before interest, where the contract says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

FEE: Final = 0
PENALTY: Final = 1
COMPOUND: Final = 2
INTEREST: Final = 3
PRINCIPAL: Final = 4

Owed = Sequence[int]
"""What one item owes, in fen: fee, penalty, compound, interest, principal, in this order."""


class Mode(StrEnum):
    """The order a payment follows."""

    NORMAL = "NORMAL"
    PRINCIPAL_FIRST = "PRINCIPAL_FIRST"


Piece = tuple[int, int, int]
"""Index of the item, index of the component, fen."""


def mode_for(dpd: int, principal_first_above: int | None) -> Mode:
    """The order for a payment whose value date finds the loan `dpd` days overdue."""
    if principal_first_above is not None and dpd > principal_first_above:
        return Mode.PRINCIPAL_FIRST
    return Mode.NORMAL


def allocate(items: Sequence[Owed], amount: int, mode: Mode) -> tuple[list[Piece], int]:
    """Lay `amount` on `items` (oldest first).

    Returns the pieces as (item index, component index, fen) in the order served, and what is
    left over: never more is taken than is owed.
    """
    if mode is Mode.NORMAL:
        return _by_item(items, amount)
    return _principal_first(items, amount)


def _by_item(items: Sequence[Owed], amount: int) -> tuple[list[Piece], int]:
    pieces = []
    for index, owed in enumerate(items):
        for component, wanted in enumerate(owed):
            if wanted > 0 and amount > 0:
                taken = min(amount, wanted)
                pieces.append((index, component, taken))
                amount -= taken
        if amount == 0:
            break
    return pieces, amount


def _principal_first(items: Sequence[Owed], amount: int) -> tuple[list[Piece], int]:
    pieces: list[Piece] = []
    for component in (FEE, PRINCIPAL, INTEREST, COMPOUND, PENALTY):
        for index, owed in enumerate(items):
            if amount == 0:
                return pieces, 0
            taken = min(owed[component], amount)
            if taken > 0:
                pieces.append((index, component, taken))
                amount -= taken
    return pieces, amount
