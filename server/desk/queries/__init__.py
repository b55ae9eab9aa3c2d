"""Reads across the slices, each a fixed number of statements whatever the number of rows."""

from server.desk.queries.account import (
    Account,
    Guarantee,
    LoanAccount,
    account_of,
    guarantees_of,
    history_of,
)
from server.desk.queries.finding import Found, find
from server.desk.queries.owners import customer_owner, loan_owner
from server.desk.queries.queues import CountQueue, FirstSteps, Queue, first_steps, queues
from server.desk.queries.standing import CustomerStanding, standings_of
from server.desk.queries.work import (
    AHEAD,
    BranchDay,
    Scope,
    WorkRow,
    coming_rows,
    day_by_branch,
    due_rows,
    overdue_rows,
)

__all__ = [
    "AHEAD",
    "Account",
    "BranchDay",
    "CountQueue",
    "CustomerStanding",
    "FirstSteps",
    "Found",
    "Guarantee",
    "LoanAccount",
    "Queue",
    "Scope",
    "WorkRow",
    "account_of",
    "coming_rows",
    "customer_owner",
    "day_by_branch",
    "due_rows",
    "find",
    "first_steps",
    "guarantees_of",
    "history_of",
    "loan_owner",
    "overdue_rows",
    "queues",
    "standings_of",
]
