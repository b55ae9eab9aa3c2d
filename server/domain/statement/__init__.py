"""The statement: from a loan's terms and the set of its events to every figure on a given day.

`statement(terms, events, as_of)` is pure and looks at the events as a set. It may import the rest
of the domain and nothing else. `result` says what comes out, `replay` walks through the days,
`figures` reads the end state, `lines` tells it as a story. The neighbour to copy is `plan`.
"""

from server.domain.statement.ahead import DayAhead, look_ahead
from server.domain.statement.lines import lines_of
from server.domain.statement.make import statement
from server.domain.statement.payoff import payoff
from server.domain.statement.result import (
    Allocation,
    Charge,
    CreditLot,
    InstalmentState,
    LastPayment,
    Line,
    LineKind,
    NextDue,
    Parts,
    Payoff,
    PrepaidItem,
)
from server.domain.statement.sheet import Statement

__all__ = [
    "Allocation",
    "Charge",
    "CreditLot",
    "DayAhead",
    "InstalmentState",
    "LastPayment",
    "Line",
    "LineKind",
    "NextDue",
    "Parts",
    "Payoff",
    "PrepaidItem",
    "Statement",
    "lines_of",
    "look_ahead",
    "payoff",
    "statement",
]
