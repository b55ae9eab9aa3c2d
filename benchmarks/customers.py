"""Listing and searching customers: a hundred thousand may cost at most twice what a thousand do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from benchmarks.bank import Bank, mobile, open_bank, resident_id
from benchmarks.figure import Figure, paired_ms
from server.customers.models import Customer
from server.customers.queries import CustomerFilter, customers_page, search
from server.database.extension import current_session
from server.database.paging import write_cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server.domain.access import Actor

SMALL: Final = 1_000
LARGE: Final = 100_000
LIMIT_RATIO: Final = 2.0
_TIMES: Final = 60


def measure() -> Iterator[Figure]:
    """Each way to find customers, at both sizes in turn, the small bank being the floor."""
    with open_bank(SMALL) as small:
        begun = time.perf_counter()
        with open_bank(LARGE) as large:
            yield Figure(f"making {LARGE:,} customers", time.perf_counter() - begun, "s")
            yield from _compare(small, large)


def _compare(small: Bank, large: Bank) -> Iterator[Figure]:
    ways = zip(_ways(small), _ways(large), strict=True)
    for (name, in_small), (_, in_large) in ways:
        value, floor = paired_ms(in_large, in_small, _TIMES)
        yield Figure(
            f"{name}, {LARGE:,}", value, "ms", LIMIT_RATIO, floor, f"{SMALL:,}", by_floor=True
        )


def _ways(bank: Bank) -> Iterator[tuple[str, Callable[[], object]]]:
    """What a person does; each finds as many customers in a small bank as in a large one."""
    head_office, branch, half = bank.chief, bank.of_branch(), len(bank.customers) // 2
    middle = CustomerFilter(after=bank.alone(lambda: _cursor_in_the_middle(bank)))
    for name, wanted in (("first page", CustomerFilter()), ("page in the middle", middle)):
        yield f"list, {name}", _listed(bank, head_office, wanted)
    yield "list of a branch", _listed(bank, branch, CustomerFilter())
    for name, text in (
        ("part of a name", "海"),
        ("initials", "l"),
        ("whole ID number", resident_id(half)),
        ("whole mobile", mobile(half)),
        ("customer number", "C101000100"),
    ):
        yield f"search, {name}", _searched(bank, head_office, text)
    yield "search within a branch, initials", _searched(bank, branch, "l")
    browser = bank.browser()
    yield "page of the list", lambda: browser.get("/customers")
    yield "page of a search", lambda: browser.get("/customers?q=l")


def _listed(bank: Bank, actor: Actor, wanted: CustomerFilter) -> Callable[[], object]:
    return lambda: bank.alone(lambda: customers_page(current_session(), actor, wanted))


def _searched(bank: Bank, actor: Actor, text: str) -> Callable[[], object]:
    if not bank.alone(lambda: search(current_session(), actor, text)):
        raise RuntimeError(f"nothing is found by {text}")
    return lambda: bank.alone(lambda: search(current_session(), actor, text))


def _cursor_in_the_middle(bank: Bank) -> str:
    """A cursor as a list's own link has it, at the row in the middle."""
    half = (
        select(Customer.sort_key, Customer.id)
        .order_by(Customer.sort_key, Customer.id)
        .offset(len(bank.customers) // 2)
        .limit(1)
    )
    return write_cursor(*current_session().execute(half).one())
