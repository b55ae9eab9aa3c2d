"""Seals are renewed under the newest key, bit by bit, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, select, text
from sqlalchemy.orm import Session

from server.attachments.actions import AttachFile, attach_file
from server.attachments.queries import Owner
from server.attachments.queries.files import file_path, read_file
from server.crypto import keyring
from server.crypto.keyring import new_keyring_text, read_keyring
from server.customers.models import Customer, CustomerContact
from server.database import Base
from server.database.doors import in_a_transaction
from server.database.models import AuditEntry
from server.jobs.door import job_actor
from server.jobs.sealed import stores
from server.operations.actions import keys
from server.operations.actions.keys import KeyRotation
from server.operations.queries.keys import seal_counts
from server.operations.seals import sealed_columns
from tests.server.bank import Bank, add_customer
from tests.server.conftest import KEYRING

_NEW = new_keyring_text().partition(",")[0].replace("1:", "2:")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@pytest.fixture
def rotated() -> Iterator[None]:
    """The same keyring with a second key; the first one again at the end."""
    before = keyring.active()
    keyring.install(read_keyring(f"{_NEW},{KEYRING}"))
    yield
    keyring.install(before)


def rotate(app: Flask, session: Session, most: int = 10_000) -> int:
    """Take so many steps of the job, each in a transaction of its own; how much they did."""
    work, done = KeyRotation(stores(app.config["DATA_DIR"])), 0
    actor = job_actor(app.config["TIMEZONE"])
    for _ in range(most):
        step = in_a_transaction(session, lambda inside: work(inside, actor))
        if not step:
            break
        done += step
    return done


def a_few_customers(bank: Bank, data_dir: Path, count: int = 5) -> str:
    """Customers with sealed fields, one of them with a file; gives the file's name."""
    ids = [add_customer(bank, 100 + n) for n in range(count)]
    session = bank.session
    owner = Owner("customer", ids[0], bank.branch_a)
    attach_file(session, bank.actor("officer"), AttachFile(owner, "a.png", PNG), data_dir)
    session.commit()
    return keyring.fingerprint(PNG)


def versions(session: Session, app: Flask) -> set[int]:
    return {each.version for each in seal_counts(session, stores(app.config["DATA_DIR"]))}


def test_every_sealed_column_is_found_or_is_a_cache() -> None:
    found = {(each.table.name, each.column) for each in sealed_columns()}
    sealed = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.name.endswith("_sealed")
    }
    assert sealed - found == {("documents", "body_sealed")}


def test_everything_opens_under_the_newest_key_and_nothing_else_has_changed(
    app: Flask, bank: Bank, session: Session, rotated: None
) -> None:
    newest, old = keyring.active(), read_keyring(KEYRING)
    keyring.install(old)
    name = a_few_customers(bank, app.config["DATA_DIR"])
    plain = {row.id: (row.id_no, row.version) for row in session.scalars(select(Customer))}
    indexes = set(session.scalars(select(CustomerContact.value_index)))
    keyring.install(newest)
    assert versions(session, app) == {1}
    assert rotate(app, session) > 5
    session.expire_all()
    assert versions(session, app) == {2}
    only_new = read_keyring(f"{_NEW},{KEYRING.partition(',')[2]}")
    keyring.install(only_new)
    assert {row.id: (row.id_no, row.version) for row in session.scalars(select(Customer))} == plain
    assert set(session.scalars(select(CustomerContact.value_index))) == indexes
    assert read_file(app.config["DATA_DIR"], name) == PNG
    told = session.scalars(select(AuditEntry).where(AuditEntry.action == "keys.rotate")).all()
    assert "customers.id_no" in {entry.changes["sealed_place"][1] for entry in told}
    assert {entry.entity_id for entry in told} == {"2"}
    assert rotate(app, session) == 0


def test_a_rotation_that_was_broken_off_goes_on_with_what_is_left(
    app: Flask, bank: Bank, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "VALUES_A_STEP", 2)
    a_few_customers(bank, app.config["DATA_DIR"])
    before = keyring.active()
    keyring.install(read_keyring(f"{_NEW},{KEYRING}"))
    try:
        done = rotate(app, session, most=3)
        assert versions(session, app) == {1, 2}
        left = sum(
            each.count
            for each in seal_counts(session, stores(app.config["DATA_DIR"]))
            if each.version == 1
        )
        assert done == 2 + 2 + 1  # the five contacts, the first sealed column
        assert rotate(app, session) == left
        assert versions(session, app) == {2}
    finally:
        keyring.install(before)


def test_with_one_key_nothing_is_read(app: Flask, statements: list[str], session: Session) -> None:
    work = KeyRotation(stores(app.config["DATA_DIR"]))
    statements.clear()
    assert work(session, job_actor(app.config["TIMEZONE"])) == 0
    assert statements == []


def test_what_does_not_open_is_left_and_told(
    app: Flask, bank: Bank, session: Session, rotated: None, caplog: pytest.LogCaptureFixture
) -> None:
    newest = keyring.active()
    keyring.install(read_keyring(KEYRING))
    a_few_customers(bank, app.config["DATA_DIR"], 3)
    keyring.install(newest)
    first = session.scalars(select(Customer.id).order_by(Customer.id)).first()
    spoil = text("UPDATE customers SET id_no_sealed = :sealed WHERE id = :key")
    broken = b"\x00\x01" + bytes(60)
    in_a_transaction(
        session, lambda inside: inside.execute(spoil, {"sealed": broken, "key": first})
    )
    rotate(app, session)
    assert "1 values of customers.id_no do not open and were left" in caplog.text
    assert session.scalar(select(Customer.id_no_sealed).where(Customer.id == first)) == broken


def test_the_commands_count_and_rotate(
    app: Flask, bank: Bank, session: Session, rotated: None
) -> None:
    newest = keyring.active()
    keyring.install(read_keyring(KEYRING))
    name = a_few_customers(bank, app.config["DATA_DIR"])
    keyring.install(newest)
    runner = app.test_cli_runner()
    before = runner.invoke(args=["keys", "status"])
    assert before.exit_code == 0
    assert "customers.id_no" in before.output
    assert "newest key 2, 0 values under others" not in before.output
    assert "sealed under key 2" in runner.invoke(args=["keys", "rotate"]).output
    assert "newest key 2, 0 values under others" in runner.invoke(args=["keys", "status"]).output
    file_path(app.config["DATA_DIR"], name).write_bytes(b"\x00\x07" + bytes(60))
    lost = runner.invoke(args=["keys", "status"])
    assert (lost.exit_code, "NO KEY" in lost.output) == (1, True)
