"""The office of the world: the real actions over a database of its own, without a web server.

`Line` is what a device has instead of a browser: the paths of the contract, answered by the actions
as the views would. What the network does to an answer is the world's business.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from server.accounts.models import User
from server.covers.queries import lent_to
from server.database import new_id, record
from server.database.engine import begin_reading, begin_writing, prepare_engine
from server.domain.access import Actor, Role
from server.replication.actions.days import roll_day
from server.replication.actions.keeping import keep_rows
from server.replication.actions.life import begin_life
from server.replication.actions.push import DeviceRefused, take_push
from server.replication.builders import builders
from server.replication.documents import Reader
from server.replication.documents import pull as pull_rows
from server.replication.models.devices import Device
from server.replication.queries.feed import Scope
from sync.chunks import LEAST
from sync.errors import Clone, Gap
from sync.push import read_push

ZONE = ZoneInfo("Asia/Shanghai")
PEOPLE = ("officer", "officer2")


class Cut(Exception):
    """The server died before it committed."""


@dataclass(frozen=True)
class Reply:
    """An answer, as much of it as a device looks at."""

    status_code: int
    told: Mapping[str, Any]

    def get_json(self, silent: bool = False) -> Mapping[str, Any]:
        """The answer as it travelled."""
        told: Mapping[str, Any] = json.loads(json.dumps(self.told))
        return told

    def get_data(self, as_text: bool = False) -> str:
        """For the message of a failed test."""
        return json.dumps(self.told)


@dataclass
class Office:
    """A database, its clock, and the staff by username."""

    url: str
    now: dt.datetime
    staff: dict[str, str] = field(default_factory=dict)
    crashes: bool = False
    after_push: Callable[[], None] = lambda: None
    engine: Engine = field(init=False)
    factory: sessionmaker[Session] = field(init=False)

    def __post_init__(self) -> None:
        self.engine = create_engine(self.url)
        prepare_engine(self.engine)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _carelessly)
        self.factory = sessionmaker(self.engine)
        record.install(self.factory)
        with self.reading() as session:
            self.staff = {row.username: row.id for row in session.query(User)}

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @property
    def now_ms(self) -> int:
        """The office's clock."""
        return int(self.now.timestamp() * 1000)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that changes nothing."""
        with self.factory() as session:
            begin_reading(session)
            yield session
            session.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One write transaction."""
        with self.factory() as session:
            begin_writing(session)
            yield session
            session.commit()

    def actor(self, session: Session, username: str) -> Actor:
        """Somebody acting now."""
        user = session.get_one(User, self.staff[username])
        return Actor(
            user.id,
            user.display_name,
            Role(user.role),
            user.branch_id,
            self.now,
            self.now.astimezone(ZONE).date(),
        )

    def enrol(self, username: str) -> str:
        """A new device of somebody's; gives its id."""
        with self.writing() as session:
            actor = self.actor(session, username)
            row = Device(
                id=new_id(),
                user_id=self.staff[username],
                branch_id=actor.branch_id,
                name="平板",
                last_contact_at=self.now,
                enrolled_at=self.now,
                lease_until=self.now,
            )
            session.add(row)
            session.flush()
            return row.id

    def revoke(self, device: str) -> None:
        """Take a device's access away."""
        with self.writing() as session:
            row = session.get_one(Device, device)
            row.revoked_at, row.revoked_kind = self.now, "access"

    def push(self, username: str, body: bytes) -> Reply:
        """Answer a push; with `crashes` the server dies before the commit."""
        given = read_push(body)
        try:
            with self.writing() as session:
                actor = self.actor(session, username)
                actor = replace(actor, origin=f"device:{given.device}")
                answer = take_push(session, actor, given, self.now_ms)
                if self.crashes:
                    raise Cut
        except Gap as gap:
            return Reply(409, {"error": "gap", "expected": gap.expected})
        except Clone:
            return Reply(409, {"error": "clone"})
        except DeviceRefused as refused:
            return Reply(403, {"error": refused.reason})
        self.after_push()
        if answer.quarantined is not None:
            return Reply(200, {"quarantined": answer.quarantined})
        told = {"results": answer.results, "stamp": answer.stamp, "last": answer.last}
        return Reply(200, told)

    def pull(self, username: str, device: str, cursor: str) -> Reply:
        """Answer a pull by small chunks."""
        user_id = self.staff[username]
        with self.writing() as session:
            begin_life(session, self.now)
            roll_day(session, user_id, self.now.astimezone(ZONE).date())
        with self.reading() as session:
            if session.get_one(Device, device).revoked_kind is not None:
                return Reply(403, {"error": "revoked"})
            actor = self.actor(session, username)
            reader = Reader(
                device,
                Scope(user_id, actor.branch_id, lent_to(session, user_id, actor.today)),
                builders("测试银行"),
                actor.today,
                "",
            )
            chunk = pull_rows(session, reader, cursor, LEAST)
        if chunk.made:
            with self.writing() as session:
                keep_rows(session, chunk.made)
        return Reply(200, json.loads(chunk.body))


@dataclass(frozen=True)
class Line:
    """What a device of somebody's speaks through."""

    office: Office
    username: str

    def post(self, path: str, *, data: bytes, **_headers: Any) -> Reply:
        """Push."""
        assert path == "/sync/v1/push"
        return self.office.push(self.username, data)

    def get(self, path: str, *, query_string: Mapping[str, Any], **_headers: Any) -> Reply:
        """Pull."""
        assert path == "/sync/v1/pull"
        return self.office.pull(self.username, query_string["device"], query_string["cursor"])


def _carelessly(connection: Any, _record: Any) -> None:
    """A database of a test survives no power cut."""
    connection.execute("PRAGMA synchronous=OFF")
