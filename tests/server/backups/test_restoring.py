"""Restoring: what takes the place of what, what is refused, and that nothing is touched before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text

from server.accounts.models import User, UserSession
from server.attachments.actions import file_arrived
from server.attachments.models import ArrivedFile, Attachment
from server.attachments.queries.files import file_path, read_file
from server.backups import actions
from server.backups.actions import Around, Wish, postgres, restoring, schema
from server.backups.actions.around import engine_of
from server.backups.models import Backup
from server.customers.models import Customer
from server.database import record
from server.database.engine import begin_writing
from server.database.models import AuditEntry
from server.replication.actions.devices import EnrolDevice, enrol_device, revoke_device
from server.replication.models.devices import Device, FeedLife
from tests.postgres import Postgres
from tests.server.backups.test_making import refusal_of
from tests.server.backups.vault import (
    OPERATOR,
    PNG,
    around_of,
    backed_up,
    file_of,
    fill,
    restore,
    source_of,
    statements,
)
from tests.server.bank import Bank, add_borrower


def count(bank: Bank, model: Any) -> int:
    bank.session.rollback()
    return bank.session.scalar(select(func.count()).select_from(model)) or 0


def test_what_was_is_again_and_what_came_after_is_kept_aside(app: Flask, bank: Bank) -> None:
    fill(bank, app)
    before, around = statements(bank), around_of(app)
    audited = count(bank, AuditEntry)
    row = backed_up(bank, around)
    begin_writing(bank.session)
    add_borrower(bank, "后来人")
    bank.session.commit()
    done = restore(bank, around, row.name)
    assert statements(bank) == before
    assert count(bank, Customer) == 3
    assert record.first_broken_entry(bank.session)[1] is None
    assert count(bank, AuditEntry) == audited + 2
    told = bank.session.scalars(
        select(AuditEntry.action).order_by(AuditEntry.number.desc()).limit(2)
    )
    assert set(told) == {"backup.restore", "feed.restore"}
    life = bank.session.get_one(FeedLife, record.SPACE)
    assert (life.epoch, record.last_number(bank.session)) == (done.epoch, done.number)
    assert rows_aside(bank, done.aside) == 4
    restored = bank.session.scalars(select(Backup).where(Backup.name == row.name)).one()
    assert (restored.state, restored.verified_how) == ("good", "whole")
    drop_aside(bank, done.aside)


def rows_aside(bank: Bank, aside: str) -> int:
    """Customers of the database that was replaced."""
    url = engine_of(bank.session).url
    file = url.get_backend_name() == "sqlite"
    engine = create_engine(url.set(database=aside))
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM customers"))
    engine.dispose()
    assert not file or Path(aside).parent == Path(url.database or "").parent
    return int(found or 0)


def drop_aside(bank: Bank, aside: str) -> None:
    engine = engine_of(bank.session)
    if engine.dialect.name == "postgresql":
        postgres.drop_database(engine.url, aside)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nobody_is_signed_in_afterwards(app: Flask, bank: Bank, sign_in: Any) -> None:
    around = around_of(app)
    browser = sign_in("manager")
    row = backed_up(bank, around)
    assert browser.get("/").status_code == 200
    done = restore(bank, around, row.name)
    open_ones = select(func.count()).where(UserSession.ended_at.is_(None))
    assert bank.session.scalar(open_ones) == 0
    assert browser.get("/").status_code == 302
    drop_aside(bank, done.aside)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_lost_access_after_the_backup_does_not_get_it_back(app: Flask, bank: Bank) -> None:
    chief, around = bank.actor("chief"), around_of(app)
    officer = bank.actor("officer")
    lost = enrol_device(bank.session, officer, EnrolDevice("丢了的平板")).device_id
    kept = enrol_device(bank.session, officer, EnrolDevice("还在的平板")).device_id
    bank.session.commit()
    row = backed_up(bank, around)
    begin_writing(bank.session)
    revoke_device(bank.session, chief, lost, "lost")
    bank.session.get_one(User, bank.people["officer2"]).active = False
    bank.session.commit()
    done = restore(bank, around, row.name)
    assert bank.session.get_one(Device, lost).revoked_kind == "lost"
    assert bank.session.get_one(Device, kept).revoked_kind is None
    assert not bank.session.get_one(User, bank.people["officer2"]).active
    told = select(AuditEntry.entity).where(AuditEntry.action == "backup.carry")
    assert sorted(bank.session.scalars(told)) == ["device", "user"]
    drop_aside(bank, done.aside)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bank_is_replaced_only_when_that_is_said(app: Flask, bank: Bank) -> None:
    fill(bank, app, 1)
    around = around_of(app)
    row = backed_up(bank, around)
    before = count(bank, AuditEntry)
    assert refusal_of(lambda: restore(bank, around, row.name, replace=False)) == "not_empty"
    assert count(bank, AuditEntry) == before


def test_a_database_that_is_in_use_is_left_alone_unless_forced(app: Flask, bank: Bank) -> None:
    around = around_of(app)
    row = backed_up(bank, around)
    other = create_engine(engine_of(bank.session).url)
    with other.connect() as connection:
        connection.execute(text("SELECT count(*) FROM users")).all()
        connection.rollback()
        assert refusal_of(lambda: restore(bank, around, row.name)) == "in_use"
        done = restore(bank, around, row.name, force=True)
    other.dispose()
    assert count(bank, Customer) == 0
    drop_aside(bank, done.aside)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_files_come_back_and_none_is_deleted(app: Flask, bank: Bank) -> None:
    fill(bank, app)
    around = around_of(app)
    row = backed_up(bank, around)
    bank.session.rollback()
    gone, bad, _ = bank.session.scalars(select(Attachment.sha256).order_by("sha256")).all()
    data_dir = app.config["DATA_DIR"]
    file_path(data_dir, gone).unlink()
    file_path(data_dir, bad).write_bytes(b"rotten")
    later = data_dir / "attachments" / "ff"
    later.mkdir(exist_ok=True)
    (later / "note.txt").write_text("ours")
    done = restore(bank, around, row.name)
    assert done.files == 2
    assert read_file(data_dir, gone).startswith(PNG)
    assert read_file(data_dir, bad).startswith(PNG)
    assert (later / "note.txt").exists()
    drop_aside(bank, done.aside)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_photos_that_came_after_the_backup_are_known_again(app: Flask, bank: Bank) -> None:
    around, data_dir = around_of(app), app.config["DATA_DIR"]
    row = backed_up(bank, around)
    begin_writing(bank.session)
    sha256 = file_arrived(bank.session, bank.actor("officer"), PNG + b"late", data_dir)
    bank.session.commit()
    stray = data_dir / "attachments" / "ab" / ("ab" * 32)
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"sealed by nobody")
    done = restore(bank, around, row.name)
    assert done.found == 1
    assert bank.session.scalars(select(ArrivedFile.sha256)).all() == [sha256]
    drop_aside(bank, done.aside)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_touched_by_a_backup_that_is_bad(app: Flask, bank: Bank) -> None:
    fill(bank, app)
    around = around_of(app)
    row = backed_up(bank, around)
    path = file_of(around, row.name)
    bank.session.rollback()
    engine_of(bank.session).dispose()
    file = Path(engine_of(bank.session).url.database or "")
    whole, live = path.read_bytes(), file.read_bytes()[100:]
    for place in range(0, len(whole), len(whole) // 12):
        bent = bytearray(whole)
        bent[place] ^= 0x10
        path.write_bytes(bytes(bent))
        assert refusal_of(lambda: restore(bank, around, row.name))
        assert file.read_bytes()[100:] == live
    path.write_bytes(whole[: len(whole) - 5000])
    assert refusal_of(lambda: restore(bank, around, row.name)) in {"damaged", "cut_short"}
    assert file.read_bytes()[100:] == live
    assert not [each for each in file.parent.iterdir() if "replaced" in each.name]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_new_machine_has_no_database_yet(app: Flask, bank: Bank, tmp_path: Path) -> None:
    fill(bank, app)
    before, around = statements(bank), around_of(app)
    row = backed_up(bank, around)
    file = Path(engine_of(bank.session).url.database or "")
    bank.session.rollback()
    engine_of(bank.session).dispose()
    file.unlink()
    fresh = Around(tmp_path / "fresh", around.settings, around.clock)
    done = actions.restore_backup(
        bank.session,
        OPERATOR,
        fresh,
        source_of(file_of(around, row.name)),
        Wish(row.name),
    )
    assert (done.aside, done.files) == ("", 3)
    assert statements(bank) == before


def test_a_backup_of_an_older_release_is_brought_up_to_date(
    app: Flask, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = around_of(app)
    row = backed_up(bank, around)
    newer = _with_another_revision(tmp_path / "migrations")
    monkeypatch.setattr(schema, "MIGRATIONS", newer)
    done = restore(bank, around, row.name)
    assert bank.session.scalar(text("SELECT version_num FROM alembic_version")) == "0002"
    assert bank.session.scalar(text("SELECT count(*) FROM later")) == 0
    drop_aside(bank, done.aside)
    young = backed_up(bank, around)
    monkeypatch.undo()
    around_of(app)
    assert refusal_of(lambda: restore(bank, around, young.name)) == "too_new"


def _with_another_revision(folder: Path) -> Path:
    """The migrations of a release to come."""
    import shutil

    shutil.copytree(schema.MIGRATIONS, folder)
    (folder / "versions" / "0002_later.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        'revision, down_revision = "0002", "0001"\n'
        "def upgrade():\n"
        '    op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))\n'
    )
    return folder


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_the_right_to_make_databases_an_empty_one_is_filled(
    app: Flask, bank: Bank, monkeypatch: pytest.MonkeyPatch, postgres: Postgres
) -> None:
    fill(bank, app)
    before, around = statements(bank), around_of(app)
    row = backed_up(bank, around)
    monkeypatch.setattr("server.backups.actions.postgres.may_create", lambda _: False)
    assert refusal_of(lambda: restore(bank, around, row.name)) == "no_right"
    named = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'ale%'"
    )
    tables = ", ".join(bank.session.scalars(text(named)))
    bank.session.execute(text(f"TRUNCATE {tables}"))
    bank.session.commit()
    done = restore(bank, around, row.name, replace=False)
    assert done.aside == ""
    assert statements(bank) == before
    assert record.first_broken_entry(bank.session)[1] is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_other_kind_of_database_is_refused(
    app: Flask, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = around_of(app)
    engine = engine_of(bank.session)
    other = "sqlite" if engine.dialect.name == "postgresql" else "postgresql"
    from server.backups.actions import writing

    manifest = writing._manifest
    monkeypatch.setattr(writing, "_manifest", lambda *given: manifest(*given) | {"database": other})
    row = backed_up(bank, around)
    assert refusal_of(lambda: restore(bank, around, row.name)) == "other_database"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_crash_between_database_and_files_has_harmed_nothing(
    app: Flask, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bank, app, 1)
    around = around_of(app)
    row = backed_up(bank, around)
    before = count(bank, AuditEntry)

    def crash(*_: Any) -> str:
        raise RuntimeError("the power went")

    monkeypatch.setattr(restoring, "_change_places", crash)
    with pytest.raises(RuntimeError):
        restore(bank, around, row.name)
    assert count(bank, AuditEntry) == before
