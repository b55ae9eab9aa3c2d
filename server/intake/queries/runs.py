"""The runs of imports as pages show them, their rows, and the sealed files behind them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import and_, func, select, true
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.crypto import keyring
from server.database.paging import Page, read_cursor, write_cursor
from server.domain.access import Actor, Permission, Role
from server.domain.errors import Invalid, NotFound
from server.intake.models import ImportRow, ImportRun

FOLDER: Final = "imports"
WORKING: Final = ("reading", "importing")
OPEN: Final = ("uploaded", "reading", "previewed", "importing")
ROWS_A_PAGE: Final = 50
_RUNS_A_PAGE: Final = 30


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as a page shows it.

    `columns` are the sheet's as they were seen, `sheet` says which and what its titles tell,
    `choices` what the person chose, `counts` the figures of the preview (`preview`), of the
    import (`imported`) and of the whole file (`survey`).
    """

    id: str
    branch_id: str | None
    file_name: str
    status: str
    columns: list[dict[str, Any]]
    sheet: dict[str, Any]
    choices: dict[str, Any]
    counts: dict[str, Any]
    progress: int
    total: int
    cancel_wanted: bool
    error: Invalid | None
    created_by: str | None
    person: str | None
    created_at: dt.datetime
    heartbeat_at: dt.datetime | None
    finished_at: dt.datetime | None

    @property
    def is_working(self) -> bool:
        """Whether the worker has it, or is to take it up."""
        return self.status in WORKING

    @property
    def file_is_kept(self) -> bool:
        """Whether the sealed upload is still there (it is swept after thirty days)."""
        return not self.sheet.get("swept", False)


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A row that a person should look at: `{field, reason, detail, remark, cell}` each."""

    row_no: int
    outcome: str
    reasons: list[dict[str, Any]]


def list_runs(
    session: Session, actor: Actor, *, after: str | None = None, before: str | None = None
) -> Page[RunRow]:
    """The runs an actor may see, the newest first."""
    actor.require(Permission.INTAKE_IMPORT)
    query = _runs().where(_within_reach(actor))
    descending = before is None
    if after or before:
        (key,) = read_cursor(after or before or "", 1)
        query = query.where(ImportRun.id < key if descending else ImportRun.id > key)
    order = ImportRun.id.desc() if descending else ImportRun.id
    found = [_row(*each) for each in session.execute(query.order_by(order).limit(_RUNS_A_PAGE + 1))]
    more, rows = len(found) > _RUNS_A_PAGE, found[:_RUNS_A_PAGE]
    if not descending:
        rows.reverse()
    has_older = more if descending else True
    has_newer = bool(after) if descending else more
    return Page(
        rows,
        following=write_cursor(rows[-1].id) if rows and has_older else None,
        preceding=write_cursor(rows[0].id) if rows and has_newer else None,
    )


def find_run(session: Session, actor: Actor, run_id: str) -> RunRow:
    """One run. Raises `NotAllowed`, and `NotFound` for one out of reach."""
    actor.require(Permission.INTAKE_IMPORT)
    found = session.execute(
        _runs().where(ImportRun.id == run_id, _within_reach(actor))
    ).one_or_none()
    if found is None:
        raise NotFound("import", run_id)
    return _row(*found)


def told_rows(
    session: Session,
    run_id: str,
    *,
    refused: bool,
    after: str | None = None,
    before: str | None = None,
    limit: int = ROWS_A_PAGE,
) -> Page[ToldRow]:
    """The refused rows of a run, or those that went in with a remark, in the sheet's order."""
    is_refused = ImportRow.outcome == "refused"
    query = select(ImportRow).where(
        ImportRow.run_id == run_id, is_refused if refused else ~is_refused
    )
    ascending = before is None
    if after or before:
        (key,) = read_cursor(after or before or "", 1)
        if not isinstance(key, int):
            raise Invalid("cursor", "unreadable")
        query = query.where(ImportRow.row_no > key if ascending else ImportRow.row_no < key)
    order = ImportRow.row_no if ascending else ImportRow.row_no.desc()
    kept = list(session.scalars(query.order_by(order).limit(limit + 1)))
    more, kept = len(kept) > limit, kept[:limit]
    if not ascending:
        kept.reverse()
    rows = [ToldRow(each.row_no, each.outcome, each.reasons) for each in kept]
    has_next = more if ascending else True
    has_previous = bool(after) if ascending else more
    return Page(
        rows,
        following=write_cursor(rows[-1].row_no) if rows and has_next else None,
        preceding=write_cursor(rows[0].row_no) if rows and has_previous else None,
    )


