"""The pages of feedback."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.attachments.models import Attachment
from server.database.models import AuditEntry
from server.domain.feedback import NEXT, FeedbackKind, FeedbackStatus
from server.feedback.models import FEEDBACK_CATEGORIES, FEEDBACK_CHANNELS, Feedback
from server.web.labels import LABELS
from tests.server.bank import Bank, add_customer

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def customer_id(bank: Bank, session: Session) -> str:
    """A customer of branch A."""
    made = add_customer(bank)
    session.commit()
    return made


def form(customer_id: str, **changes: str) -> dict[str, str]:
    return {
        "customer_id": customer_id,
        "kind": "complaint",
        "category": "service",
        "channel": "visit",
        "content": "柜台等候太久。",
        "received_on": "2026.3.5",
        **changes,
    }


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def logged(session: Session) -> Feedback:
    return session.scalars(select(Feedback)).one()


def test_a_case_is_logged_listed_answered(
    bank: Bank, session: Session, customer_id: str, sign_in: SignIn
) -> None:
    officer, reviewer = sign_in("officer"), sign_in("reviewer")
    assert "柜台" not in text_of(officer.get(f"/feedback/new?customer={customer_id}"))
    answer = officer.post("/feedback", data=form(customer_id))
    assert answer.status_code == 303
    page = text_of(officer.get(answer.headers["Location"]))
    assert "柜台等候太久。" in page
    assert 'value="answered"' not in page

    row = logged(session)
    listing = text_of(reviewer.get("/feedback"))
    assert row.feedback_no in listing
    url = f"/feedback/{row.id}"
    assert 'value="answered"' in text_of(reviewer.get(url))
    sent = {"version": "1", "status": "answered", "text": "已增开窗口，电话告知。"}
    assert reviewer.post(f"{url}/entries", data=sent).status_code == 303
    page = text_of(officer.get(url))
    assert "已增开窗口，电话告知。" in page
    assert "已答复" in page


def test_a_form_with_faults_keeps_what_was_typed(customer_id: str, sign_in: SignIn) -> None:
    answer = sign_in("officer").post(
        "/feedback",
        data=form(customer_id, received_on="2026-02-30", category="", content="说了什么"),
    )

    page = text_of(answer)
    assert answer.status_code == 422
    assert "没有这一天" in page
    assert 'value="2026-02-30"' in page
    assert "说了什么" in page
    assert 'href="#f-category"' in page


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "字" * 60_000},
        {"received_on": "2999-01-01"},
        {"kind": "nonsense"},
        {"loan_id": "x"},
        {"about_user_id": "' OR 1"},
        {"channel": "\x00"},
    ],
)
def test_bad_input_is_answered_on_the_form(
    session: Session, customer_id: str, sign_in: SignIn, changes: dict[str, str]
) -> None:
    answer = sign_in("officer").post("/feedback", data=form(customer_id, **changes))

    assert answer.status_code == 422
    assert session.scalars(select(Feedback)).all() == []


def test_whose_it_is_is_asked_first(customer_id: str, sign_in: SignIn) -> None:
    officer = sign_in("officer")

    assert "是哪位客户的反馈" in text_of(officer.get("/feedback/new"))
    found = text_of(officer.get("/feedback/new?q=zsf"))
    assert f"/feedback/new?customer={customer_id}" in found
    assert "没有找到客户" in text_of(officer.get("/feedback/new?q=nobody"))
    assert officer.post("/feedback", data=form("x")).status_code == 404


def test_two_handlers_at_once_keep_the_words_of_the_second(
    session: Session, customer_id: str, sign_in: SignIn
) -> None:
    sign_in("officer").post("/feedback", data=form(customer_id))
    url = f"/feedback/{logged(session).id}"
    sent = {"version": "1", "status": "in_progress", "text": ""}
    assert sign_in("reviewer").post(f"{url}/entries", data=sent).status_code == 303

    second = {"version": "1", "status": "answered", "text": "第二个人写的答复"}
    answer = sign_in("manager").post(f"{url}/entries", data=second)

    page = text_of(answer)
    assert answer.status_code == 409
    assert "第二个人写的答复" in page
    assert "刚才有人处理过" in page
    assert re.search(r'name="version" value="2"', page)


def test_an_empty_answer_is_refused_at_its_field(
    session: Session, customer_id: str, sign_in: SignIn
) -> None:
    sign_in("officer").post("/feedback", data=form(customer_id))
    url = f"/feedback/{logged(session).id}/entries"

    answer = sign_in("reviewer").post(url, data={"version": "1", "status": "answered", "text": ""})

    assert answer.status_code == 422
    assert 'id="f-text-error"' in text_of(answer)


def test_a_complaint_about_an_officer_is_hidden_and_asking_for_it_is_audited(
    bank: Bank, session: Session, customer_id: str, sign_in: SignIn
) -> None:
    about = bank.people["officer"]
    sign_in("reviewer").post("/feedback", data=form(customer_id, about_user_id=about))
    row = logged(session)
    officer = sign_in("officer")

    assert officer.get(f"/feedback/{row.id}").status_code == 404
    for path in ("/feedback?status=all", f"/customers/{customer_id}"):
        page = text_of(officer.get(path))
        assert row.feedback_no not in page
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert last is not None
    assert (last.action, last.entity_id) == ("access.not_found", row.id)


def test_who_logs_a_complaint_about_oneself_is_led_back_to_the_customer(
    bank: Bank, customer_id: str, sign_in: SignIn
) -> None:
    sent = form(customer_id, about_user_id=bank.people["officer"])
    answer = sign_in("officer").post("/feedback", data=sent)

    assert answer.headers["Location"] == f"/customers/{customer_id}"


def test_files_of_a_case_are_reached_through_the_case_alone(
    bank: Bank, session: Session, customer_id: str, sign_in: SignIn
) -> None:
    about = bank.people["officer"]
    reviewer, officer = sign_in("reviewer"), sign_in("officer")
    reviewer.post("/feedback", data=form(customer_id, about_user_id=about))
    url = f"/feedback/{logged(session).id}"
    data = {"file": (io.BytesIO(b"%PDF-1.7 letter"), "来信.pdf")}
    assert reviewer.post(f"{url}/attachments", data=data).status_code == 303
    file = session.scalars(select(Attachment)).one()

    assert "来信.pdf" in text_of(reviewer.get(url))
    assert reviewer.get(f"{url}/attachments/{file.id}").data == b"%PDF-1.7 letter"
    for client in (officer, sign_in("officer_b")):
        assert client.get(f"{url}/attachments/{file.id}").status_code == 404
    assert reviewer.get(f"/attachments/{file.id}").status_code == 404
    assert officer.get(f"/attachments/{file.id}/file").status_code == 404


@pytest.mark.parametrize("username", ["auditor", "administrator"])
def test_who_may_not_see_feedback_is_refused(username: str, sign_in: SignIn) -> None:
    assert sign_in(username).get("/feedback").status_code == 403


def test_another_branch_gets_404(session: Session, customer_id: str, sign_in: SignIn) -> None:
    sign_in("officer").post("/feedback", data=form(customer_id))
    row, stranger = logged(session), sign_in("officer_b")

    assert stranger.get(f"/feedback/{row.id}").status_code == 404
    sent = {"version": "1", "status": "", "text": "x"}
    assert stranger.post(f"/feedback/{row.id}/entries", data=sent).status_code == 404


def test_the_list_teaches_the_first_step_and_bears_made_up_addresses(sign_in: SignIn) -> None:
    reviewer = sign_in("reviewer")

    assert "没有待答复的反馈" in text_of(reviewer.get("/feedback"))
    assert reviewer.get("/feedback?status=lost").status_code == 400
    assert reviewer.get("/feedback?sort=x").status_code == 400
    assert reviewer.get("/feedback?after=%00").status_code == 400
    assert reviewer.get("/feedback?branch=x&customer=y&kind=z").status_code == 200


def test_every_code_of_feedback_has_its_word() -> None:
    for group, codes in (
        ("feedback_kind", FeedbackKind),
        ("feedback_status", FeedbackStatus),
        ("feedback_channel", FEEDBACK_CHANNELS),
        ("feedback_category", FEEDBACK_CATEGORIES),
    ):
        assert list(LABELS[group]) == [str(code) for code in codes]
    steps = {status.value for following in NEXT.values() for status in following}
    assert set(LABELS["feedback_step"]) == {"", *steps}
