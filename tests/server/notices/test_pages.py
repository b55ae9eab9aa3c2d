"""The pages of the notice centre."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.database.notices import Notice, NoticeState
from server.notices.queries import find_notice
from server.push.models import PushSubscription
from server.reminders.queries import wishes_of
from tests.server.bank import NOW, Bank, add_customer
from tests.server.notices.notices import told

SignIn = Callable[[str], FlaskClient]
pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
WISHES = {
    "channels": ["web_push"],
    "mail": "",
    "quiet_from": "21",
    "quiet_until": "7",
    "digest_at": "9",
    "show_amounts": "1",
}


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def _entry(client: FlaskClient) -> str:
    found = re.search(r'<a href="/notices".*?</a>', text_of(client.get("/customers")), re.DOTALL)
    assert found is not None
    return found.group()


def test_the_entry_counts_what_is_unread_on_every_page(bank: Bank, sign_in: SignIn) -> None:
    told(bank)
    told(bank)
    assert '<span class="count">2</span>' in _entry(sign_in("officer"))
    assert "count" not in _entry(sign_in("officer2"))


def test_a_notice_says_its_words_and_opens_the_exact_thing(bank: Bank, sign_in: SignIn) -> None:
    officer = sign_in("officer")
    customer_id = add_customer(bank)
    notice = told(bank, entity=("customer", customer_id), params={"name": "王小明"})
    page = text_of(officer.get("/notices"))
    assert "有新客户转到您名下" in page
    assert "王小明" in page
    answer = officer.get(f"/notices/{notice}")
    assert answer.headers["Location"] == f"/customers/{customer_id}"
    assert find_notice(bank.session, bank.actor("officer"), notice).state is NoticeState.READ


def test_a_notice_without_a_page_is_shown_itself(bank: Bank, sign_in: SignIn) -> None:
    officer = sign_in("officer")
    notice = told(bank, "test", entity=("user", bank.people["officer"]))
    answer = officer.get(f"/notices/{notice}")
    assert answer.status_code == 200
    assert "测试通知" in text_of(answer)


def test_somebody_elses_notice_does_not_exist(bank: Bank, sign_in: SignIn) -> None:
    notice = told(bank)
    assert sign_in("officer2").get(f"/notices/{notice}").status_code == 404


@pytest.mark.parametrize(
    ("pressed", "box"),
    [
        ({"do": "done"}, "done"),
        ({"do": "hour"}, "snoozed"),
        ({"do": "evening"}, "snoozed"),
        ({"do": "morning"}, "snoozed"),
        ({"do": "date", "on": "2026.3.20"}, "snoozed"),
        ({"do": "back"}, "new"),
    ],
)
def test_what_is_pressed_moves_the_chosen(
    bank: Bank, sign_in: SignIn, pressed: dict[str, str], box: str
) -> None:
    officer, ids = sign_in("officer"), [told(bank), told(bank)]
    answer = officer.post("/notices/marks", data={"ids": ids, "back": "/notices", **pressed})
    assert answer.status_code == 303
    page = text_of(officer.get(f"/notices?box={box}"))
    assert page.count("data-row-link") == 2


@pytest.mark.parametrize(
    "pressed", [{"do": "date"}, {"do": "date", "on": "2026-03-10"}, {"do": "?"}]
)
def test_a_day_that_is_over_is_refused_in_words(
    bank: Bank, sign_in: SignIn, pressed: dict[str, str]
) -> None:
    officer, notice = sign_in("officer"), told(bank)
    answer = officer.post("/notices/marks", data={"ids": notice, **pressed}, follow_redirects=True)
    assert "请选择今天之后的日期" in text_of(answer)
    assert find_notice(bank.session, bank.actor("officer"), notice).state is NoticeState.NEW


def test_ids_that_are_none_are_passed_over(bank: Bank, sign_in: SignIn) -> None:
    officer, notice = sign_in("officer"), told(bank, username="officer2")
    answer = officer.post(
        "/notices/marks", data={"ids": ["x", "", notice], "do": "done"}, follow_redirects=True
    )
    assert answer.status_code == 200
    assert bank.session.get_one(Notice, notice).done_at is None


def test_an_unknown_box_is_no_page(bank: Bank, sign_in: SignIn) -> None:
    assert bank.people
    assert sign_in("officer").get("/notices?box=attic").status_code in (400, 404, 422)


def test_the_worker_is_given_a_token_and_the_person(bank: Bank, sign_in: SignIn) -> None:
    answer = sign_in("auditor").get("/notices/token")
    assert answer.get_json()["user"] == bank.people["auditor"]
    assert answer.get_json()["csrf"]


def test_wishes_are_kept_and_shown_again(bank: Bank, sign_in: SignIn) -> None:
    officer = sign_in("officer")
    answer = officer.post("/account/notices", data=WISHES)
    assert answer.status_code == 303
    kept = wishes_of(bank.session, bank.actor("officer"))
    assert kept.channels == {"web_push"}
    assert (kept.quiet_from, kept.quiet_until, kept.digest_at) == (21, 7, 9)
    assert kept.show_amounts
    page = text_of(officer.get("/account/notices"))
    assert '<option value="21" selected>21:00</option>' in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": "24"},
        {"quiet_until": ""},
        {"digest_at": "3"},
        {"mail": "no address"},
        {"channels": ["pigeon"]},
    ],
)
def test_a_wrong_wish_is_refused_at_its_field(
    bank: Bank, sign_in: SignIn, wrong: dict[str, Any]
) -> None:
    answer = sign_in("officer").post("/account/notices", data={**WISHES, **wrong})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in text_of(answer) or "error" in text_of(answer)
    assert wishes_of(bank.session, bank.actor("officer")).digest_at is None


def test_one_takes_a_browser_of_ones_own_off_the_list(
    bank: Bank, session: Session, sign_in: SignIn
) -> None:
    row = PushSubscription(
        user_id=bank.people["officer"],
        endpoint_index="x",
        created_at=NOW,
        last_ok_at=NOW - dt.timedelta(days=1),
    )
    row.id = "01900000-0000-7000-8000-0000000000aa"
    row.endpoint, row.p256dh, row.auth = "https://push.example/1", "p", "a"
    session.add(row)
    session.commit()
    path = f"/account/notices/browsers/{row.id}/removal"
    assert sign_in("officer2").post(path).status_code == 404
    officer = sign_in("officer")
    assert path in text_of(officer.get("/account/notices"))
    assert officer.post(path).status_code == 303
    assert path not in text_of(officer.get("/account/notices"))
