"""What the replication asks of a slice for each kind of offline mutation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from server.domain.access import Actor
from sync.policy import KindRules
from sync.values import Json


@dataclass(frozen=True, slots=True)
class Found:
    """An entity as it stands: its values as a device knows them, and who holds it.

    `portfolio` is the officer whose devices hold it, None where no device does.
    """

    values: Mapping[str, Json]
    branch_id: str
    portfolio: str | None


@dataclass(frozen=True, slots=True)
class Write:
    """The fields of a mutation that the merge lets stand, to be written by an action."""

    entity_id: str
    op: str
    fields: Mapping[str, Json]
    mutation_id: str
    device: str
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Written:
    """What the write gave: values of the server's own (numbers, codes).

    `held` is a reason where it was kept but waits for a person.
    """

    news: Mapping[str, Json] = field(default_factory=dict)
    held: str = ""


@dataclass(frozen=True, slots=True)
class MutationKind:
    """How one kind is merged, found and written.

    `find(session, actor, entity_id)` gives None for what is not known. `write(session, actor,
    write)` raises `Invalid`, `NotAllowed`, `NotFound` or `Conflict`: the mutation is then rejected
    with the reason, whole and visible.
    """

    rules: KindRules
    find: Callable[[Session, Actor, str], Found | None]
    write: Callable[[Session, Actor, Write], Written]
