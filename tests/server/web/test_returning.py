"""Going back after sign-in: to a page of this site and nowhere else."""

from __future__ import annotations

import pytest
from flask import Flask

from server.web.returning import local_path


@pytest.mark.parametrize(
    "target",
    [
        "/products",
        "/admin/users?role=officer&q=%E5%BC%A0",
        "/parameters/cost.lpr",
        "/account/sessions",
    ],
)
def test_a_page_of_this_site_is_returned_to(app: Flask, target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
        "\\\\evil.example",
        "/%0d%0aSet-Cookie:x",
        "/products\r\nX: y",
        "javascript:alert(1)",
        "products",
        "/no/such/page",
        "/" + "a" * 5000,
    ],
)
def test_anything_else_leads_home(app: Flask, target: str | None) -> None:
    assert local_path(target) == "/"


def test_a_page_that_only_takes_posts_leads_home(app: Flask) -> None:
    assert local_path("/sign-out") == "/"
