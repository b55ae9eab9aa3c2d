"""What one mutation makes of one entity: a pure function, the same on server and device.

Each field is settled alone. It is written when the device knew the server's value by number, by
being its author, or by having seen the same value; otherwise the two are in conflict on that field
only and its policy decides. No value is lost: the loser of every conflict is kept in a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.clock import Stamp
from sync.conflict import Conflict
from sync.entity import Entity, FieldState
from sync.mutation import CREATE, DELETED, Mutation
from sync.outcome import Outcome
from sync.policy import KindRules, Policy, Rules
from sync.settle import Verdict, Word, dispute
from sync.values import Json, same


@dataclass(frozen=True, slots=True)
class Merged:
    """What to write, and what to keep.

    `fields` get the value, the next number, the corrected stamp and the mutation's id (a field a
    resolution confirms is among them though its value stays). `settles` is the conflict row that
    this closes. `news` are the values the device cannot know, `reason` why it is held or rejected.
    """

    outcome: Outcome
    fields: Mapping[str, Json] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    news: Mapping[str, Json] = field(default_factory=dict)
    settles: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a change is given when it is written: its number in the feed and corrected stamp."""

    number: int
    stamp: Stamp


def merge(entity: Entity | None, mutation: Mutation, rules: Rules, stamp: Stamp) -> Merged:
    """Merge a mutation into an entity (None: not known) by its kind's rules.

    `stamp` is the mutation's stamp as the server corrected it. Raises nothing: what cannot be
    applied is held or rejected with a reason.
    """
    kind = rules.get(mutation.entity)
    if kind is None:
        return Merged(Outcome.HELD, reason="unknown_kind")
    if entity is None:
        return _first(mutation)
    if kind.insert_only:
        return _again(entity, mutation)
    return _summed(entity, mutation, _verdicts(entity, mutation, kind, stamp))


def settled(entity: Entity | None, mutation: Mutation, merged: Merged, to: Stamped) -> Entity:
    """The entity after a merge whose fields were given a number and a stamp."""
    written = {
        name: FieldState(value, to.number, to.stamp, mutation.id)
        for name, value in merged.fields.items()
    }
    before = {} if entity is None else entity.fields
    return Entity(mutation.entity, mutation.entity_id, {**before, **written})


def _first(mutation: Mutation) -> Merged:
    if mutation.op != CREATE:
        return Merged(Outcome.HELD, reason="unknown_entity")
    return Merged(Outcome.APPLIED, fields=dict(mutation.writes))


def _again(entity: Entity, mutation: Mutation) -> Merged:
    """An entry of a ledger exists already. A second one under its id may be money: ask."""
    if mutation.op != CREATE:
        return Merged(Outcome.REJECTED, reason="insert_only")
    if all(
        name in entity.fields and same(entity.fields[name].value, value)
        for name, value in mutation.writes.items()
    ):
        return Merged(Outcome.APPLIED)
    return Merged(Outcome.HELD, reason="exists")


def _verdicts(
    entity: Entity, mutation: Mutation, kind: KindRules, stamp: Stamp
) -> dict[str, Verdict]:
    found = {
        name: _verdict(entity.fields.get(name), name, mutation, kind, stamp)
        for name in mutation.writes
        if name != DELETED
    }
    if DELETED in mutation.writes:
        found[DELETED] = _of_deletion(entity, mutation)
    elif any(verdict.word is not Word.AGREES for verdict in found.values()):
        found |= _shown_again(entity, mutation)
    return found


def _verdict(
    state: FieldState | None, name: str, mutation: Mutation, kind: KindRules, stamp: Stamp
) -> Verdict:
    value = mutation.writes[name]
    if state is None:
        return Verdict(Word.STANDS, value)
    if same(state.value, value):
        return _agreement(mutation, value)
    policy = Policy.HOLD if mutation.is_resolution else kind.policy_of(name)
    known = state.was_seen_by if policy is Policy.UNION else state.is_known_to
    if known(mutation) or _saw(state.value, name, mutation):
        return Verdict(Word.STANDS, value)
    return dispute(state, name, mutation, stamp, policy)


def _agreement(mutation: Mutation, value: Json) -> Verdict:
    """Nothing to write; but a decision for what stands must be seen by a second decision."""
    return Verdict(Word.STANDS if mutation.is_resolution else Word.AGREES, value)


def _saw(value: Json, name: str, mutation: Mutation) -> bool:
    """Whether the person saw this very value.

    That does not count for a resolution: another may have decided in between for what stood.
    """
    return not mutation.is_resolution and name in mutation.was and same(mutation.was[name], value)


def _of_deletion(entity: Entity, mutation: Mutation) -> Verdict:
    wanted = mutation.writes[DELETED]
    if wanted is entity.is_deleted:
        return _agreement(mutation, wanted)
    unknown = entity.unknown_to(mutation)
    if not wanted:
        return _revived(entity, mutation) if DELETED in unknown else Verdict(Word.STANDS, False)
    if not unknown:
        return Verdict(Word.STANDS, True)
    newest = max(unknown.values(), key=lambda state: state.number)
    row = _deletion_row(kept=newest.mutation, other=mutation.id)
    return Verdict(Word.LOSES, False, row)


def _shown_again(entity: Entity, mutation: Mutation) -> dict[str, Verdict]:
    """An edit that did not know of the deletion survives it, whatever becomes of its fields."""
    if entity.is_deleted and DELETED in entity.unknown_to(mutation):
        return {DELETED: _revived(entity, mutation)}
    return {}


def _revived(entity: Entity, mutation: Mutation) -> Verdict:
    deletion = entity.fields[DELETED].mutation
    return Verdict(Word.WINS, False, _deletion_row(kept=mutation.id, other=deletion))


def _deletion_row(kept: str, other: str) -> Conflict:
    return Conflict(DELETED, False, False, True, kept, other, Policy.HOLD, is_open=True)


def _summed(entity: Entity, mutation: Mutation, verdicts: Mapping[str, Verdict]) -> Merged:
    written = {n: v.value for n, v in verdicts.items() if v.word in (Word.STANDS, Word.WINS)}
    return Merged(
        _outcome(entity, mutation, verdicts),
        fields=written,
        conflicts=tuple(v.conflict for v in verdicts.values() if v.conflict is not None),
        news=_news(entity, mutation, verdicts),
        settles=mutation.conflict,
    )


def _outcome(entity: Entity, mutation: Mutation, verdicts: Mapping[str, Verdict]) -> Outcome:
    if any(verdict.word is Word.LOSES for verdict in verdicts.values()):
        return Outcome.CONFLICT
    return Outcome.MERGED if entity.unknown_to(mutation) else Outcome.APPLIED


def _news(entity: Entity, mutation: Mutation, verdicts: Mapping[str, Verdict]) -> dict[str, Json]:
    """Values the device neither sent nor saw; a row it skips must have told it nothing else."""
    unknown = {name: state.value for name, state in entity.unknown_to(mutation).items()}
    now = unknown | {name: verdict.value for name, verdict in verdicts.items()}
    sent = mutation.writes
    return {n: value for n, value in now.items() if n not in sent or not same(sent[n], value)}
