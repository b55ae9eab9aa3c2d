"""What devices write of customers: customers themselves, their contacts, their addresses."""

from collections.abc import Mapping
from typing import Final

from server.customers.mutations.customers import CUSTOMER
from server.customers.mutations.parts import ADDRESS, CONTACT
from server.database.kinds import MutationKind

KINDS: Final[Mapping[str, MutationKind]] = {
    "customer": CUSTOMER,
    "contact": CONTACT,
    "address": ADDRESS,
}
"""By the name on the wire."""

__all__ = ["KINDS"]
