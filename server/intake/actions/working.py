"""The worker's part of an import run: claimed, previewed or brought in, taken over from the dead.

A run that waits for the worker (`reading` for its preview, `importing`) has no heartbeat; who
claims it writes one by a conditional UPDATE and renews it with every chunk, in the chunk's own
transaction. A heartbeat older than two minutes is taken over: rows that are in are unchanged the
second time and their count stands, and whoever lost the run writes no further chunk.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, delete, or_, select, update
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.database import record
from server.database.bulk import insert_rows
from server.database.engine import begin_writing, gather_statistics
from server.domain.access import Actor, Role
from server.domain.errors import Invalid, NotAllowed
from server.domain.ledger.cells import as_text, word_key
from server.domain.ledger.columns import BY_FIELD
from server.domain.ledger.rows import Fault
from server.intake.actions.choices import Choices, Surroundings, read_choices
from server.intake.actions.from_file import notes_on, setting_of
from server.intake.actions.laying import REFUSED, Outcome
from server.intake.actions.opening import Opened, open_ledger
from server.intake.actions.places import surroundings
from server.intake.actions.running import Steps, Totals, run_rows
from server.intake.actions.surveying import Survey, survey, unknown_words
from server.intake.actions.uploads import masked_cell, require_import
from server.intake.models import ImportRow, ImportRun
from server.intake.queries.runs import WORKING, read_upload, write_error

STALE_AFTER: Final = dt.timedelta(minutes=2)
_MOST_CLAIMS: Final = 5
_MOST_TOLD_ROWS: Final = 20_000
_CHUNKS_A_COMMIT: Final = 1
"""The desk works on meanwhile: nobody is to wait for more than a chunk."""
_PLACES: Final = ("branch", "officer", "product")
Clock = Callable[[], dt.datetime]
GoesOn = Callable[[], bool]


class RunLost(Exception):
    """Another worker took the run over, or it is gone: nothing more is to be written for it."""


def work_next_run(
    session: Session, actor: Actor, data_dir: Path, clock: Clock, goes_on: GoesOn = lambda: True
) -> int:
    """Take up the run that waits longest and work it to its end; 1, or 0 where none waits.

    Commits after every chunk, as `run_rows` does. `clock` gives the moment: a run may take long.
    Once `goes_on` says no, the run is given back after the chunk for the next worker to go on.
    """
    claimed = _claim(session, clock())
    if claimed is None:
        return 0
    try:
        _Work(session, actor, claimed, data_dir, clock, goes_on).run()
    except RunLost:
        session.rollback()
    except (Invalid, NotAllowed) as refusal:
        told = refusal if isinstance(refusal, Invalid) else Invalid("run", "not_allowed")
        _fail(session, actor, claimed, told, clock())
    except Exception:
        _fail(session, actor, claimed, Invalid("run", "broken"), clock())
        raise
    return 1


def _claim(session: Session, now: dt.datetime) -> str | None:
    """Claim a run by a conditional UPDATE: of two workers one gets it."""
    waits = or_(ImportRun.heartbeat_at.is_(None), ImportRun.heartbeat_at < now - STALE_AFTER)
    query = select(ImportRun.id).where(ImportRun.status.in_(WORKING), waits).order_by(ImportRun.id)
    waiting = session.scalars(query).all()
    session.rollback()
    for run_id in waiting:
        begin_writing(session)
        claimed = session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.status.in_(WORKING), waits)
            .values(heartbeat_at=now)
            .returning(ImportRun.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        session.commit()
        if claimed is not None:
            return run_id
    return None


def _fail(session: Session, actor: Actor, run_id: str, refusal: Invalid, now: dt.datetime) -> None:
    begin_writing(session)
    run = session.get(ImportRun, run_id, populate_existing=True)
    if run is not None and run.status in WORKING:
        run.status, run.error, run.finished_at = "failed", write_error(refusal), now
        record.note(
            session,
            replace(actor, now=now),
            "import.fail",
            ("import", run_id),
            branch_id=run.branch_id,
        )
    session.commit()


@dataclass(slots=True)
class _Kept:
    """What a run's row held when it was claimed."""

    file_name: str
    branch_id: str | None
    status: str
    choices: Choices
    counts: dict[str, Any]
    progress: int
    heartbeat_at: dt.datetime | None


