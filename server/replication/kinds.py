"""The one table of what devices may write: each kind of entity, by its name on the wire.

A slice says in its `mutations.py` how its kinds are merged, found and written. Here they are only
listed; a kind that is missing is unknown, and its mutations are held.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.customers.mutations import KINDS as CUSTOMERS
from server.database.kinds import MutationKind
from server.feedback.mutations import KINDS as FEEDBACK
from server.notices.mutations import KINDS as NOTICES
from server.repayments.mutations import KINDS as REPAYMENTS
from server.visits.mutations import KINDS as VISITS
from sync.convert import Converters

SCHEMA: Final = 1
"""The version of mutations that this release speaks."""

CONVERTERS: Final[Converters] = {}
"""From earlier versions to the next; there are none before the first."""

KINDS: Final[Mapping[str, MutationKind]] = {
    **CUSTOMERS,
    **REPAYMENTS,
    **VISITS,
    **FEEDBACK,
    **NOTICES,
}
