"""The bank's own fields of kind `file`: sent by the form, kept with the row, shown as a link."""

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
from server.customers.models import Customer
from server.database import new_id
from server.loans.models import Loan
from server.products.models import CustomField, Product
from tests.server.bank import Bank, add_borrower, add_customer, add_loan, resident_id

_DOT = re.DOTALL
SignIn = Callable[[str], FlaskClient]
PNG = b"\x89PNG\r\n\x1a\n picture"
PDF = b"%PDF-1.7 contract"
PERSON = {
    "kind": "person",
    "name": "周伯通",
    "id_no": resident_id(11),
    "contacts.0.kind": "mobile",
    "contacts.0.value": "13800138000",
    "contacts.0.relation": "self",
}


def add_field(session: Session, owner: str, *, required: bool = False) -> None:
    field = CustomField(owner=owner, key="scan", label="扫描件", kind="file", required=required)
    session.add(field)
    session.commit()


def send(client: FlaskClient, url: str, fields: dict[str, Any], *sent: tuple[bytes, str]) -> Any:
    data = dict(fields)
    if sent:
        data["extra.scan"] = [(io.BytesIO(content), name) for content, name in sent]
    return client.post(url, data=data, content_type="multipart/form-data")


def edit_form(customer: Customer, **changes: str) -> dict[str, str]:
    form = {
        "version": str(customer.version),
        "name": customer.name,
        "customer_no": customer.customer_no,
        "officer_id": customer.officer_id or "",
    }
    for place, contact in enumerate(customer.contacts):
        row = f"contacts.{place}"
        form |= {f"{row}.id": contact.id, f"{row}.kind": contact.kind, f"{row}.value": ""}
        form |= {f"{row}.relation": contact.relation, f"{row}.person_name": contact.person_name}
    return form | changes


