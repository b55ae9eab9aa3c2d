"""Making and verifying: what is in a backup, what is refused, and what a failure leaves behind."""

from __future__ import annotations

import errno
import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.attachments.models import Attachment
from server.attachments.queries.files import file_path
from server.backups import actions
from server.backups.actions import making, postgres, schema, writing
from server.backups.actions.archive import ArchiveReader
from server.backups.actions.around import alone, engine_of
from server.backups.models import Backup
from server.backups.refusals import BackupRefused
from server.crypto import keyring
from server.crypto.keyring import new_keyring_text, read_keyring
from server.crypto.streams import new_stream_keys_text, read_stream_keys
from server.database.models import AuditEntry
from server.database.notices import Notice
from tests.server.backups.vault import KEY, around_of, backed_up, file_of, fill
from tests.server.bank import Bank


def refusal_of(act: Any) -> str:
    with pytest.raises(BackupRefused) as refused:
        act()
    return refused.value.reason


def entries_of(path: Path) -> list[tuple[str, str, bytes]]:
    with path.open("rb") as stream:
        reader = ArchiveReader(stream, read_stream_keys(KEY))
        return [(e.kind, e.name, b"".join(e.pieces)) for e in reader.entries()]


def test_a_backup_holds_the_manifest_the_database_and_the_files(app: Flask, bank: Bank) -> None:
    fill(bank, app)
    around = around_of(app)
    row = backed_up(bank, around)
    path = file_of(around, row.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert row.size == path.stat().st_size
    entries = entries_of(path)
    assert [kind for kind, _, _ in entries] == ["manifest", "database", *["file"] * 3, "end"]
    manifest = json.loads(entries[0][2])
    assert (
        manifest["database"]
        == app.config["SQLALCHEMY_DATABASE_URI"].partition(":")[0].partition("+")[0]
    )
    assert (manifest["rows"]["loans"], manifest["files"]) == (3, 3)
    assert manifest["audited"] == row.audited
    assert manifest["audit_head"] == row.audit_head != ""
    for _, name, content in entries[2:-1]:
        assert (app.config["DATA_DIR"] / name).read_bytes() == content
    assert "张三丰".encode() not in path.read_bytes()


def test_what_is_made_is_told_in_the_audit_and_verified(app: Flask, bank: Bank) -> None:
    fill(bank, app)
    around = around_of(app)
    row = backed_up(bank, around)
    found = actions.verify_backup(bank.session, bank.actor("administrator"), around, row.name)
    assert (found.how, found.files, found.lost, found.unreadable) == ("whole", 3, 0, 0)
    assert found.rows == row.rows
    bank.session.rollback()
    row = bank.session.get_one(Backup, row.id, populate_existing=True)
    assert (row.state, row.verified_how, row.verify_error) == ("good", "whole", "")
    told = bank.session.scalars(
        select(AuditEntry.action).where(AuditEntry.entity == "backup").order_by(AuditEntry.number)
    )
    assert list(told) == ["backup.make", "backup.verify"]
    assert not list(app.config["DATA_DIR"].glob(".backup-*"))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_the_right_to_make_databases_a_dump_is_counted(
    app: Flask, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bank, app)
    around = around_of(app)
    row = backed_up(bank, around)
    monkeypatch.setattr(postgres, "may_create", lambda _: False)
    found = actions.verify_backup(bank.session, bank.actor("administrator"), around, row.name)
    assert (found.how, found.rows) == ("listed", row.rows)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nothing_is_left_of_a_trial_in_the_database_server(app: Flask, bank: Bank) -> None:
    engine = engine_of(bank.session)
    around = around_of(app)
    row = backed_up(bank, around)
    actions.verify_backup(bank.session, bank.actor("administrator"), around, row.name)
    left = "SELECT count(*) FROM pg_database WHERE datname LIKE '%_tried_%'"
    assert bank.session.scalar(text(left)) == 0
    with postgres.scratch_database(engine, "tried") as url:
        assert postgres.sweep(engine) == 1
    assert url.database


def test_two_at_once_are_refused(app: Flask, bank: Bank) -> None:
    around = around_of(app)
    with alone(engine_of(bank.session), around):
        assert refusal_of(lambda: backed_up(bank, around)) == "busy"
    assert backed_up(bank, around).state == "good"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_leaves_nothing_that_looks_whole_and_is_told(
    app: Flask, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bank, app)
    around = around_of(app)

    def full(self: Any, name: str) -> Any:
        draft = begin(self, name)
        file, written = draft._file, [0]
        write = file.write

        class Full:
            def write(self, data: bytes) -> int:
                written[0] += len(data)
                if written[0] > 20_000:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return int(write(data))

            def __getattr__(self, name: str) -> Any:
                return getattr(file, name)

        draft._file = Full()  # type: ignore[assignment]
        return draft

    from server.backups.actions.folder import Folder

    begin = Folder.begin
    monkeypatch.setattr(Folder, "begin", full)
    assert refusal_of(lambda: backed_up(bank, around)) == "disk_full"
    assert list(Path(around.place).iterdir()) == []
    bank.session.rollback()
    row = bank.session.scalars(select(Backup)).one()
    assert (row.state, row.error) == ("failed", "disk_full")
    notice = bank.session.scalars(select(Notice)).one()
    assert (notice.user_id, notice.kind) == (bank.people["administrator"], "backup_failed")


def test_a_process_that_is_to_stop_gives_the_backup_up(app: Flask, bank: Bank) -> None:
    fill(bank, app)
    around, asked = around_of(app), iter((True, True))
    stopping = replace(around, goes_on=lambda: next(asked, False))
    assert refusal_of(lambda: backed_up(bank, stopping)) == "stopped"
    assert list(Path(around.place).iterdir()) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_cut_off_is_not_listed_and_is_swept_by_the_next(app: Flask, bank: Bank) -> None:
    around = around_of(app)
    Path(around.place).mkdir(parents=True)
    left = file_of(around, "taizhang-20260310T020000Z-00000000.backup.part")
    left.write_bytes(b"half")
    scratch = app.config["DATA_DIR"] / ".backup-left"
    scratch.mkdir()
    bank.session.add(
        Backup(name="taizhang-x", place=around.place, started_at=around.clock(), state="making")
    )
    bank.session.commit()
    assert actions.open_store(around.place).list() == []
    backed_up(bank, around)
    assert not left.exists()
    assert not scratch.exists()
    rows = bank.session.execute(select(Backup.state, Backup.error)).all()
    assert {row.state: row.error for row in rows} == {"good": "", "failed": "interrupted"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lost_and_a_damaged_file_are_told_and_do_not_hinder(app: Flask, bank: Bank) -> None:
    fill(bank, app)
    around = around_of(app)
    gone, bad, _ = bank.session.scalars(select(Attachment.sha256).order_by("sha256")).all()
    file_path(app.config["DATA_DIR"], gone).unlink()
    file_path(app.config["DATA_DIR"], bad).write_bytes(b"something else entirely, sealed by no one")
    row = backed_up(bank, around)
    assert (row.files, row.files_lost) == (2, 1)
    found = actions.verify_backup(bank.session, bank.actor("administrator"), around, row.name)
    assert (found.lost, found.unreadable) == (1, 1)
    bank.session.rollback()
    keys = bank.session.scalars(select(Notice.key))
    assert {key.rpartition(":")[2] for key in keys if key} == {"files_lost", "files_unreadable"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bad_backup_is_refused_with_a_word(
    app: Flask, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bank, app)
    around = around_of(app)
    row = backed_up(bank, around)
    path = file_of(around, row.name)
    whole, actor = path.read_bytes(), bank.actor("administrator")

    def verdict(content: bytes, **settings: str) -> str:
        path.write_bytes(content)
        given = around_of(app, **settings)
        return refusal_of(lambda: actions.verify_backup(bank.session, actor, given, row.name))

    assert verdict(whole[:-1]) == "damaged"
    assert verdict(whole[:700]) == "damaged"
    assert verdict(whole[:10]) == "cut_short"
    assert verdict(b"") == "not_sealed"
    bent = bytearray(whole)
    bent[len(bent) // 2] ^= 4
    assert verdict(bytes(bent)) == "damaged"
    assert verdict(whole, key=new_stream_keys_text()) == "wrong_key"
    assert verdict(whole, key="7" + new_stream_keys_text()[1:]) == "no_such_key"
    assert verdict(whole, key="") == "no_key"
    bank.session.rollback()
    row = bank.session.get_one(Backup, row.id, populate_existing=True)
    assert (row.verified_at, row.verify_error) == (None, "no_key")
    monkeypatch.setattr(schema, "knows", lambda *_: False)
    assert verdict(whole) == "too_new"
    monkeypatch.undo()
    ring = keyring.active()
    keyring.install(read_keyring(new_keyring_text()))
    try:
        assert verdict(whole) == "other_keyring"
    finally:
        keyring.install(ring)
    path.unlink()
    missing = refusal_of(lambda: actions.verify_backup(bank.session, actor, around, row.name))
    assert missing == "missing"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE audit_entries SET reason = 'forged' WHERE number = 2", "chain_broken"),
        ("DELETE FROM audit_entries WHERE number = (SELECT max(number) FROM audit_entries)",
         "chain_broken"),
        ("PRAGMA foreign_keys=OFF; DELETE FROM users WHERE username = 'officer'", "rows_broken"),
    ],
)  # fmt: skip
def test_a_bank_that_was_tampered_with_is_found_out(
    app: Flask, bank: Bank, statement: str, word: str
) -> None:
    fill(bank, app)
    import sqlite3

    bank.session.rollback()
    with sqlite3.connect(str(engine_of(bank.session).url.database)) as connection:
        connection.executescript(statement)
    around = around_of(app)
    row = backed_up(bank, around)
    actor = bank.actor("administrator")
    assert word == refusal_of(lambda: actions.verify_backup(bank.session, actor, around, row.name))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_rows_that_went_missing_on_the_way_are_found_out(
    app: Flask, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bank, app)
    around = around_of(app)

    def miscounted(*given: Any) -> dict[str, Any]:
        told = manifest(*given)
        told["rows"] = {**told["rows"], "loans": 4}
        return told

    manifest = writing._manifest
    monkeypatch.setattr(writing, "_manifest", miscounted)
    row = backed_up(bank, around)
    actor = bank.actor("administrator")
    word = refusal_of(lambda: actions.verify_backup(bank.session, actor, around, row.name))
    assert word == "counts_differ"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_night_makes_one_tries_it_and_lets_old_ones_go(
    app: Flask, bank: Bank, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = around_of(app, daily=1, weekly=1, monthly=1)
    actor = bank.actor("chief")
    old = backed_up(bank, around)
    session.rollback()
    session.get_one(Backup, old.id).ended_at = bank.actor("chief").now
    session.commit()
    assert actions.back_up(session, actor, around) == 1
    assert actions.back_up(session, actor, around) == 0
    assert actions.verify_newest(session, actor, around) == 1
    assert actions.verify_newest(session, actor, around) == 0
    (left,) = actions.open_store(around.place).list()
    assert left.name != old.name
    session.rollback()
    assert session.get_one(Backup, old.id, populate_existing=True).state == "dropped"
    left_row = session.scalars(select(Backup).where(Backup.name == left.name)).one()
    assert making.is_tried(left_row)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_backups_that_the_database_does_not_know_are_adopted(app: Flask, bank: Bank) -> None:
    around = around_of(app)
    row = backed_up(bank, around)
    name = row.name
    bank.session.delete(bank.session.get_one(Backup, row.id))
    bank.session.commit()
    assert actions.adopt(bank.session, bank.actor("chief"), around) == 1
    assert actions.adopt(bank.session, bank.actor("chief"), around) == 0
    bank.session.commit()
    file_of(around, name).unlink()
    actions.adopt(bank.session, bank.actor("chief"), around)
    assert bank.session.scalars(select(Backup.state)).one() == "dropped"
