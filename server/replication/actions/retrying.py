"""Trying again what was held: because what it lacked has arrived, or because somebody says so."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from server.accounts.queries import user_by_id
from server.database import notices
from server.domain.access import Actor, Role
from server.replication.actions.chunk import Chunk
from server.replication.actions.taking import Fate, take
from server.replication.actions.writing import Taken, write_conflicts
from server.replication.models.log import LoggedMutation
from server.replication.queries.log import mutations_lacking
from sync.clock import read_stamp
from sync.mutation import Mutation, read_header, read_mutation
from sync.outcome import Outcome
from sync.values import Json


def retry_lacking(
    session: Session, actor: Actor, arrived: Collection[str], *, by_a_person: bool = False
) -> None:
    """Take what waited for entities that are here now; what still cannot be stays as it is."""
    created = set(arrived)
    while created:
        rows = mutations_lacking(session, created)
        created = set()
        for row in rows:
            chunk = Chunk(session, author_of(session, row, actor), row.device_id)
            fate = take_again(chunk, row, by_a_person=by_a_person)
            if fate.outcome is not Outcome.HELD or fate.wrote is not None:
                close(session, actor, row, fate)
                created |= chunk.created


def take_again(
    chunk: Chunk,
    row: LoggedMutation,
    *,
    by_a_person: bool = False,
    writes: Mapping[str, Json] | None = None,
) -> Fate:
    """Take a stored mutation again, with other values where a person put them right."""
    envelope = json.loads(row.envelope or "{}")
    mutation: Mutation = read_mutation(envelope)
    if writes:
        mutation = replace(mutation, writes={**mutation.writes, **writes})
    chunk.load([mutation])
    stamp = read_stamp(row.stamp)
    fate = take(chunk, mutation, stamp, by_a_person=by_a_person)
    taken = Taken(read_header(envelope), envelope, mutation, stamp, fate)
    write_conflicts(chunk.session, chunk.actor, row.device_id, [taken])
    return fate


def close(session: Session, actor: Actor, row: LoggedMutation, fate: Fate) -> None:
    """Say what a held mutation has become, and tell its author."""
    row.is_waiting = fate.outcome is Outcome.REJECTED
    row.became = fate.outcome.value
    row.about_id = None
    notices.tell(
        session,
        row.user_id,
        f"held_{fate.outcome.value}",
        (row.entity, row.entity_id or row.id),
        at=actor.now,
        branch_id=row.branch_id,
        customer_id=fate.place.customer_id or row.customer_id,
        params={"mutation": row.id, "op": row.op, "reason": row.reason},
    )
    session.flush()


def author_of(session: Session, row: LoggedMutation, actor: Actor) -> Actor:
    """Who wrote it, acting at this moment through the device it came from."""
    user = user_by_id(session, row.user_id)
    return replace(
        actor,
        user_id=user.id,
        name=user.display_name,
        role=Role(user.role),
        branch_id=user.branch_id,
        origin=f"device:{row.device_id}",
    )
