"""The pages of staff and branches: forms keep what was typed, passwords show once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import Branch, User
from server.database.models import AuditEntry
from server.domain.access import Role
from tests.server.bank import NOW, Bank

SignIn = Callable[[str], FlaskClient]


def the_form(bank: Bank, **changes: str) -> dict[str, str]:
    return {
        "username": "lin.mei",
        "display_name": "林梅",
        "employee_no": "0042",
        "role": "officer",
        "branch_id": bank.branch_a,
        "language": "zh",
        "version": "1",
        **changes,
    }


def shown_password(page: str) -> str:
    found = re.search(r"(?<=>)[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b", page)
    assert found
    return found[0]


def test_a_new_member_signs_in_with_the_password_shown_once(
    app: Flask, sign_in: SignIn, bank: Bank
) -> None:
    administrator = sign_in("administrator")
    page = administrator.post("/admin/users", data=the_form(bank)).get_data(as_text=True)
    password = shown_password(page)
    assert password not in administrator.get("/admin/users").get_data(as_text=True)
    client = app.test_client()
    answer = client.post("/sign-in", data={"username": "lin.mei", "password": password})
    assert answer.status_code == 303
    assert client.get("/products").location == "/account/password"


def test_a_refused_form_keeps_what_was_typed(sign_in: SignIn, bank: Bank) -> None:
    answer = sign_in("administrator").post(
        "/admin/users", data=the_form(bank, username="officer", display_name="<b>林</b>")
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "已被占用" in page
    assert 'value="&lt;b&gt;林&lt;/b&gt;"' in page
    assert 'value="0042"' in page


def test_a_long_name_is_told_and_not_saved(sign_in: SignIn, bank: Bank) -> None:
    data = the_form(bank, display_name="林" * 60_000)
    assert sign_in("administrator").post("/admin/users", data=data).status_code == 422


def test_an_unreadable_branch_is_told(sign_in: SignIn, bank: Bank) -> None:
    data = the_form(bank, branch_id="' OR 1=1")
    assert sign_in("administrator").post("/admin/users", data=data).status_code == 422


def test_the_second_editor_sees_both_versions_and_may_save_again(
    sign_in: SignIn, bank: Bank, session: Session
) -> None:
    client, path = sign_in("administrator"), f"/admin/users/{bank.people['officer2']}"
    client.post(path, data=the_form(bank, display_name="先来"))
    answer = client.post(path, data=the_form(bank, display_name="后到", employee_no="77"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "先来" in page
    assert "后到" in page
    assert 'name="version" value="2"' in page
    assert (
        client.post(path, data=the_form(bank, display_name="后到", version="2")).status_code == 303
    )
    assert session.get_one(User, bank.people["officer2"]).display_name == "后到"


def test_the_buttons_of_a_member_do_what_they_say(
    sign_in: SignIn, bank: Bank, session: Session
) -> None:
    client, path = sign_in("administrator"), f"/admin/users/{bank.people['officer2']}"
    row = session.get_one(User, bank.people["officer2"])
    row.locked_until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=9)
    session.commit()
    assert "已锁定" in client.get(path).get_data(as_text=True)
    for act in ("unlocking", "session-end", "deactivation", "activation"):
        assert client.post(f"{path}/{act}").status_code == 303
    shown_password(client.post(f"{path}/password-reset").get_data(as_text=True))
    acts = session.scalars(
        select(AuditEntry.action).where(AuditEntry.entity_id == row.id).order_by(AuditEntry.number)
    ).all()
    assert acts == [
        "user.unlock",
        "user.end_sessions",
        "user.deactivate",
        "user.activate",
        "user.reset_password",
    ]


def test_what_is_refused_is_told_on_the_persons_page(sign_in: SignIn, bank: Bank) -> None:
    client, path = sign_in("administrator"), f"/admin/users/{bank.people['administrator']}"
    answer = client.post(f"{path}/deactivation", follow_redirects=True)
    assert "不能对自己的账号这样做" in answer.get_data(as_text=True)


@pytest.mark.parametrize("username", ["officer", "reviewer", "risk", "manager", "auditor"])
def test_no_other_role_opens_the_pages_of_staff(sign_in: SignIn, bank: Bank, username: str) -> None:
    client, key = sign_in(username), bank.people["officer2"]
    for path in ("/admin/users", "/admin/users/new", f"/admin/users/{key}", "/admin/branches"):
        assert client.get(path).status_code == 403
    assert client.post("/admin/users", data=the_form(bank)).status_code == 403
    assert client.post(f"/admin/users/{key}/password-reset").status_code == 403


def test_staff_of_another_branch_do_not_exist_for_a_branch_administrator(
    sign_in: SignIn, bank: Bank, session: Session
) -> None:
    session.get_one(User, bank.people["manager"]).role = Role.ADMINISTRATOR
    session.commit()
    client, theirs = sign_in("manager"), bank.people["officer_b"]
    assert client.get(f"/admin/users/{theirs}").status_code == 404
    assert client.post(f"/admin/users/{theirs}", data=the_form(bank)).status_code == 404
    assert client.get(f"/admin/branches/{bank.branch_b}").status_code == 404
    refused = session.scalars(
        select(AuditEntry.entity_id).where(AuditEntry.action == "access.not_found")
    ).all()
    assert refused == [theirs, theirs, bank.branch_b]


def test_the_list_is_filtered_by_its_url(sign_in: SignIn, bank: Bank) -> None:
    client = sign_in("administrator")
    page = client.get(
        "/admin/users", query_string={"q": "officer", "branch": bank.branch_b}
    ).get_data(as_text=True)
    assert "officer_b" in page
    assert "officer2" not in page
    assert client.get("/admin/users?role=nonsense&branch=nonsense&q=%25_").status_code == 200


def test_pages_of_fifty_follow_each_other_at_the_same_cost(
    sign_in: SignIn, session: Session, statements: list[str]
) -> None:
    client = sign_in("administrator")
    client.get("/admin/users")
    statements.clear()
    client.get("/admin/users")
    few = len(statements)
    session.add_all(
        User(
            username=f"clerk{number:03}",
            display_name=f"柜员{number}",
            role=Role.AUDITOR,
            password_hash="x",
            created_at=NOW,
        )
        for number in range(120)
    )
    session.commit()
    statements.clear()
    page = client.get("/admin/users").get_data(as_text=True)
    assert len(statements) == few
    seen = re.findall(r"clerk\d{3}", page)
    while following := re.search(r'href="([^"]*after=[^"]*)"', page):
        page = client.get(following[1].replace("&amp;", "&")).get_data(as_text=True)
        seen += re.findall(r"clerk\d{3}", page)
    assert sorted(set(seen)) == [f"clerk{number:03}" for number in range(120)]


def test_a_branch_is_made_changed_and_closed_by_its_pages(
    sign_in: SignIn, session: Session
) -> None:
    client = sign_in("administrator")
    data = {"code": "C01", "name": "城南支行", "phone": "", "address": "", "version": "1"}
    assert client.post("/admin/branches", data=data).status_code == 303
    key = session.scalars(select(Branch.id).where(Branch.code == "C01")).one()
    changed = client.post(f"/admin/branches/{key}", data={**data, "name": "新城支行"})
    assert changed.status_code == 303
    conflict = client.post(f"/admin/branches/{key}", data={**data, "name": "老城支行"})
    assert conflict.status_code == 409
    assert "新城支行" in conflict.get_data(as_text=True)
    client.post(f"/admin/branches/{key}/deactivation")
    assert "已停用" in client.get(f"/admin/branches/{key}").get_data(as_text=True)


def test_a_bad_branch_keeps_what_was_typed(sign_in: SignIn) -> None:
    answer = sign_in("administrator").post("/admin/branches", data={"code": "城 南", "name": "x"})
    assert answer.status_code == 422
    assert 'value="城 南"' in answer.get_data(as_text=True)
