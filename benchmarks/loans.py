"""The list of ten thousand loans: under 300 ms for the whole page, however it is asked."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Final

from benchmarks.bank import Bank, open_bank
from benchmarks.figure import Figure, median_ms, paired_ms
from server.database.extension import current_session
from server.loans.queries import LoanFilter, list_loans, totals_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOANS: Final = 10_000
LIMIT_MS: Final = 300
_TIMES: Final = 30
_PAGES: Final = (
    ("page of the list", "/loans"),
    ("page, the largest balance first", "/loans?sort=-balance"),
    ("page, overdue loans", "/loans?bucket=overdue"),
)
_BARE: Final = (
    "SELECT loans.*, loan_states.*, customers.name FROM loans"
    " JOIN loan_states ON loan_states.loan_id = loans.id"
    " JOIN customers ON customers.id = loans.customer_id ORDER BY contract_no LIMIT 50"
)


def measure() -> Iterator[Figure]:
    """The query against bare SQL, the sums, and whole pages as a browser gets them."""
    begun = time.perf_counter()
    with open_bank(customers=5_000, loans=LOANS) as bank:
        yield Figure(f"making {LOANS:,} loans", time.perf_counter() - begun, "s")
        yield _listed(bank)
        yield Figure("sums of all loans", median_ms(_summed(bank), _TIMES), "ms", LIMIT_MS)
        browser = bank.browser()
        for name, address in _PAGES:
            if browser.get(address).status_code != 200:
                raise RuntimeError(f"no page at {address}")
            taken = median_ms(lambda at=address: browser.get(at), _TIMES)  # type: ignore[misc]
            yield Figure(f"{name}, {LOANS:,}", taken, "ms", LIMIT_MS)


def _listed(bank: Bank) -> Figure:
    bare = sqlite3.connect(bank.file)
    value, floor = paired_ms(
        lambda: bank.alone(lambda: list_loans(current_session(), bank.chief, LoanFilter())),
        lambda: bare.execute(_BARE).fetchall(),
        _TIMES,
    )
    bare.close()
    return Figure("query of one page", value, "ms", LIMIT_MS, floor, "the same rows by sqlite3")


def _summed(bank: Bank) -> Callable[[], object]:
    return lambda: bank.alone(lambda: totals_of(current_session(), bank.chief, LoanFilter()))
