"""One mutation of a device: judged, merged, written in a savepoint; never an obstacle to the next.

Whatever is wrong with it becomes an outcome with a code, and the mutation is kept whole.
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from server.database import record
from server.database.feed import Author
from server.database.kinds import MutationKind, Waits, Write, Written
from server.domain.access import Role
from server.domain.errors import Conflict as Collision
from server.domain.errors import Invalid, NotAllowed, NotFound
from server.replication.actions.chunk import TO_COME, Chunk, Missing, key_of
from server.replication.kinds import CONVERTERS, KINDS, SCHEMA
from server.replication.queries.log import UNKNOWN_ENTITY
from server.replication.queries.places import Place, lost_at
from server.replication.queries.standing import Key
from sync.clock import Stamp
from sync.conflict import Conflict
from sync.convert import convert, unknown_to_extra
from sync.entity import Entity
from sync.merge import Merged, Stamped, merge, settled
from sync.mutation import CREATE, DELETED, DESK, RESOLVE, Mutation
from sync.outcome import Outcome
from sync.values import Json

GRACE: Final = dt.timedelta(days=30)
"""So long after a customer changed hands an entry made before is still a case for a person."""

NOWHERE: Final = Place(None, None)
_EDIT: Final = "edit"
LOST: Final = (OperationalError, InternalError, InterfaceError)
"""The connection or the whole transaction is lost; only the push as a whole can be tried again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one mutation, before the feed has given numbers.

    `wrote` is the entity whose number it gets. `about` is the id of what it lacks or collides
    with. `is_waiting`: it stands in the list of what a person must look at.
    """

    outcome: Outcome
    reason: str = ""
    news: Mapping[str, Json] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    wrote: Key | None = None
    about: str | None = None
    place: Place = NOWHERE
    settles: str | None = None

    @property
    def is_waiting(self) -> bool:
        """What was held and left nothing else behind waits here; the rest waits in its slice."""
        return self.outcome is Outcome.HELD and self.wrote is None


def take(chunk: Chunk, original: Mutation, stamp: Stamp, *, by_a_person: bool = False) -> Fate:
    """Take one mutation whose order was found right. Raises only what ends the whole push.

    `by_a_person`: somebody who may decides that it is to count, so nobody asks any more whose
    customer it is.
    """
    try:
        return _take(chunk, original, stamp, by_a_person=by_a_person)
    except Missing as missing:
        return Fate(Outcome.HELD, UNKNOWN_ENTITY, about=missing.key or None)
    except LOST:
        raise
    except Exception as error:  # noqa: BLE001 (one bad entry must not block the queue behind it)
        _tell(original, error)
        chunk.forget(key_of(original))
        return Fate(Outcome.HELD, "error")


@dataclass(frozen=True, slots=True)
class Judged:
    """A mutation that is to be written: what the merge lets stand, and its fate if it works."""

    kind: MutationKind
    mutation: Mutation
    stamp: Stamp
    merged: Merged
    fate: Fate


def _take(chunk: Chunk, original: Mutation, stamp: Stamp, *, by_a_person: bool) -> Fate:
    judged = judge(chunk, original, stamp, by_a_person=by_a_person)
    return judged if isinstance(judged, Fate) else _write(chunk, judged)


def judge(
    chunk: Chunk, original: Mutation, stamp: Stamp, *, by_a_person: bool = False
) -> Judged | Fate:
    """Find out what a mutation is to do; a fate where there is nothing to write. Only reads."""
    converted = convert(original, CONVERTERS, SCHEMA)
    if converted.reason:
        return Fate(Outcome.HELD, converted.reason)
    kind = KINDS.get(original.entity)
    if kind is None:
        return Fate(Outcome.HELD, "unknown_kind")
    if original.op == RESOLVE and not by_a_person:
        return Fate(Outcome.REJECTED, "desk_only")
    if original.op not in (CREATE, _EDIT, RESOLVE):
        return Fate(Outcome.HELD, "unknown_op")
    mutation = chunk.redirected(_with_known(kind, converted.mutation))
    found = chunk.found(kind, key_of(mutation))
    if found is None and mutation.op != CREATE:
        return Fate(Outcome.HELD, UNKNOWN_ENTITY, about=mutation.entity_id)
    place = chunk.place(mutation, found)
    refusal = None if by_a_person or kind.judges_place else _refusal(chunk, place, stamp)
    if refusal is not None:
        return replace(refusal, place=place)
    merged = merge(
        chunk.entity(kind, key_of(mutation)), mutation, {mutation.entity: kind.rules}, stamp
    )
    fate = Fate(
        merged.outcome,
        merged.reason,
        merged.news,
        merged.conflicts,
        place=place,
        settles=merged.settles,
    )
    return Judged(kind, mutation, stamp, merged, fate) if merged.fields else fate


def _with_known(kind: MutationKind, mutation: Mutation) -> Mutation:
    return unknown_to_extra(mutation, kind.known | {DELETED}) if kind.known else mutation


def _refusal(chunk: Chunk, place: Place, stamp: Stamp) -> Fate | None:
    """Whether the entry is about a customer that this person does not hold (any more)."""
    actor = chunk.actor
    in_reach = place.branch_id is None or actor.reaches(place.branch_id)
    if in_reach and (actor.role is not Role.OFFICER or place.portfolio in chunk.holds):
        return None
    lost = None
    if place.customer_id is not None:
        lost = lost_at(chunk.session, actor, place, GRACE)
    if lost is not None and moment_of(stamp) <= lost and actor.now - lost <= GRACE:
        return Fate(Outcome.HELD, "reassigned")
    return Fate(Outcome.REJECTED, "not_yours")


def _write(chunk: Chunk, judged: Judged) -> Fate:
    session, mutation, place = chunk.session, judged.mutation, judged.fate.place
    try:
        with record.savepoint(session), record.author(session, author_of(chunk, judged)):
            written = judged.kind.write(session, chunk.actor, what_of(chunk, judged))
            if mutation.op == RESOLVE:
                _confirm(chunk, mutation, place)
    except Waits as wait:
        return Fate(Outcome.HELD, wait.reason, about=wait.about, place=place)
    except NotFound as missing:
        return Fate(Outcome.HELD, UNKNOWN_ENTITY, about=missing.key, place=place)
    except Invalid as invalid:
        return Fate(Outcome.REJECTED, f"invalid {invalid.field} {invalid.reason}", place=place)
    except NotAllowed as refused:
        return Fate(Outcome.REJECTED, f"not_allowed {refused.permission}", place=place)
    except Collision:
        return Fate(Outcome.HELD, "changed", place=place)
    return settle_fate(chunk, judged, written)


def author_of(chunk: Chunk, judged: Judged) -> Author:
    """In whose name a mutation is written, and whether the answer tells the device all of it."""
    mutation = judged.mutation
    is_told = chunk.device != DESK and chunk.is_told(judged.kind, mutation)
    told = frozenset({key_of(mutation)}) if is_told else frozenset()
    own = chunk.actor.user_id if chunk.device != DESK else None
    return Author(chunk.device, mutation.id, str(judged.stamp), told, own)


def what_of(chunk: Chunk, judged: Judged) -> Write:
    """What the slice is to write."""
    mutation, key = judged.mutation, key_of(judged.mutation)
    made_at = min(moment_of(judged.stamp), chunk.actor.now)
    op = CREATE if chunk.entity(judged.kind, key) is None else _EDIT
    fields = judged.merged.fields
    return Write(mutation.entity_id, op, fields, mutation.id, chunk.device, made_at)


def settle_fate(chunk: Chunk, judged: Judged, written: Written) -> Fate:
    """What became of a mutation that was written; later ones of the push build on it."""
    mutation, fate = judged.mutation, judged.fate
    key = key_of(mutation)
    before, entity = chunk.found(judged.kind, key), chunk.entity(judged.kind, key)
    chunk.written(mutation, fate.place, before, _after(entity, judged, written))
    return replace(
        fate,
        outcome=Outcome.HELD if written.held else fate.outcome,
        reason=written.held or fate.reason,
        news={**fate.news, **written.news},
        wrote=key,
    )


def _confirm(chunk: Chunk, mutation: Mutation, place: Place) -> None:
    """A decision is a change also where it confirms what stands: a second one must see it."""
    key = key_of(mutation)
    is_customer = place.customer_id == key[1]
    record.changed(
        chunk.session,
        key,
        place.branch_id,
        portfolio=place.portfolio,
        customer_id=None if is_customer else place.customer_id,
        fields=tuple(mutation.writes),
    )


def _after(entity: Entity | None, judged: Judged, written: Written) -> Entity:
    """The entity as it now stands: what was written, in the form the server gave it."""
    merged = judged.merged
    stored = {name: written.news.get(name, value) for name, value in merged.fields.items()}
    stamped = Stamped(TO_COME, judged.stamp)
    return settled(entity, judged.mutation, replace(merged, fields=stored), stamped)


def moment_of(stamp: Stamp) -> dt.datetime:
    """The time of a corrected stamp."""
    return dt.datetime.fromtimestamp(stamp.ms / 1000, dt.UTC)


def _tell(mutation: Mutation, error: Exception) -> None:
    """Say in the log what broke and where; never what was in it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error(
        "mutation %s of %s is held: %s at %s:%s",
        mutation.id,
        mutation.entity,
        type(error).__name__,
        place.filename.rpartition("/")[2],
        place.lineno,
    )