class _Work:
    """One claimed run."""

    def __init__(
        self,
        session: Session,
        worker: Actor,
        run_id: str,
        data_dir: Path,
        clock: Clock,
        goes_on: GoesOn,
    ) -> None:
        self.session, self.worker, self.run_id = session, worker, run_id
        self.data_dir, self.clock, self.goes_on = data_dir, clock, goes_on

    def run(self) -> None:
        """Make the preview, or bring the rows in."""
        kept, person = self._open_row()
        content = read_upload(self.data_dir, self.run_id)
        around = surroundings(self.session, person)
        opened = open_ledger(content, kept.file_name, kept.choices, around)
        found = survey(opened, kept.choices, around, person.today)
        setting = setting_of(self.session, person, opened, found, around, kept.choices)
        del content
        self.session.rollback()
        is_preview = kept.status == "reading"
        base = 0 if is_preview else kept.progress
        counts = {} if is_preview else kept.counts.get("imported", {})
        keeping = _Keeping(self, kept, opened, base, Counter(counts))
        keeping.begin(found, _survey_document(opened, found, kept, around, setting.as_of))
        if not is_preview and kept.choices.all_or_none and base == 0:
            self._all_or_none(keeping, person, opened, setting, found)
        steps = Steps(keeping.each_chunk, keeping.goes_on, _CHUNKS_A_COMMIT)
        run_rows(
            self.session, person, opened, setting, dry=is_preview, steps=steps, rows=found.rows
        )
        keeping.finish(person)
        if not is_preview:
            begin_writing(self.session)
            gather_statistics(self.session)
            self.session.commit()

    def _all_or_none(
        self, keeping: _Keeping, person: Actor, opened: Opened, setting: Any, found: Survey
    ) -> None:
        """Look once more before the first row goes in: the ledger may have moved on."""
        steps = Steps(keeping.beat, keeping.goes_on, _CHUNKS_A_COMMIT)
        totals = run_rows(
            self.session, person, opened, setting, dry=True, steps=steps, rows=found.rows
        )
        if totals.counts[REFUSED]:
            raise Invalid("run", "rows_refused", count=totals.counts[REFUSED])
        if not keeping.goes_on(totals):
            keeping.finish(person)
            raise RunLost(self.run_id)

    def _open_row(self) -> tuple[_Kept, Actor]:
        """The row as claimed, and the person who started it, as far as they still may."""
        begin_writing(self.session)
        run = self.session.get_one(ImportRun, self.run_id, populate_existing=True)
        claims = run.counts.get("claims", 0) + 1
        if claims > _MOST_CLAIMS:
            raise Invalid("run", "gave_up")
        run.counts = {**run.counts, "claims": claims}
        if run.status == "reading":
            self.session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
        user = self.session.get(User, run.created_by) if run.created_by else None
        if user is None or not user.active or user.branch_id != run.branch_id:
            raise Invalid("run", "not_allowed")
        person = replace(
            self.worker,
            user_id=user.id,
            name=user.display_name,
            role=Role(user.role),
            branch_id=user.branch_id,
            now=self.clock(),
        )
        require_import(person)
        kept = _Kept(
            run.file_name,
            run.branch_id,
            run.status,
            read_choices(run.choices),
            run.counts,
            run.progress,
            run.heartbeat_at,
        )
        self.session.commit()
        return kept, person


