"""Reads of what devices sent: which mutations are known, their answers, what waits for a person."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from server.database.models import Change
from server.database.parts import in_parts
from server.replication.models.log import LoggedMutation
from sync.values import Json

UNKNOWN_ENTITY: Final = "unknown_entity"


def known_hashes(session: Session, ids: Collection[str]) -> dict[str, str]:
    """The stored hash of each mutation that was taken, from whatever device it came."""
    found: dict[str, str] = {}
    for part in in_parts(sorted(ids)):
        query = select(LoggedMutation.id, LoggedMutation.digest).where(LoggedMutation.id.in_(part))
        found.update({row[0]: row[1] for row in session.execute(query)})
    return found


def stored_results(
    session: Session, ids: Collection[str], portfolios: Collection[str]
) -> dict[str, Mapping[str, Json]]:
    """The answers that were given, by mutation, for somebody who holds these portfolios now.

    The number is left out of what is gone or went elsewhere since: a pull that the device made
    before it heard this answer has told it so already, and would not again.
    """
    found: dict[str, Mapping[str, Json]] = {}
    for part in in_parts(sorted(ids)):
        query = (
            select(LoggedMutation, Change.portfolio, Change.gone)
            .outerjoin(
                Change,
                and_(
                    Change.entity == LoggedMutation.entity,
                    Change.entity_id == LoggedMutation.entity_id,
                ),
            )
            .where(LoggedMutation.id.in_(part))
        )
        for row, portfolio, gone in session.execute(query):
            result = json.loads(row.result or "{}")
            if gone or portfolio not in portfolios:
                result.pop("number", None)
            found[row.id] = result
    return found


def mutations_lacking(session: Session, ids: Collection[str]) -> list[LoggedMutation]:
    """What waits for one of these entities to arrive, in the order it was written."""
    found: list[LoggedMutation] = []
    for part in in_parts(sorted(ids)):
        query = (
            select(LoggedMutation)
            .where(
                LoggedMutation.is_waiting,
                LoggedMutation.about_id.in_(part),
                LoggedMutation.reason == UNKNOWN_ENTITY,
            )
            .with_for_update()
        )
        found.extend(session.scalars(query))
    return sorted(found, key=lambda row: (row.stamp, row.n))
