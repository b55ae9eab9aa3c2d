"""The only writes of loans: book, amend, add to the history, derive the state."""

from server.loans.actions.amendments import (
    AMENDMENT_KINDS,
    Preview,
    amend_loan,
    preview_amendment,
    reverse_amendment,
)
from server.loans.actions.booking import (
    LoanRows,
    create_loan,
    create_loans,
    examine_loans,
    rows_of_loans,
    write_loan_rows,
    write_loans,
)
from server.loans.actions.checks import CheckedLoan, annual_cost, clean, examine_loan
from server.loans.actions.commands import Collateral, Guarantor, NewLoan
from server.loans.actions.demands import customer_fields_needed
from server.loans.actions.describing import DescribeLoan, describe_loan
from server.loans.actions.editing import EditLoan, HandOverLoans, edit_loan, hand_over_loans
from server.loans.actions.events import (
    Added,
    Entry,
    add_events,
    add_events_to,
    is_reversed,
    reverse_events,
)
from server.loans.actions.following import follow_events
from server.loans.actions.states import (
    Difference,
    differences,
    oldest_unpaid,
    rebuild,
    refresh_due_states,
    refresh_states,
)

__all__ = [
    "AMENDMENT_KINDS",
    "Added",
    "CheckedLoan",
    "Collateral",
    "DescribeLoan",
    "Difference",
    "EditLoan",
    "Entry",
    "Guarantor",
    "HandOverLoans",
    "LoanRows",
    "NewLoan",
    "Preview",
    "add_events",
    "add_events_to",
    "amend_loan",
    "annual_cost",
    "clean",
    "create_loan",
    "create_loans",
    "customer_fields_needed",
    "describe_loan",
    "differences",
    "edit_loan",
    "examine_loan",
    "examine_loans",
    "follow_events",
    "hand_over_loans",
    "is_reversed",
    "oldest_unpaid",
    "preview_amendment",
    "rebuild",
    "refresh_due_states",
    "refresh_states",
    "reverse_amendment",
    "reverse_events",
    "rows_of_loans",
    "write_loan_rows",
    "write_loans",
]
