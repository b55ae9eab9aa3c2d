"""What a database says of itself: its revision, rows, audit chain, feed, and the files it names."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, inspect, select, table, text, union

from server.attachments.models import ArrivedFile, Attachment
from server.attachments.queries.files import FOLDER as ATTACHMENTS
from server.database.models import Counter
from server.database.record import SPACE
from server.intake.models import ImportRun
from server.intake.queries.runs import FOLDER as IMPORTS
from server.replication.models.devices import FeedLife

_ROWS_A_READ: Final = 1000
_UNDER_WAY: Final = ("uploaded", "reading", "previewed", "importing")
_PATH: Final = re.compile(
    rf"{ATTACHMENTS}/[0-9a-f]{{2}}/[0-9a-f]{{64}}|{IMPORTS}/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A database at one moment. `rows` by table; `files` counts the attachments it names."""

    revision: str
    rows: Mapping[str, int]
    audited: int
    audit_head: str
    feed_number: int
    epoch: str
    files: int


def standing_of(connection: Connection) -> Standing:
    """How a database stands, read in the connection's snapshot."""
    counter = connection.execute(
        select(Counter.audited, Counter.audit_head, Counter.changed).where(Counter.space == SPACE)
    ).one_or_none()
    epoch = connection.scalar(select(FeedLife.epoch).where(FeedLife.space == SPACE))
    named = _attachments().subquery()
    return Standing(
        revision=revision_of(connection),
        rows=count_rows(connection),
        audited=counter.audited if counter else 0,
        audit_head=counter.audit_head if counter else "",
        feed_number=counter.changed if counter else 0,
        epoch=epoch or "",
        files=connection.scalar(select(func.count()).select_from(named)) or 0,
    )


def revision_of(connection: Connection) -> str:
    """The revision of its schema; "" before the first migration."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def count_rows(connection: Connection) -> dict[str, int]:
    """Rows by table, of every table there is."""
    names = sorted(inspect(connection).get_table_names())
    return {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in names
    }


def is_empty(connection: Connection) -> bool:
    """Whether nobody ever worked with it: no table, or neither staff nor an audit entry."""
    found = inspect(connection)
    return not any(
        found.has_table(name) and connection.scalar(text(f"SELECT EXISTS (SELECT 1 FROM {name})"))  # noqa: S608 (two names of ours)
        for name in ("users", "audit_entries")
    )


def files_named(connection: Connection) -> Generator[tuple[str, bool]]:
    """The files that a database names: the path in the data folder, and whether it must be there.

    Attachments by name, then ledgers that are on their way in: those go when their run ends.
    """
    stream = connection.execution_options(yield_per=_ROWS_A_READ)
    with stream.execute(_attachments()) as rows:
        for (sha256,) in rows:
            yield f"{ATTACHMENTS}/{sha256[:2]}/{sha256}", True
    runs = select(ImportRun.id).where(ImportRun.status.in_(_UNDER_WAY)).order_by(ImportRun.id)
    with stream.execute(runs) as rows:
        for (run_id,) in rows:
            yield f"{IMPORTS}/{run_id}", False


def is_path(name: str) -> bool:
    """Whether a name is the path of such a file, and nothing else."""
    return _PATH.fullmatch(name) is not None


def _attachments() -> Any:
    return union(select(Attachment.sha256), select(ArrivedFile.sha256)).order_by("sha256")
