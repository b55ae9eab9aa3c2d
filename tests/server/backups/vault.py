"""What the tests of backups share: the settings, and a bank that has something to lose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from server.attachments.actions import AttachFile, attach_file
from server.attachments.queries import Owner
from server.backups.actions import Around, Restored, Wish, make_backup, restore_backup
from server.backups.models import Backup
from server.config import BackupSettings
from server.crypto.streams import Source, new_stream_keys_text
from server.database.engine import begin_writing
from server.domain.access import Actor, Role
from server.loans.models import Loan
from server.loans.queries import statement_on
from tests.server.bank import NOW, TODAY, Bank, add_borrower, add_loan, add_repayment

KEY = new_stream_keys_text()
PNG = b"\x89PNG\r\n\x1a\n"


def around_of(app: Flask, **changes: Any) -> Around:
    """The backups of a test's app, in its data folder; `app.config` says the same to commands."""
    settings = BackupSettings(place=str(app.config["DATA_DIR"] / "backups"), key=KEY)
    settings = replace(settings, **changes)
    app.config["BACKUPS"] = settings
    return Around(app.config["DATA_DIR"], settings, lambda: dt.datetime.now(dt.UTC))


def fill(bank: Bank, app: Flask, loans: int = 3) -> list[str]:
    """Loans with payments, and a file for each customer; committed."""
    begin_writing(bank.session)
    made = []
    for number in range(loans):
        customer = add_borrower(bank)
        loan = add_loan(bank, customer_id=customer)
        add_repayment(bank, loan, 100_000 + number, dt.date(2026, 2, 16))
        attach(bank, app, customer, number)
        made.append(loan)
    bank.session.commit()
    return made


def attach(bank: Bank, app: Flask, customer: str, number: int) -> None:
    """A picture of the customer's, of its own bytes."""
    owner = Owner("customer", customer, bank.branch_a)
    content = PNG + f"picture {number}".encode() * 50
    attach_file(
        bank.session,
        bank.actor("officer"),
        AttachFile(owner, f"{number}.png", content),
        app.config["DATA_DIR"],
    )


def statements(bank: Bank) -> dict[str, object]:
    """The statement of every loan of the bank as of its morning."""
    bank.session.rollback()
    bank.session.expire_all()
    loans = bank.session.scalars(select(Loan)).all()
    return {loan.id: statement_on(bank.session, loan, TODAY) for loan in loans}


def backed_up(bank: Bank, around: Around) -> Backup:
    """A backup made by the administrator."""
    row = make_backup(bank.session, bank.actor("administrator"), around)
    bank.session.expunge(row)
    bank.session.rollback()
    return row


def file_of(around: Around, name: str) -> Path:
    """Where it lies."""
    return Path(around.place) / name


def source_of(path: Path) -> Callable[[], AbstractContextManager[Source]]:
    """The file as restoring asks for it."""
    return lambda: path.open("rb")


OPERATOR = Actor(None, "命令行", Role.ADMINISTRATOR, None, NOW, TODAY, "cli")
"""Who restores: nobody of the bank's staff, whose rows may be gone."""


def restore(
    bank: Bank, around: Around, name: str, *, replace: bool = True, force: bool = False
) -> Restored:
    """Restore a backup of the place over the bank; the test's session then reads the new one."""
    bank.session.rollback()
    bank.session.close()
    wish = Wish(name, replace=replace, force=force)
    source = source_of(file_of(around, name))
    try:
        return restore_backup(bank.session, OPERATOR, around, source, wish)
    finally:
        bank.session.rollback()
        bank.session.expunge_all()
