"""Taking a push: one transaction, one device at a time, an answer for every mutation.

The caller begins the write transaction and commits; only then may the answer leave. Nothing of a
push that is refused (gap, copied phone, revoked device) is applied.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.orm import Session

from server.customers.queries import is_id
from server.database import record
from server.domain.access import Actor
from server.replication.actions.chunk import Chunk, key_of
from server.replication.actions.retrying import retry_lacking
from server.replication.actions.taking import NOWHERE, Fate
from server.replication.actions.together import take_all
from server.replication.actions.writing import (
    Taken,
    quarantine,
    result_of,
    write_conflicts,
    write_mutations,
)
from server.replication.models.devices import Device
from server.replication.queries.log import known_hashes, stored_results
from server.replication.queries.standing import Key
from sync.clock import Stamp, correct, offset, read_stamp
from sync.errors import Clone, Malformed
from sync.mutation import DESK, Header, Mutation, read_mutation
from sync.order import Sent, Step, walk
from sync.outcome import Outcome
from sync.push import Push
from sync.values import Json

QUARANTINE_LASTS: Final = dt.timedelta(days=7)
"""So long a revoked device may still hand in what it has; nothing is told in return."""

ALTERED: Final = "altered"
REVOKED: Final = "revoked"
OF_REVOKED: Final = "revoked_device"
LOST: Final = "lost"


Pair = tuple[Header, Mapping[str, Json]]
"""What was read of an envelope, and the envelope as it came."""


class DeviceRefused(Exception):
    """The device may not push: `lost`, or `revoked` too long ago, or `not_yours`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device is told after the commit: a result for each mutation in the order sent.

    `stamp` is the server's, for the device's clock; `last` the last number taken of the device.
    Of a revoked device only the ids are named, in `quarantined`. `wrote` has the numbers of what
    the mutations themselves wrote; it does not travel.
    """

    results: tuple[Mapping[str, Json], ...] = ()
    stamp: str = ""
    last: int = 0
    quarantined: tuple[str, ...] | None = None
    wrote: Mapping[Key, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Work:
    """A push on its way: what was taken and the answers so far, by mutation."""

    taken: list[Taken] = field(default_factory=list)
    altered: list[Pair] = field(default_factory=list)
    results: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    stamp: str = ""
    wrote: dict[Key, int] = field(default_factory=dict)


def take_push(session: Session, actor: Actor, push: Push, server_ms: int) -> Answer:
    """Take all mutations of a push. `server_ms` is the time at the door, in milliseconds.

    Raises `DeviceRefused`, `Gap` and `Clone`; an unknown device is answered as a copied phone: it
    takes a new id.
    """
    device = _device(session, actor, push)
    pairs = list(zip(push.headers, push.envelopes, strict=True))
    if device.revoked_at is not None:
        return _into_quarantine(session, actor, push, pairs, server_ms)
    sent = [Sent(header.n, header.id, header.digest) for header in push.headers]
    judged = walk(device.last_n, sent, known_hashes(session, [each.id for each in sent]))
    work = _Work()
    steps = list(zip(judged.steps, pairs, strict=True))
    work.altered = [pair for step, pair in steps if step is Step.ALTERED]
    accepted = [pair for step, pair in steps if step is Step.ACCEPT]
    chunk = Chunk(session, actor, push.device)
    _take_all(chunk, device, accepted, offset(push.clock, server_ms), server_ms, work)
    retry_lacking(session, actor, chunk.created)
    device.last_n, device.last_stamp = judged.last, work.stamp
    session.flush()
    _store(chunk, push.device, work)
    known = [each.id for each in sent if each.id not in work.results]
    results = stored_results(session, known, chunk.holds) | work.results
    altered = {header.digest for header, _ in work.altered}
    told = (_altered(each.id) if each.digest in altered else results[each.id] for each in sent)
    stamp = str(Stamp(server_ms, 0, DESK))
    return Answer(tuple(told), stamp, judged.last, wrote=work.wrote)


def _device(session: Session, actor: Actor, push: Push) -> Device:
    """The device's row, locked: a retry that overlaps its first try waits here."""
    device = None
    if is_id(push.device):
        device = session.get(Device, push.device, with_for_update=True, populate_existing=True)
    if device is None:
        raise Clone(push.headers[0].n if push.headers else 0)
    if device.user_id != actor.user_id:
        raise DeviceRefused("not_yours")
    if device.revoked_kind == LOST:
        raise DeviceRefused(LOST)
    if device.revoked_at is not None and actor.now - device.revoked_at > QUARANTINE_LASTS:
        raise DeviceRefused(REVOKED)
    return device


