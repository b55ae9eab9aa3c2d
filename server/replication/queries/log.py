"""Reads of what devices sent: which mutations are known, their answers, what waits for a person."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.replication.models.log import LoggedMutation
from sync.values import Json

UNKNOWN_ENTITY: Final = "unknown_entity"
_IDS_A_READ: Final = 500


def known_hashes(session: Session, ids: Collection[str]) -> dict[str, str]:
    """The stored hash of each mutation that was taken, from whatever device it came."""
    found: dict[str, str] = {}
    for part in _parts(ids):
        query = select(LoggedMutation.id, LoggedMutation.digest).where(LoggedMutation.id.in_(part))
        found.update({row[0]: row[1] for row in session.execute(query)})
    return found


def stored_results(session: Session, ids: Collection[str]) -> dict[str, Mapping[str, Json]]:
    """The answers that were given, by mutation."""
    found: dict[str, Mapping[str, Json]] = {}
    for part in _parts(ids):
        rows = session.scalars(select(LoggedMutation).where(LoggedMutation.id.in_(part)))
        found.update({row.id: json.loads(row.result or "{}") for row in rows})
    return found


def mutations_lacking(session: Session, ids: Collection[str]) -> list[LoggedMutation]:
    """What waits for one of these entities to arrive, in the order it was written."""
    found: list[LoggedMutation] = []
    for part in _parts(ids):
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


def _parts(ids: Collection[str]) -> Iterator[list[str]]:
    wanted = sorted(ids)
    return (wanted[start : start + _IDS_A_READ] for start in range(0, len(wanted), _IDS_A_READ))