class _Keeping:
    """Writes what becomes of a run into its row, in the transaction of each chunk."""

    def __init__(
        self, work: _Work, kept: _Kept, opened: Opened, base: int, counts: Counter[str]
    ) -> None:
        self.session, self.run_id, self.clock = work.session, work.run_id, work.clock
        self.worker_goes_on = work.goes_on
        self.kept, self.base, self.counts = kept, base, counts
        self.heartbeat, self.document = kept.heartbeat_at, dict(kept.counts)
        self.key = "preview" if kept.status == "reading" else "imported"
        self.cancelled, self.done, self.total, self.told = False, base, 0, 0
        self.cells = _Cells(opened)

    def begin(self, found: Survey, document: dict[str, Any]) -> None:
        """Say how many rows there are, and what the whole file shows."""
        self.total = found.rows
        self.document = {**self.document, "survey": document}
        begin_writing(self.session)
        self._write()
        self.session.commit()

    def beat(self, _outcomes: list[Outcome], _totals: Totals) -> None:
        """Renew the heartbeat alone."""
        self._write()

    def each_chunk(self, outcomes: list[Outcome], totals: Totals) -> None:
        """Count a chunk. One that an earlier worker brought in is counted already."""
        if totals.done > self.base:
            self.done = totals.done
            self.document["claims"] = 0
            self._count(outcomes)
        self._write()

    def goes_on(self, _totals: Totals) -> bool:
        """Whether nobody wants the run or the worker stopped."""
        return not self.cancelled and self.worker_goes_on()

    def finish(self, person: Actor) -> None:
        """Write the end: previewed, done, stopped between; or give the run back unfinished."""
        if self.done < self.total and not self.cancelled and not self.worker_goes_on():
            self._give_back()
            return
        stopped = self.cancelled and self.done < self.total
        if self.key == "preview":
            status = "uploaded" if stopped else "previewed"
        else:
            status = "cancelled" if stopped else "done"
        begin_writing(self.session)
        now = self.clock()
        ended = {"finished_at": now} if status in {"done", "cancelled"} else {}
        self._write(status=status, cancel_wanted=False, **ended)
        if self.key == "imported":
            record.note(
                self.session,
                replace(person, now=now),
                "import.finish",
                ("import", self.run_id),
                branch_id=self.kept.branch_id,
                changes={
                    name: [None, count] for name, count in self.counts.items() if name != "remarked"
                },
            )
        self.session.commit()

    def _give_back(self) -> None:
        begin_writing(self.session)
        self._write()
        self.session.execute(
            update(ImportRun).where(ImportRun.id == self.run_id).values(heartbeat_at=None)
        )
        self.session.commit()
        raise RunLost(self.run_id)

    def _count(self, outcomes: list[Outcome]) -> None:
        rows = []
        for each in outcomes:
            self.counts[each.outcome] += 1
            if each.outcome != REFUSED and each.remarks:
                self.counts["remarked"] += 1
            if (each.faults or each.remarks) and self.told < _MOST_TOLD_ROWS:
                self.told += 1
                rows.append(self._told_row(each))
        table = ImportRow.__table__
        if isinstance(table, Table):
            insert_rows(self.session, table, rows)

    def _told_row(self, outcome: Outcome) -> dict[str, Any]:
        cells = self.cells.of(outcome.row_no)
        return {
            "run_id": self.run_id,
            "row_no": outcome.row_no,
            "outcome": outcome.outcome,
            "reasons": [
                *(_reason(fault, cells, is_remark=False) for fault in outcome.faults),
                *(_reason(remark, cells, is_remark=True) for remark in outcome.remarks),
            ],
        }

    def _write(self, **values: Any) -> None:
        """Renew the heartbeat; raises `RunLost` where somebody else's stands."""
        now = self.clock()
        self.document = {**self.document, self.key: dict(self.counts)}
        row = self.session.execute(
            update(ImportRun)
            .where(
                ImportRun.id == self.run_id,
                ImportRun.status == self.kept.status,
                ImportRun.heartbeat_at == self.heartbeat,
            )
            .values(
                heartbeat_at=now,
                progress=self.done,
                total=self.total,
                counts=self.document,
                **values,
            )
            .returning(ImportRun.cancel_wanted)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if row is None:
            raise RunLost(self.run_id)
        self.heartbeat = now
        self.cancelled = self.cancelled or row.cancel_wanted


class _Cells:
    """The cells of rows that are asked for from the top down, by field and masked."""

    def __init__(self, opened: Opened) -> None:
        self.fields = {source.field: source.place for source in opened.sources if source.field}
        self.rows: Iterator[tuple[int, Any, list[Any]]] = opened.numbered()
        self.current: tuple[int, list[Any]] = (0, [])

    def of(self, row_no: int) -> Mapping[str, str]:
        while self.current[0] < row_no:
            index, _kind, cells = next(self.rows, (row_no - 1, None, []))
            self.current = (index + 1, cells)
        cells = self.current[1]
        return {
            name: masked_cell(name, as_text(cells[place]))
            for name, place in self.fields.items()
            if place < len(cells) and cells[place] not in {"", None}
        }


def _reason(fault: Fault, cells: Mapping[str, str], *, is_remark: bool) -> dict[str, Any]:
    detail = {
        name: value if isinstance(value, str | int) else str(value)
        for name, value in fault.detail.items()
    }
    return {
        "field": fault.field,
        "reason": fault.reason,
        "detail": detail,
        "remark": is_remark,
        "cell": cells.get(fault.field, ""),
    }


def _survey_document(
    opened: Opened, found: Survey, kept: _Kept, around: Surroundings, as_of: dt.date
) -> dict[str, Any]:
    """What the whole file shows, for the pages: JSON, with no people in it."""
    unknown = unknown_words(found, kept.choices, around)
    chosen = {
        "branch": kept.choices.branches,
        "officer": kept.choices.officers,
        "product": kept.choices.products,
        **kept.choices.words,
    }
    # A word that was given a meaning stays on the form, so that the meaning can be changed.
    words = {name: list(found.words.get(name, ())) for name in found.words}
    for name in _PLACES:
        given = {word_key(word) for word in chosen.get(name, ())}
        words[name] = [
            word
            for word in found.words.get(name, ())
            if word in unknown[name] or word_key(word) in given
        ]
    for name, given_words in kept.choices.words.items():
        shown = {word_key(word) for word in words.get(name, ())}
        words[name] = [*words.get(name, ()), *(w for w in given_words if w not in shown)]
    return {
        "rows": found.rows,
        "skipped": dict(found.skipped),
        "words": {name: listed for name, listed in words.items() if listed},
        "assumed": {name: list(each) for name, each in found.assumed.items()},
        "sums": [
            [name, found.sums[name], found.totals.get(name)]
            for name in BY_FIELD
            if name in found.sums
        ],
        "notes": [
            [name, detail] for name, detail in notes_on(opened, found) if name != "total_differs"
        ],
        "as_of": as_of.isoformat(),
    }
