"""Field work at the desk: forms that keep what was typed, lists, one visit with its pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import CustomerContact
from server.database.engine import begin_writing
from server.visits.models import Call, Promise, Visit
from tests.server.bank import Bank, add_customer, add_loan
from tests.server.pages import text_of

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
SignIn = Callable[[str], FlaskClient]

_PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(200))


@pytest.fixture
def customer_id(bank: Bank) -> str:
    begin_writing(bank.session)
    customer_id = add_customer(bank)
    add_loan(bank, customer_id=customer_id)
    bank.session.commit()
    return customer_id


def _visit(**changes: Any) -> dict[str, Any]:
    return {
        "purpose": "collection",
        "visited_on": "2026-03-10",
        "visited_time": "9:30",
        "staff": "officer 员工、李四",
        "met": "self",
        "findings": "店铺照常营业",
        "ability": "4",
        "next_step": "call",
        "next_on": "2026-03-13",
        **changes,
    }


def _call(session: Session, customer_id: str, **changes: Any) -> dict[str, Any]:
    query = select(CustomerContact.id).where(
        CustomerContact.customer_id == customer_id, CustomerContact.relation == "self"
    )
    return {
        "channel": "phone",
        "contact_id": session.scalars(query).one(),
        "relation": "self",
        "result": "no_answer",
        "called_on": "2026-03-10",
        "called_time": "09:40",
        **changes,
    }


def test_a_visit_with_a_picture_is_recorded_and_shown(
    session: Session, sign_in: SignIn, customer_id: str
) -> None:
    client = sign_in("officer")
    assert "走访人员" in text_of(client, f"/customers/{customer_id}/visits/new")
    answer = client.post(
        f"/customers/{customer_id}/visits",
        data=_visit(photos=(io.BytesIO(_PICTURE), "门头.jpg")),
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    row = session.scalars(select(Visit)).one()
    assert row.visited_at.isoformat() == "2026-03-10T01:30:00+00:00"
    page = text_of(client, answer.headers["Location"])
    assert "店铺照常营业" in page
    photo = page.partition('<img src="')[2].partition('"')[0]
    shown = client.get(photo)
    assert (shown.mimetype, shown.data) == ("image/jpeg", _PICTURE)
    customer = text_of(client, f"/customers/{customer_id}")
    assert "店铺照常营业" in customer
    assert "登记走访" in customer


def test_what_is_wrong_comes_back_with_what_was_typed(
    session: Session, sign_in: SignIn, customer_id: str
) -> None:
    client = sign_in("officer")
    wrong = _visit(visited_time="25:00", findings="")
    answer = client.post(f"/customers/{customer_id}/visits", data=wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "25:00" in page
    assert "请填写此项" in page
    assert session.scalars(select(Visit)).all() == []


def test_a_visit_to_come_is_refused_at_its_day(sign_in: SignIn, customer_id: str) -> None:
    client = sign_in("officer")
    answer = client.post(f"/customers/{customer_id}/visits", data=_visit(visited_time="23:00"))
    assert answer.status_code == 422
    assert "走访时间不能晚于现在" in answer.get_data(as_text=True)


def test_a_picture_that_is_none_refuses_the_whole_visit(
    session: Session, sign_in: SignIn, customer_id: str
) -> None:
    client = sign_in("officer")
    answer = client.post(
        f"/customers/{customer_id}/visits",
        data=_visit(photos=(io.BytesIO(b"MZ program"), "photo.jpg")),
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert "只接受照片" in answer.get_data(as_text=True)
    assert session.scalars(select(Visit)).all() == []


def test_an_addendum_stands_under_its_visit(
    session: Session, sign_in: SignIn, customer_id: str
) -> None:
    client = sign_in("officer")
    client.post(f"/customers/{customer_id}/visits", data=_visit())
    first = session.scalars(select(Visit.id)).one()
    form = text_of(client, f"/customers/{customer_id}/visits/new?addendum_to={first}")
    assert "作为补充" in form
    more = _visit(addendum_to=first, findings="更正：下周才回款")
    assert client.post(f"/customers/{customer_id}/visits", data=more).status_code == 303
    assert "更正：下周才回款" in text_of(client, f"/visits/{first}")


def test_a_promise_is_recorded_and_listed(
    session: Session, sign_in: SignIn, customer_id: str
) -> None:
    client = sign_in("officer")
    loan_id = session.scalars(select(Promise.loan_id)).first() or ""
    page = text_of(client, f"/customers/{customer_id}/promises/new")
    loan_id = page.partition('name="loan_id"')[2].partition('<option value="')[2].partition('"')[0]
    sent = {"loan_id": loan_id, "amount": "1,000", "promised_on": "2026-03-15", "channel": "phone"}
    assert client.post(f"/customers/{customer_id}/promises", data=sent).status_code == 303
    assert session.scalars(select(Promise.amount)).one() == 100_000
    listed = text_of(client, "/promises?state=open")
    assert "1,000.00" in listed
    assert "没有符合条件的承诺" in text_of(client, "/promises?state=kept")


def test_a_promise_of_yesterday_is_refused(sign_in: SignIn, customer_id: str) -> None:
    client = sign_in("officer")
    sent = {"loan_id": "", "amount": "0", "promised_on": "2026-03-09", "channel": "phone"}
    answer = client.post(f"/customers/{customer_id}/promises", data=sent)
    assert answer.status_code == 422


def test_the_fourth_unanswered_call_asks_once(
    session: Session, sign_in: SignIn, customer_id: str
) -> None:
    client = sign_in("officer")
    url = f"/customers/{customer_id}/calls"
    for minute in range(3):
        sent = _call(session, customer_id, called_time=f"09:0{minute}")
        assert client.post(url, data=sent).status_code == 303
    answer = client.post(url, data=_call(session, customer_id))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "已多次未接通" in page
    assert 'name="accept_many"' in page
    again = _call(session, customer_id, accept_many="1")
    assert client.post(url, data=again).status_code == 303
    assert len(session.scalars(select(Call)).all()) == 4
    assert "无人接听" in text_of(client, f"/customers/{customer_id}")


def test_a_call_at_night_asks_for_consent(
    session: Session, sign_in: SignIn, customer_id: str
) -> None:
    client = sign_in("officer")
    night = _call(session, customer_id, called_time="07:10")
    answer = client.post(f"/customers/{customer_id}/calls", data=night)
    assert 'name="consented"' in answer.get_data(as_text=True)
    night["consented"] = "1"
    assert client.post(f"/customers/{customer_id}/calls", data=night).status_code == 303
    assert session.scalars(select(Call.consented)).one()


def test_the_list_of_visits_is_filtered_and_paged(
    session: Session, sign_in: SignIn, bank: Bank, customer_id: str
) -> None:
    client = sign_in("officer")
    client.post(f"/customers/{customer_id}/visits", data=_visit())
    client.post(f"/customers/{customer_id}/visits", data=_visit(purpose="collateral"))
    assert "押品检查" in text_of(client, "/visits")
    assert "店铺照常营业" not in text_of(client, "/visits?purpose=pre_loan")
    assert "店铺照常营业" in text_of(client, "/visits?from=2026-03-10&to=2026-03-10")
    assert "店铺照常营业" not in text_of(client, "/visits?to=2026-03-09")
    text_of(client, "/visits?after=made-up", status=400)
    text_of(sign_in("administrator"), "/visits", status=403)


def test_another_branch_finds_nothing(session: Session, sign_in: SignIn, customer_id: str) -> None:
    sign_in("officer").post(f"/customers/{customer_id}/visits", data=_visit())
    other = sign_in("officer_b")
    visit_id = session.scalars(select(Visit.id)).one()
    text_of(other, f"/visits/{visit_id}", status=404)
    text_of(other, f"/customers/{customer_id}/visits/new", status=404)
    assert "店铺照常营业" not in text_of(other, "/visits")


def test_who_only_reads_has_no_forms(sign_in: SignIn, customer_id: str) -> None:
    text_of(sign_in("auditor"), f"/customers/{customer_id}/visits/new", status=403)
    assert "登记走访" not in text_of(sign_in("auditor"), f"/customers/{customer_id}")
