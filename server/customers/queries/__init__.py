"""Reads of customers; each within the actor's branches, each masked unless it says otherwise."""

from server.customers.queries.detail import (
    AddressShown,
    ContactShown,
    CustomerDetail,
    Sharing,
    Since,
    changed_since,
    customer_detail,
    customer_history,
    mask_reach,
    sharings,
)
from server.customers.queries.found import (
    customers_by_ids,
    customers_by_numbers,
    find_customer,
    is_id,
)
from server.customers.queries.id_check import IdFacts, read_id_no
from server.customers.queries.lines import CustomerLine, lines_query, read_lines
from server.customers.queries.listing import CustomerFilter, customers_page
from server.customers.queries.search import search
from server.customers.queries.standing import missing_fields, standing_fields
from server.customers.queries.taken import blind_id, holders_of_ids

__all__ = [
    "AddressShown",
    "ContactShown",
    "CustomerDetail",
    "CustomerFilter",
    "CustomerLine",
    "IdFacts",
    "Sharing",
    "Since",
    "blind_id",
    "changed_since",
    "customer_detail",
    "customer_history",
    "customers_by_ids",
    "customers_by_numbers",
    "customers_page",
    "find_customer",
    "holders_of_ids",
    "is_id",
    "lines_query",
    "mask_reach",
    "missing_fields",
    "read_id_no",
    "read_lines",
    "search",
    "sharings",
    "standing_fields",
]
