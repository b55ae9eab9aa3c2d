"""What the replication asks of a slice for each kind of offline mutation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from server.domain.access import Actor
from sync.policy import KindRules
from sync.values import Json, same


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


def untold(document: Mapping[str, Any], sent: Mapping[str, Json], *known: str) -> dict[str, Json]:
    """What the document of a new entity holds otherwise than it was sent: its news.

    Its id, and who wrote it, a device knows by itself, and what `known` names beside. A field that
    was not sent is blank there.
    """
    there = {"id", "by", "by_name", *known}
    return {
        name: value
        for name, value in document.items()
        if name not in there and not _is_told(sent.get(name), value)
    }


def _is_told(sent: Any, stands: Any) -> bool:
    if sent is None or stands is None:
        return not sent and not stands
    if same(sent, stands):
        return True
    try:
        return dt.datetime.fromisoformat(sent) == dt.datetime.fromisoformat(stands)
    except (TypeError, ValueError):
        return False


class Waits(Exception):
    """Raised by a write that leaves nothing behind: the mutation is held whole for a person.

    `reason` is a code, `about` the id of what it collides with, for those who decide.
    """

    def __init__(self, reason: str, about: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.about = about


@dataclass(frozen=True, slots=True)
class MutationKind:
    """How one kind is merged, found and written.

    `find(session, actor, entity_id)` gives None for what is not known, and what is there whoever
    holds it: the push asks for reach. `write(session, actor, write)` raises `Invalid`,
    `NotAllowed`, `NotFound` or `Conflict`: the mutation is then rejected with the reason, whole
    and visible; or `Waits`.

    `known` names the fields there are (empty: all); others are set aside. `judges_place`: the
    write itself decides what becomes of an entry about somebody else's customer (money is never
    refused). `tells_creation`: what was sent and the news are the whole document of a new entity,
    so the device need not pull it. `find_many` reads many at once, for a long push. `write_many`
    writes many of different entities in fewer statements, and raises whatever it likes where one of
    them is not as usual: it is undone and each is written by itself.
    """

    rules: KindRules
    find: Callable[[Session, Actor, str], Found | None]
    write: Callable[[Session, Actor, Write], Written]
    known: frozenset[str] = frozenset()
    judges_place: bool = False
    tells_creation: bool = False
    find_many: Callable[[Session, Actor, Collection[str]], Mapping[str, Found]] | None = None
    write_many: Callable[[Session, Actor, Sequence[Write]], Sequence[Written]] | None = None
