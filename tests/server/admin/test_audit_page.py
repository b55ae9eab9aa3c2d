"""The audit trail: who reads which part of it, by which filters, at which cost."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from server.admin import queries
from server.admin.queries import AuditFilter
from server.database import record
from server.domain.errors import NotAllowed
from tests.server.bank import NOW, Bank

SignIn = Callable[[str], FlaskClient]


def write_entries(session: Session, bank: Bank) -> None:
    """Seven acts on branch A by an officer, three on B by another, one of the head office."""
    for username, branch_id, count in (
        ("officer", bank.branch_a, 7),
        ("officer_b", bank.branch_b, 3),
        ("administrator", None, 1),
    ):
        for number in range(count):
            actor = bank.actor(username, now=NOW + dt.timedelta(days=number))
            record.note(
                session,
                actor,
                "customer.update",
                ("customer", f"c{number}"),
                branch_id=branch_id,
                changes={"name": ["<i>旧</i>", "新"]},
                reason="更正",
            )
    session.commit()


def read(session: Session, bank: Bank, username: str, **wanted: object) -> int:
    found = queries.audit_entries(session, bank.actor(username), AuditFilter(**wanted))  # type: ignore[arg-type]
    return len(found.rows)


def test_a_manager_reads_the_own_branch_and_the_head_office_all(
    session: Session, bank: Bank
) -> None:
    write_entries(session, bank)
    assert read(session, bank, "manager") == 7
    assert read(session, bank, "manager", branch_id=bank.branch_b) == 7
    assert read(session, bank, "chief") == 11
    assert read(session, bank, "auditor") == 11
    assert read(session, bank, "administrator") == 11


@pytest.mark.parametrize("username", ["officer", "reviewer", "risk"])
def test_no_other_role_reads_it(session: Session, bank: Bank, username: str) -> None:
    with pytest.raises(NotAllowed):
        queries.audit_entries(session, bank.actor(username), AuditFilter())


def test_filters_narrow_it(session: Session, bank: Bank) -> None:
    write_entries(session, bank)
    assert read(session, bank, "auditor", actor_id=bank.people["officer_b"]) == 3
    assert read(session, bank, "auditor", branch_id=bank.branch_a) == 7
    assert read(session, bank, "auditor", entity="customer", entity_id="c2") == 2
    assert read(session, bank, "auditor", action="loan.create") == 0
    assert read(session, bank, "auditor", since=NOW + dt.timedelta(days=5)) == 2
    assert read(session, bank, "auditor", before=NOW + dt.timedelta(days=1)) == 3


def test_the_page_shows_old_and_new_escaped(sign_in: SignIn, session: Session, bank: Bank) -> None:
    write_entries(session, bank)
    page = sign_in("auditor").get("/admin/audit").get_data(as_text=True)
    assert "&lt;i&gt;旧&lt;/i&gt;" in page
    assert "<i>旧</i>" not in page
    assert "更正" in page


def test_days_are_those_of_the_bank(sign_in: SignIn, session: Session, bank: Bank) -> None:
    early = dt.datetime(2026, 3, 9, 16, 30, tzinfo=dt.UTC)  # half past midnight on the 10th
    record.note(session, bank.actor("officer", now=early), "customer.create", ("customer", "x"))
    session.commit()
    client = sign_in("auditor")
    for day, count in (("2026-03-09", 0), ("2026-03-10", 1)):
        page = client.get(f"/admin/audit?since={day}&until={day}").get_data(as_text=True)
        assert page.count("2026-03-10 00:30:00") == count


def test_a_managers_page_shows_nothing_of_another_branch(
    sign_in: SignIn, session: Session, bank: Bank
) -> None:
    write_entries(session, bank)
    page = sign_in("manager").get(f"/admin/audit?branch={bank.branch_b}").get_data(as_text=True)
    assert "officer_b 员工" not in page
    assert "城西支行" not in page


def test_odd_filters_do_no_harm(sign_in: SignIn) -> None:
    client = sign_in("auditor")
    for query in (
        "since=2026-02-30",
        "actor=1",
        "branch=%00",
        "action=%27",
        "entity_id=" + "x" * 70,
    ):
        assert client.get(f"/admin/audit?{query}").status_code == 200


def test_pages_follow_each_other_at_the_same_cost(
    sign_in: SignIn, session: Session, bank: Bank, statements: list[str]
) -> None:
    client = sign_in("auditor")
    client.get("/admin/audit")
    statements.clear()
    client.get("/admin/audit")
    few = len(statements)
    actor = bank.actor("officer")
    for number in range(120):
        record.note(session, actor, "customer.create", ("customer", f"n{number:03}"))
    session.commit()
    statements.clear()
    page = client.get("/admin/audit").get_data(as_text=True)
    assert len(statements) == few
    pages, seen = 1, set(re.findall(r"n\d{3}\b", page))
    while following := re.search(
        r'href="([^"]*after=[^"]*)" ?hx-get|href="([^"]*after=[^"]*)"', page
    ):
        url = (following[1] or following[2]).replace("&amp;", "&")
        page = client.get(url).get_data(as_text=True)
        pages, seen = pages + 1, seen | set(re.findall(r"n\d{3}\b", page))
    assert pages == 3
    assert len(seen) == 120


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("1 = 1", "pk_audit_entries|sqlite_autoindex|PRIMARY KEY"),
        ("branch_id = '01a20cea-d33b-7000-8000-000000000001'", "ix_audit_entries_branch_id_number"),
        ("actor_id = '01a20cea-d33b-7000-8000-000000000001'", "ix_audit_entries_actor_id_number"),
        ("entity = 'customer' AND entity_id = 'x'", "ix_audit_entries_entity"),
    ],
)
def test_the_usual_filters_walk_an_index(session: Session, condition: str, index: str) -> None:
    query = f"SELECT * FROM audit_entries WHERE {condition} ORDER BY number DESC LIMIT 51"
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET enable_seqscan = off"))
        session.execute(text("SET enable_sort = off"))
        rows = session.execute(text(f"EXPLAIN {query}"))
    else:
        rows = session.execute(text(f"EXPLAIN QUERY PLAN {query}"))
    plan = "\n".join(str(row) for row in rows)
    assert re.search(index, plan) or ("SCAN audit_entries" in plan and condition == "1 = 1"), plan
    assert "TEMP B-TREE" not in plan
