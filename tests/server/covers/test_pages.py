"""The page of covers: give, see, end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.covers.models import Cover
from tests.server.bank import TODAY, Bank, add_customer, add_loan

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
SignIn = Callable[[str], FlaskClient]


def _form(bank: Bank, **changes: str) -> dict[str, str]:
    return {
        "officer_id": bank.people["officer"],
        "colleague_id": bank.people["officer2"],
        "from_on": "2026.3.10",
        "until_on": "2026-03-17",
        "reason": "年休假",
        **changes,
    }


def test_a_manager_gives_a_cover_and_ends_it(bank: Bank, sign_in: SignIn) -> None:
    browser = sign_in("manager")
    assert "还没有安排过代管" in browser.get("/covers").get_data(as_text=True)

    assert browser.post("/covers", data=_form(bank)).status_code == 303
    page = browser.get("/covers").get_data(as_text=True)
    assert "代管中" in page
    assert "年休假" in page
    row = bank.session.scalars(select(Cover)).one()
    assert row.from_on == TODAY

    answer = browser.post(f"/covers/{row.id}/end", data={"reason": "提前回来"})
    assert answer.status_code == 303
    assert "提前回来" in browser.get("/covers").get_data(as_text=True)


def test_what_was_typed_stays_where_it_is_refused(bank: Bank, sign_in: SignIn) -> None:
    browser = sign_in("administrator")
    wrong = {"until_on": "2026-02-30", "colleague_id": "", "officer_id": "x", "reason": "外出"}

    answer = browser.post("/covers", data=_form(bank, **wrong))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "2026-02-30" in page
    assert "外出" in page
    assert bank.session.scalars(select(Cover)).first() is None


def test_days_in_the_wrong_order_are_told_at_their_field(bank: Bank, sign_in: SignIn) -> None:
    answer = sign_in("manager").post("/covers", data=_form(bank, until_on="2026-03-09"))

    assert answer.status_code == 422
    assert "截止日不能早于起始日" in answer.get_data(as_text=True)


def test_officers_see_their_own_covers_and_give_none(bank: Bank, sign_in: SignIn) -> None:
    sign_in("manager").post("/covers", data=_form(bank, colleague_id=bank.people["reviewer"]))

    concerned = sign_in("officer").get("/covers").get_data(as_text=True)
    assert "年休假" in concerned
    assert 'name="colleague_id"' not in concerned
    assert "年休假" not in sign_in("officer2").get("/covers").get_data(as_text=True)
    assert 'href="/covers"' not in sign_in("officer2").get("/today").get_data(as_text=True)
    assert sign_in("officer").post("/covers", data=_form(bank)).status_code == 403


def test_too_long_a_reason_leaves_the_cover(bank: Bank, sign_in: SignIn) -> None:
    browser = sign_in("manager")
    browser.post("/covers", data=_form(bank))
    row = bank.session.scalars(select(Cover)).one()

    assert browser.post(f"/covers/{row.id}/end", data={"reason": "长" * 501}).status_code == 303

    bank.session.expire_all()
    assert bank.session.get_one(Cover, row.id).ended_at is None


def test_an_officer_who_covers_sees_the_colleagues_day_under_a_tab(
    bank: Bank, sign_in: SignIn
) -> None:
    sign_in("manager").post("/covers", data=_form(bank))
    customer_id = add_customer(bank)
    add_loan(bank, customer_id=customer_id, officer_id=bank.people["officer"])
    bank.session.commit()
    browser = sign_in("officer2")
    covered = f"/?scope={bank.people['officer']}"

    assert covered in browser.get("/today").get_data(as_text=True)
    page = browser.get(covered).get_data(as_text=True)
    assert f'href="{covered}" aria-current=page' in page.replace('"page"', "page")
    assert f"officer={bank.people['officer']}" in page
    assert covered not in sign_in("officer").get("/today").get_data(as_text=True)
