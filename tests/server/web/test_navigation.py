"""The way through the desk: each role sees its own entries, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.server.bank import Bank

SignIn = Callable[[str], FlaskClient]


def entries(page: str) -> list[str]:
    nav = page[page.index('id="navigation"') :]
    return re.findall(r'<li><a href="([^"]+)"', nav[: nav.index("</nav>")])


def standing_at(page: str) -> list[str]:
    nav = page[page.index('id="navigation"') :]
    return re.findall(r'href="([^"]+)" aria-current=page', nav[: nav.index("</nav>")])


def test_an_administrator_sees_the_administration_and_no_customers(sign_in: SignIn) -> None:
    seen = entries(sign_in("administrator").get("/products").get_data(as_text=True))
    assert {"/admin/users", "/admin/branches", "/admin/audit", "/fields"} <= set(seen)
    assert "/customers" not in seen
    assert seen[0] == "/"


def test_an_officer_sees_no_administration(sign_in: SignIn) -> None:
    seen = entries(sign_in("officer").get("/products").get_data(as_text=True))
    assert "/products" in seen
    assert not [path for path in seen if path.startswith("/admin") or path == "/fields"]


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/products", "/products"),
        ("/products/new", "/products"),
        ("/fields/new", "/fields"),
        ("/parameters", "/parameters"),
        ("/parameters/cost.lpr", "/parameters"),
        ("/admin/users/new", "/admin/users"),
        ("/admin/branches/new", "/admin/branches"),
        ("/admin/audit", "/admin/audit"),
    ],
)
def test_a_page_stands_at_one_entry(sign_in: SignIn, path: str, entry: str) -> None:
    assert standing_at(sign_in("administrator").get(path).get_data(as_text=True)) == [entry]


def test_the_menu_names_the_person_role_and_place(sign_in: SignIn, bank: Bank) -> None:
    page = sign_in("officer").get("/products").get_data(as_text=True)
    for said in ("officer 员工", "客户经理", "城东支行"):
        assert said in page
    assert "总行" in sign_in("chief").get("/products").get_data(as_text=True)