def runs_at_work(session: Session, actor: Actor) -> int:
    """How many runs wait for the worker or are at work, within the actor's branch."""
    query = select(func.count()).select_from(ImportRun).where(ImportRun.status.in_(WORKING))
    if actor.branch_id is not None:
        query = query.where(ImportRun.branch_id == actor.branch_id)
    return session.scalar(query) or 0


def refused_reasons(session: Session, run_id: str) -> dict[int, list[dict[str, Any]]]:
    """Why each refused row of a run was refused, by row number."""
    rows = session.execute(
        select(ImportRow.row_no, ImportRow.reasons)
        .where(ImportRow.run_id == run_id, ImportRow.outcome == "refused")
        .order_by(ImportRow.row_no)
    )
    return {each.row_no: each.reasons for each in rows}


def upload_path(data_dir: Path, run_id: str) -> Path:
    """The place of a run's sealed file: named by the run's id, never by what it was called."""
    return data_dir / FOLDER / run_id


def seal_place(run_id: str) -> str:
    """What the seal of a file is bound to."""
    return f"import_runs.file:{run_id}"


def sealed_uploads(data_dir: Path) -> Iterator[tuple[Path, str]]:
    """Every file of a run with the place of its seal."""
    for path in sorted((data_dir / FOLDER).glob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path, seal_place(path.name)


def read_upload(data_dir: Path, run_id: str) -> bytes:
    """Open a run's file. Raises `Invalid("file", "lost")` when it is gone or altered."""
    try:
        sealed = upload_path(data_dir, run_id).read_bytes()
        return keyring.active().open_bytes(sealed, seal_place(run_id))
    except (OSError, keyring.SealBroken):
        raise Invalid("file", "lost") from None


def write_error(refusal: Invalid) -> str:
    """A refusal as the run's row keeps it."""
    detail = {name: str(value)[:80] for name, value in refusal.detail.items()}
    return json.dumps([refusal.field, refusal.reason, detail], ensure_ascii=False)[:500]


def _read_error(text: str) -> Invalid | None:
    if not text:
        return None
    try:
        field, reason, detail = json.loads(text)
    except ValueError:
        return Invalid("run", "broken")
    return Invalid(field, reason, **detail)


def _within_reach(actor: Actor) -> Any:
    """One's own runs; a manager's whole branch, and from the head office every branch."""
    own = ImportRun.created_by == actor.user_id
    if actor.branch_id is None:
        return true() if actor.role is Role.MANAGER else own
    here = ImportRun.branch_id == actor.branch_id
    return here if actor.role is Role.MANAGER else and_(own, here)


def _runs() -> Any:
    return select(ImportRun, User.display_name).outerjoin(User, User.id == ImportRun.created_by)


def _row(run: ImportRun, person: str | None) -> RunRow:
    return RunRow(
        id=run.id,
        branch_id=run.branch_id,
        file_name=run.file_name,
        status=run.status,
        columns=run.headers,
        sheet=run.mapping,
        choices=run.choices,
        counts=run.counts,
        progress=run.progress,
        total=run.total,
        cancel_wanted=run.cancel_wanted,
        error=_read_error(run.error),
        created_by=run.created_by,
        person=person,
        created_at=run.created_at,
        heartbeat_at=run.heartbeat_at,
        finished_at=run.finished_at,
    )
