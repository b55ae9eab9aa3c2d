"""Reads of loans: single ones, their history, the list."""

from server.loans.queries.history import (
    columns_of,
    details_of,
    event_of,
    events_by_loan,
    events_of,
    kind_of,
    terms_of,
)
from server.loans.queries.listing import (
    COLUMNS,
    LoanFilter,
    LoanRow,
    LoanTotals,
    list_loans,
    totals_of,
)
from server.loans.queries.loans import (
    EventEntry,
    LoanParties,
    customer_of,
    entries_of,
    loan,
    loan_by_contract_no,
    loan_to_change,
    loans_of_customer,
    parties_of,
    payoff_on,
    statement_on,
)

__all__ = [
    "COLUMNS",
    "EventEntry",
    "LoanFilter",
    "LoanParties",
    "LoanRow",
    "LoanTotals",
    "columns_of",
    "customer_of",
    "details_of",
    "entries_of",
    "event_of",
    "events_by_loan",
    "events_of",
    "kind_of",
    "list_loans",
    "loan",
    "loan_by_contract_no",
    "loan_to_change",
    "loans_of_customer",
    "parties_of",
    "payoff_on",
    "statement_on",
    "terms_of",
    "totals_of",
]