def _into_quarantine(
    session: Session, actor: Actor, push: Push, pairs: Sequence[Pair], server_ms: int
) -> Answer:
    """Keep what a revoked device hands in: held whole, for a person, and nothing is told of it."""
    known = known_hashes(session, [header.id for header, _ in pairs])
    new = {header.id: (header, raw) for header, raw in pairs if header.id not in known}
    read = [(header, raw, _read(raw)) for header, raw in new.values()]
    chunk = Chunk(session, actor, push.device)
    chunk.load([each for _, _, each in read if isinstance(each, Mutation)])
    difference = offset(push.clock, server_ms)
    taken = []
    for header, raw, given in read:
        mutation = given if isinstance(given, Mutation) else None
        stamp = correct(mutation.stamp, difference, server_ms) if mutation else None
        place = chunk.place_if_known(mutation) if mutation else NOWHERE
        fate = Fate(Outcome.HELD, OF_REVOKED, place=place)
        taken.append(Taken(replace(header, n=0), raw, mutation, stamp, fate))
    write_mutations(session, actor, [(each, result_of(each, None)) for each in taken])
    _note(session, actor, push.device, len(taken))
    return Answer(quarantined=tuple(header.id for header, _ in pairs))


def _note(session: Session, actor: Actor, device: str, rows: int) -> None:
    if rows:
        changes: dict[str, list[object]] = {"rows": [None, str(rows)]}
        record.note(session, actor, "device.quarantine", ("device", device), changes=changes)


def _take_all(
    chunk: Chunk,
    device: Device,
    accepted: Sequence[Pair],
    difference: int,
    server_ms: int,
    work: _Work,
) -> None:
    read = [_read(envelope) for _, envelope in accepted]
    chunk.load([each for each in read if isinstance(each, Mutation)])
    after = read_stamp(device.last_stamp) if device.last_stamp else None
    stamped: list[tuple[Mutation, Stamp]] = []
    for mutation in read:
        if isinstance(mutation, Mutation):
            after = correct(mutation.stamp, difference, server_ms, after)
            stamped.append((mutation, after))
    fates = zip(stamped, take_all(chunk, stamped), strict=True)
    for (header, envelope), mutation in zip(accepted, read, strict=True):
        if isinstance(mutation, Malformed):
            refused = Fate(Outcome.REJECTED, f"malformed {mutation.field} {mutation.reason}")
            work.taken.append(Taken(header, envelope, None, None, refused))
            continue
        (_, stamp), fate = next(fates)
        work.taken.append(Taken(header, envelope, mutation, stamp, fate))
    work.stamp = str(after or "")


def _read(envelope: Mapping[str, Json]) -> Mutation | Malformed:
    try:
        return read_mutation(envelope)
    except Malformed as refused:
        return refused
    except RecursionError:
        return Malformed("", "too_deep")


def _store(chunk: Chunk, device: str, work: _Work) -> None:
    """Take the numbers, then write the answers that name them; the counter is held from here."""
    session, actor = chunk.session, chunk.actor
    quarantine(session, actor, ALTERED, work.altered)
    _note(session, actor, device, len(work.altered))
    write_conflicts(session, actor, device, work.taken)
    numbers = record.settle(session)
    rows = []
    for each in work.taken:
        result = result_of(each, _number(chunk, each, numbers))
        work.results[each.header.id] = result
        if each.fate.wrote is not None and each.fate.wrote in numbers:
            work.wrote[each.fate.wrote] = numbers[each.fate.wrote]
        rows.append((each, result))
    write_mutations(session, actor, rows)


def _number(chunk: Chunk, taken: Taken, numbers: Mapping[Key, int]) -> int | None:
    """The number of what was written, where the device holds it; else it is not to keep it.

    Nor is it told for a customer merged into another: the number is the other's, and would stand
    above the one by which the merged is dropped.
    """
    wrote, mutation = taken.fate.wrote, taken.mutation
    if wrote is None or mutation is None or wrote != key_of(mutation):
        return None
    return numbers.get(wrote) if taken.fate.place.portfolio in chunk.holds else None


def _altered(mutation_id: str) -> Mapping[str, Json]:
    return {"mutation": mutation_id, "outcome": Outcome.REJECTED.value, "reason": ALTERED}