def test_a_new_customers_file_is_kept_and_shown_as_a_link(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_field(session, "customer", required=True)
    officer = sign_in("officer")
    assert 'enctype="multipart/form-data"' in officer.get("/customers/new").get_data(as_text=True)
    answer = send(officer, "/customers", PERSON, (PNG, "身份证.png"))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    kept = session.scalars(select(Attachment)).one()
    row = session.scalars(select(Customer)).one()
    assert row.extra == {"scan": kept.id}
    assert (kept.owner_kind, kept.owner_id, kept.branch_id) == ("customer", row.id, bank.branch_a)
    page = officer.get(answer.location).get_data(as_text=True)
    assert re.search(rf'<dd>\s*<a href="/attachments/{kept.id}">身份证.png</a>', page)
    assert officer.get(f"/attachments/{kept.id}/image").data == PNG


def test_a_required_file_that_is_missing_is_told_at_its_field(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_field(session, "customer", required=True)
    # An id typed by hand is no file.
    answer = send(sign_in("officer"), "/customers", PERSON | {"extra.scan": new_id()})
    assert answer.status_code == 422
    assert 'id="f-extra.scan-error"' in answer.get_data(as_text=True)
    assert session.scalars(select(Customer)).all() == []


def test_what_is_no_allowed_file_is_refused_at_its_field_and_the_rest_is_kept(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_field(session, "customer")
    answer = send(sign_in("officer"), "/customers", PERSON, (b"MZ a program", "run.exe"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="f-extra.scan-error"' in page
    assert "周伯通" in page
    assert session.scalars(select(Attachment)).all() == []


def test_a_file_beside_another_fault_must_be_chosen_again(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_field(session, "customer")
    answer = send(sign_in("officer"), "/customers", PERSON | {"name": ""}, (PNG, "身份证.png"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "重新选择这个文件" in page
    assert session.scalars(select(Attachment)).all() == []


def test_an_edit_keeps_the_file_takes_another_and_takes_it_away(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_field(session, "customer")
    officer = sign_in("officer")
    where = send(officer, "/customers", PERSON, (PNG, "身份证.png")).location
    row = session.scalars(select(Customer)).one()
    first = row.extra["scan"]
    assert "身份证.png" in officer.get(f"{where}/edit").get_data(as_text=True)

    assert send(officer, f"{where}/edit", edit_form(row, remark="没有换文件")).status_code == 303
    session.expire_all()
    assert row.extra == {"scan": first}

    assert send(officer, f"{where}/edit", edit_form(row), (PDF, "新.pdf")).status_code == 303
    session.expire_all()
    second = row.extra["scan"]
    assert session.get_one(Attachment, second).file_name == "新.pdf"

    assert send(officer, f"{where}/edit", edit_form(row), (PNG, "again.png")).status_code == 303
    session.expire_all()
    assert row.extra == {"scan": first}  # the customer has this file already

    gone = edit_form(row, **{"clear.extra.scan": "1"})
    assert send(officer, f"{where}/edit", gone).status_code == 303
    session.expire_all()
    assert row.extra == {}
    assert len(session.scalars(select(Attachment)).all()) == 2


def test_the_second_editors_file_is_not_kept_and_that_is_told(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_field(session, "customer")
    customer_id = add_customer(bank)
    session.commit()
    officer = sign_in("officer")
    row = session.get_one(Customer, customer_id)
    stale = edit_form(row, name="张君宝")
    officer.post(f"/customers/{customer_id}/edit", data=edit_form(row, name="张三"))
    answer = send(officer, f"/customers/{customer_id}/edit", stale, (PNG, "身份证.png"))
    assert answer.status_code == 409
    assert "保存后重新上传" in answer.get_data(as_text=True)
    assert session.scalars(select(Attachment)).all() == []


def a_form(bank: Bank) -> dict[str, str]:
    return {
        "customer_id": add_borrower(bank),
        "product_id": bank.product_id,
        "principal": "60000",
        "annual_rate": "7.2",
        "method": "EQUAL_INSTALMENT",
        "disbursed_on": "2026-01-15",
        "periods": "6",
    }


def test_a_new_loans_file_is_kept_and_may_be_exchanged(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_field(session, "loan", required=True)
    fields = a_form(bank)
    session.commit()
    officer = sign_in("officer")
    refused = send(officer, "/loans", fields)
    assert refused.status_code == 422
    assert 'id="f-extra.scan-error"' in refused.get_data(as_text=True)
    answer = send(officer, "/loans", fields, (PDF, "合同.pdf"))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    loan = session.scalars(select(Loan)).one()
    kept = session.scalars(select(Attachment)).one()
    assert loan.extra == {"scan": kept.id}
    assert (kept.owner_kind, kept.owner_id) == ("loan", loan.id)
    page = officer.get(f"/loans/{loan.id}?tab=terms").get_data(as_text=True)
    assert f'<a href="/attachments/{kept.id}">合同.pdf</a>' in page

    edit = {"version": str(loan.version), "security": "credit"}
    assert send(officer, f"/loans/{loan.id}/edit", edit).status_code == 303
    session.expire_all()
    assert loan.extra == {"scan": kept.id}
    edit["version"] = str(loan.version)
    assert send(officer, f"/loans/{loan.id}/edit", edit, (PNG, "照片.png")).status_code == 303
    session.expire_all()
    assert session.get_one(Attachment, loan.extra["scan"]).file_name == "照片.png"


def product_form(client: FlaskClient, url: str) -> dict[str, Any]:
    """The product's form as a browser would send it back."""
    page = client.get(url).get_data(as_text=True)
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name is None or 'type="file"' in tag or name[1] == "csrf_token":
            continue
        if re.search(r'type="(?:radio|checkbox)"', tag) and not tag.rstrip(">").endswith("checked"):
            continue
        found.setdefault(name[1], []).append(value[1] if value else "")
    for name, body in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, _DOT):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = [chosen[1] if chosen else ""]
    return found


def test_a_products_file_belongs_to_the_whole_bank(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_field(session, "product")
    administrator, url = sign_in("administrator"), f"/products/{bank.product_id}"
    fields = product_form(administrator, url)
    answer = send(administrator, url, fields, (PDF, "办法.pdf"))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    kept = session.scalars(select(Attachment)).one()
    assert (kept.owner_kind, kept.branch_id) == ("product", None)
    assert session.get_one(Product, bank.product_id).extra == {"scan": kept.id}
    for username in ("officer", "officer_b", "administrator"):
        client = sign_in(username)
        assert "办法.pdf" in client.get(url).get_data(as_text=True)
        assert client.get(f"/attachments/{kept.id}").status_code == 200
        assert client.get(f"/attachments/{kept.id}/file").data == PDF
    again = product_form(administrator, url) | {"name": ["经营贷二号"]}
    assert send(administrator, url, again).status_code == 303
    session.expire_all()
    assert session.get_one(Product, bank.product_id).extra == {"scan": kept.id}


@pytest.mark.parametrize("owner", ["customer", "loan"])
def test_a_file_of_another_branch_is_404(
    session: Session, bank: Bank, sign_in: SignIn, owner: str
) -> None:
    add_field(session, owner)
    if owner == "customer":
        send(sign_in("officer"), "/customers", PERSON, (PNG, "身份证.png"))
    else:
        loan = session.get_one(Loan, add_loan(bank))
        session.commit()
        edit = {"version": str(loan.version), "security": "credit"}
        send(sign_in("officer"), f"/loans/{loan.id}/edit", edit, (PNG, "身份证.png"))
    kept = session.scalars(select(Attachment)).one()
    assert sign_in("officer_b").get(f"/attachments/{kept.id}").status_code == 404
