"""Reads of field work: what stands with a customer, one visit, the lists."""

from server.visits.queries.listing import (
    PromiseCounts,
    PromiseFilter,
    VisitFilter,
    list_promises,
    list_visits,
    promise_counts,
)
from server.visits.queries.of_customer import (
    VISIT,
    addenda_of,
    calls_of_customer,
    photos_of,
    promises_of_customer,
    visit,
    visits_of_customer,
)
from server.visits.queries.shown import CallShown, Photo, PromiseShown, VisitShown, position_of

__all__ = [
    "VISIT",
    "CallShown",
    "Photo",
    "PromiseCounts",
    "PromiseFilter",
    "PromiseShown",
    "VisitFilter",
    "VisitShown",
    "addenda_of",
    "calls_of_customer",
    "list_promises",
    "list_visits",
    "photos_of",
    "position_of",
    "promise_counts",
    "promises_of_customer",
    "visit",
    "visits_of_customer",
]
