"""`flask users create`: how a bank's first administrator comes to be."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.database import record
from server.database.models import AuditEntry
from tests.server.bank import Bank


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["users", "create", *words])
    return result.exit_code, result.output


def test_the_first_administrator_signs_in_with_the_printed_password(
    app: Flask, session: Session
) -> None:
    code, output = run(app, "admin", "--name", "王主任")
    assert code == 0, output
    username, password = output.split()
    answer = app.test_client().post("/sign-in", data={"username": username, "password": password})
    assert answer.status_code == 303
    row = session.scalars(select(User)).one()
    assert (row.role, row.branch_id, row.display_name) == ("administrator", None, "王主任")


def test_the_command_is_recorded(app: Flask, session: Session) -> None:
    run(app, "admin")
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.origin, entry.actor_id) == ("user.create", "cli", None)
    assert record.first_broken_entry(session) == (1, None)


def test_an_officer_is_made_for_a_branch(app: Flask, session: Session, bank: Bank) -> None:
    code, output = run(app, "lin", "--role", "officer", "--branch", "B01")
    assert code == 0, output
    row = session.scalars(select(User).where(User.username == "lin")).one()
    assert row.branch_id == bank.branch_b


def test_what_cannot_be_made_is_told_and_leaves_nothing(
    app: Flask, session: Session, bank: Bank
) -> None:
    for words in (
        ("officer",),
        ("Upper",),
        ("lin", "--role", "officer"),
        ("lin", "--branch", "Z9"),
        ("lin", "--role", "king"),
    ):
        code, _ = run(app, *words)
        assert code != 0
    assert session.scalars(select(User).where(User.username == "lin")).all() == []
