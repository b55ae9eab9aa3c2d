"""The tally of what a device holds: worked out once for each state of each portfolio.

Most pulls bring nothing new, and their cost would be this sum over all that the officer holds. A
portfolio's state is named by its last number, so what was worked out for it stays right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from server.replication.queries.feed import Scope, held_rows, last_in
from sync.digest import Tally, sum_of, tally

_MOST_KNOWN: Final = 4096
_known: Final[dict[tuple[str, str, int], Tally]] = {}


def tally_of(session: Session, epoch: str, scope: Scope, kinds: Sequence[str]) -> Tally:
    """The tally of a scope in the current snapshot of the database of that epoch."""
    return sum_of(_of_portfolio(session, epoch, each, kinds) for each in scope.portfolios)


def _of_portfolio(session: Session, epoch: str, portfolio: str, kinds: Sequence[str]) -> Tally:
    state = (epoch, portfolio, last_in(session, portfolio))
    found = _known.get(state)
    if found is None:
        held = held_rows(session, (portfolio,), kinds)
        found = tally((key, number) for _, key, number in held)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[state] = found
    return found
