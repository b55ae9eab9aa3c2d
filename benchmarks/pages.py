"""How many statements each page sends: the same at any size of the bank, and few."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import event

from benchmarks.bank import Bank, open_bank
from benchmarks.figure import Figure
from server.database.engine import begin_writing
from server.database.extension import current_session, db
from server.feedback.actions import LogFeedback, log_feedback
from server.repayments.actions import RecordRepayment, record_repayments

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT: Final = 25


@dataclass(frozen=True, slots=True)
class _Size:
    """How large a bank is; `payments` and `cases` (feedback) are those of each of 60 loans."""

    customers: int
    loans: int
    payments: int
    cases: int


_SMALL: Final = _Size(customers=60, loans=60, payments=1, cases=1)
_LARGE: Final = _Size(customers=600, loans=2_400, payments=4, cases=3)
"""Both fill every page; in the large bank a customer has four loans, a loan four payments."""


def measure() -> Iterator[Figure]:
    """Statements a page in a large bank, those in a small one being the floor."""
    few = _counts_of(_SMALL)
    many = _counts_of(_LARGE)
    for name, count in many.items():
        yield Figure(name, count, "statements", LIMIT, few[name], "in a small bank")
    grown = sum(count > few[name] for name, count in many.items())
    yield Figure("pages that send more in a larger bank", grown, "pages", 0)


def _counts_of(size: _Size) -> dict[str, int]:
    with open_bank(size.customers, size.loans) as bank:
        bank.alone(lambda: _enter(bank, size))
        return dict(_counts(bank))


def _enter(bank: Bank, size: _Size) -> None:
    """Payments and feedback on sixty loans."""
    session, today = current_session(), bank.chief.today
    loans = bank.loans[:60]
    begin_writing(session)
    for place in range(size.payments):
        paid = [RecordRepayment(each, 100_00 + place, today, "cash") for each in loans]
        record_repayments(session, bank.chief, paid)
    for place, loan_id in enumerate(loans * size.cases):
        said = LogFeedback(
            bank.customers[place % 60], "question", "service", "call", "问一下", today, loan_id
        )
        log_feedback(session, bank.chief, said)
    session.commit()


def _counts(bank: Bank) -> Iterator[tuple[str, int]]:
    browser = bank.browser()
    for name, address in _pages(bank):
        browser.get(address)  # what is read once a process is read now
        with _counted(bank) as statements:
            answer = browser.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status_code}")
        yield name, len(statements)


def _pages(bank: Bank) -> tuple[tuple[str, str], ...]:
    return (
        ("today", "/today"),
        ("customers", "/customers"),
        ("a customer", f"/customers/{bank.customers[0]}"),
        ("loans", "/loans"),
        ("a loan", f"/loans/{bank.loans[0]}"),
        ("repayments", "/repayments"),
        ("feedback", "/feedback"),
        ("reversal requests", "/reversal-requests"),
    )


@contextmanager
def _counted(bank: Bank) -> Iterator[list[str]]:
    """The statements sent meanwhile, transactions' beginnings and ends left out."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_rest: object) -> None:
        if not text.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            sent.append(text)

    engine = bank.alone(lambda: db.engine)
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
