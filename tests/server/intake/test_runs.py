"""Runs in the worker's hands: claimed once, cancelled, killed and taken over, swept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.database.models import AuditEntry
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.intake import actions
from server.intake.actions import Choices, MapRun, UploadLedger, ahead
from server.intake.models import ImportRow, ImportRun
from server.intake.queries.runs import find_run, told_rows, upload_path
from server.jobs.door import job_actor
from server.loans.models import Loan
from tests.server.bank import Bank
from tests.server.intake.sheets import ledger_row, text_table

NOW = dt.datetime(2026, 3, 10, 2, 0, tzinfo=dt.UTC)
COLUMNS = {
    0: "customer_name",
    1: "id_no",
    2: "mobile",
    3: "contract_no",
    4: "principal_amount",
    5: "annual_rate",
    6: "disbursed_on",
    7: "term_months",
    8: "repay_method",
    9: "principal_balance",
}


class Killed(BaseException):
    """The process is gone."""


class Clock:
    """A clock that tests move by hand; every look is a second later."""

    def __init__(self) -> None:
        self.now = NOW
        self.looks = 0
        self.at_look: dict[int, Callable[[], None]] = {}

    def __call__(self) -> dt.datetime:
        self.looks += 1
        self.now += dt.timedelta(seconds=1)
        if self.looks in self.at_look:
            self.at_look[self.looks]()
        return self.now


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "CHUNK_ROWS", 2)


@pytest.fixture
def manager(bank: Bank) -> Actor:
    return bank.actor("manager")


@pytest.fixture
def data_dir(app: Flask) -> Path:
    folder: Path = app.config["DATA_DIR"]
    return folder


def worker() -> Actor:
    return job_actor(ZoneInfo("Asia/Shanghai"))


def add_run(
    session: Session,
    bank: Bank,
    actor: Actor,
    data_dir: Path,
    rows: int = 6,
    *,
    all_or_none: bool = False,
) -> str:
    """A run that waits for its preview."""
    content = text_table([ledger_row(n) for n in range(1, rows + 1)])
    seen = actions.look_over(session, actor, content, "台账.csv", Choices())
    run_id = actions.upload_ledger(
        session, actor, UploadLedger("台账.csv", content, seen), data_dir
    )
    choices = Choices(
        sheet="台账", columns=COLUMNS, product_id=bank.product_id, all_or_none=all_or_none
    )
    actions.map_run(session, actor, MapRun(run_id, choices))
    session.commit()
    return run_id


def started(session: Session, bank: Bank, actor: Actor, data_dir: Path, clock: Clock) -> str:
    run_id = add_run(session, bank, actor, data_dir)
    assert actions.work_next_run(session, worker(), data_dir, clock) == 1
    actions.start_run(session, actor, run_id)
    session.commit()
    clock.looks = 0
    return run_id


def row_of(session: Session, run_id: str) -> ImportRun:
    session.rollback()
    return session.get_one(ImportRun, run_id, populate_existing=True)


def loans(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Loan)) or 0


def test_nothing_waits_nothing_is_done(session: Session, bank: Bank, data_dir: Path) -> None:
    assert actions.work_next_run(session, worker(), data_dir, Clock()) == 0


def test_a_run_that_somebody_works_on_is_left_alone(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    run_id = add_run(session, bank, manager, data_dir)
    row_of(session, run_id).heartbeat_at = NOW
    session.commit()
    assert actions.work_next_run(session, worker(), data_dir, Clock()) == 0


def test_a_killed_run_is_taken_over_and_counts_as_if_nothing_had_been(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    clock = Clock()
    run_id = started(session, bank, manager, data_dir, clock)

    def kill() -> None:
        raise Killed

    # Looks: the claim, the person, the beginning, then one a chunk.
    clock.at_look[6] = kill
    with pytest.raises(Killed):
        actions.work_next_run(session, worker(), data_dir, clock)
    run = row_of(session, run_id)
    assert (run.status, run.progress, loans(session)) == ("importing", 4, 4)

    assert actions.work_next_run(session, worker(), data_dir, clock) == 0, "not stale yet"
    clock.now += dt.timedelta(minutes=3)
    assert actions.work_next_run(session, worker(), data_dir, clock) == 1
    run = row_of(session, run_id)
    assert (run.status, run.progress, loans(session)) == ("done", 6, 6)
    assert run.counts["imported"] == {"created": 6}


def test_who_lost_a_run_writes_no_further_chunk(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    clock = Clock()
    run_id = started(session, bank, manager, data_dir, clock)

    def another_takes_over() -> None:
        run = session.get_one(ImportRun, run_id, populate_existing=True)
        run.heartbeat_at = clock.now + dt.timedelta(minutes=5)
        session.flush()

    clock.at_look[5] = another_takes_over
    assert actions.work_next_run(session, worker(), data_dir, clock) == 1
    assert row_of(session, run_id).status == "importing"
    assert loans(session) == 2


def test_a_cancelled_run_stops_between_chunks_and_keeps_what_is_in(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    clock = Clock()
    run_id = started(session, bank, manager, data_dir, clock)

    def cancel() -> None:
        actions.cancel_run(session, manager, run_id)
        session.flush()

    clock.at_look[5] = cancel
    assert actions.work_next_run(session, worker(), data_dir, clock) == 1
    run = row_of(session, run_id)
    assert (run.status, run.progress, loans(session)) == ("cancelled", 4, 4)

    actions.reopen_run(session, manager, run_id)
    again = MapRun(run_id, actions.read_choices(run.choices))
    actions.map_run(session, manager, again)
    session.commit()
    actions.work_next_run(session, worker(), data_dir, clock)
    assert row_of(session, run_id).counts["preview"] == {"unchanged": 4, "created": 2}


def test_a_run_that_waits_is_cancelled_at_once(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    clock = Clock()
    run_id = started(session, bank, manager, data_dir, clock)
    actions.cancel_run(session, manager, run_id)
    session.commit()
    assert row_of(session, run_id).status == "cancelled"
    assert actions.work_next_run(session, worker(), data_dir, clock) == 0
    with pytest.raises(Invalid, match="finished"):
        actions.cancel_run(session, manager, run_id)


def test_a_stopping_worker_gives_the_run_back(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    clock = Clock()
    run_id = started(session, bank, manager, data_dir, clock)
    answers = iter([False, False, False])
    assert actions.work_next_run(session, worker(), data_dir, clock, lambda: next(answers)) == 1
    run = row_of(session, run_id)
    assert (run.status, run.heartbeat_at, run.progress) == ("importing", None, 2)
    assert actions.work_next_run(session, worker(), data_dir, clock) == 1
    run = row_of(session, run_id)
    assert (run.status, run.counts["imported"]) == ("done", {"created": 6})


def test_all_or_none_looks_again_before_the_first_row(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    clock = Clock()
    run_id = add_run(session, bank, manager, data_dir, all_or_none=True)
    actions.work_next_run(session, worker(), data_dir, clock)
    actions.start_run(session, manager, run_id)
    session.commit()
    row_of(session, run_id).heartbeat_at = clock.now + dt.timedelta(hours=1)
    session.commit()
    # Meanwhile another file brings one of the contracts in, for somebody else.
    other = text_table([ledger_row(1, 姓名="别人", 身份证号=ledger_row(77)[1])])
    seen = actions.look_over(session, manager, other, "别的.csv", Choices())
    upload = UploadLedger("别的.csv", other, seen)
    second = actions.upload_ledger(session, manager, upload, data_dir)
    choices = Choices(sheet="别的", columns=COLUMNS, product_id=bank.product_id)
    actions.map_run(session, manager, MapRun(second, choices))
    session.commit()
    actions.work_next_run(session, worker(), data_dir, clock)
    actions.start_run(session, manager, second)
    session.commit()
    actions.work_next_run(session, worker(), data_dir, clock)
    assert loans(session) == 1

    row_of(session, run_id).heartbeat_at = None
    session.commit()
    actions.work_next_run(session, worker(), data_dir, clock)
    run = find_run(session, manager, run_id)
    assert (run.status, run.error and run.error.reason) == ("failed", "rows_refused")
    assert loans(session) == 1


def test_a_person_who_may_no_longer_import_stops_the_run(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    run_id = add_run(session, bank, manager, data_dir)
    session.get_one(User, bank.people["manager"]).role = "officer"
    session.commit()
    assert actions.work_next_run(session, worker(), data_dir, Clock()) == 1
    run = find_run(session, bank.actor("chief"), run_id)
    assert (run.status, run.error and run.error.reason) == ("failed", "not_allowed")


def test_a_lost_file_fails_the_run_with_a_word(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    run_id = add_run(session, bank, manager, data_dir)
    upload_path(data_dir, run_id).unlink()
    assert actions.work_next_run(session, worker(), data_dir, Clock()) == 1
    run = find_run(session, manager, run_id)
    assert (run.status, run.error and run.error.reason) == ("failed", "lost")
    assert (
        session.scalars(select(AuditEntry).where(AuditEntry.action == "import.fail"))
        .one()
        .entity_id
        == run_id
    )


def test_a_run_that_kills_every_worker_is_given_up(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    run_id = add_run(session, bank, manager, data_dir)
    run = row_of(session, run_id)
    run.counts = {**run.counts, "claims": 5}
    session.commit()
    assert actions.work_next_run(session, worker(), data_dir, Clock()) == 1
    found = find_run(session, manager, run_id)
    assert (found.status, found.error and found.error.reason) == ("failed", "gave_up")


def test_a_fault_of_ours_fails_the_run_and_is_raised(
    session: Session,
    bank: Bank,
    manager: Actor,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_id = add_run(session, bank, manager, data_dir)

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("server.intake.actions.working.survey", broken)
    with pytest.raises(RuntimeError):
        actions.work_next_run(session, worker(), data_dir, Clock())
    assert find_run(session, manager, run_id).status == "failed"


def test_files_are_swept_after_thirty_days_and_the_run_stays(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    run_id = add_run(session, bank, manager, data_dir)
    late = bank.actor("manager", now=bank.actor("manager").now + dt.timedelta(days=31))
    assert actions.sweep_uploads(session, manager, data_dir) == 0
    assert actions.sweep_uploads(session, late, data_dir) == 1
    session.commit()
    assert actions.sweep_uploads(session, late, data_dir) == 0
    run = find_run(session, manager, run_id)
    assert not run.file_is_kept
    assert all(column["samples"] == [] for column in run.columns)
    assert not upload_path(data_dir, run_id).exists()


def test_told_rows_are_paged_in_the_sheets_order(
    session: Session, bank: Bank, manager: Actor, data_dir: Path
) -> None:
    run_id = add_run(session, bank, manager, data_dir)
    session.add_all(
        ImportRow(run_id=run_id, row_no=n, outcome="refused", reasons=[]) for n in range(2, 9)
    )
    session.commit()
    first = told_rows(session, run_id, refused=True, limit=3)
    second = told_rows(session, run_id, refused=True, after=first.following, limit=3)
    back = told_rows(session, run_id, refused=True, before=second.preceding, limit=3)
    assert [row.row_no for row in second.rows] == [5, 6, 7]
    assert [row.row_no for row in back.rows] == [2, 3, 4]
    assert first.preceding is None
