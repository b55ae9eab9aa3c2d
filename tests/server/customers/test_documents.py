"""What a device holds of customers: shapes, masks, one number of queries."""

from __future__ import annotations

from sqlalchemy import select

from server.customers.documents import (
    address_documents,
    contact_documents,
    customer_documents,
)
from server.customers.models import CustomerAddress, CustomerContact
from server.customers.queries import customer_detail
from tests.server.bank import TODAY, Bank, add_borrower, add_customer, resident_id
from tests.server.shapes import faults


def _all(bank: Bank, ids: list[str]) -> dict[str, dict[str, dict[str, object]]]:
    session = bank.session
    contacts = select(CustomerContact.id).where(CustomerContact.customer_id.in_(ids))
    addresses = select(CustomerAddress.id).where(CustomerAddress.customer_id.in_(ids))
    return {
        "customer": customer_documents(session, ids, TODAY),
        "contact": contact_documents(session, list(session.scalars(contacts)), TODAY),
        "address": address_documents(session, list(session.scalars(addresses)), TODAY),
    }


def test_every_document_has_the_shape_that_the_device_expects(bank: Bank) -> None:
    found = _all(bank, [add_customer(bank), add_borrower(bank)])

    assert {kind: len(each) for kind, each in found.items()} == {
        "customer": 2,
        "contact": 3,
        "address": 1,
    }
    for kind, documents in found.items():
        for key, document in documents.items():
            assert document["id"] == key
            assert faults(kind.capitalize(), document) == []


def test_a_customer_is_what_the_desk_shows_and_is_found_by_pinyin(bank: Bank) -> None:
    made = add_customer(bank)
    shown = customer_detail(bank.session, bank.actor("officer"), made)

    document = customer_documents(bank.session, [made], TODAY)[made]

    assert document["keys"] == ["zsf", "zhangsanfeng"]
    assert document["since"] == "2026-03-10"
    assert (document["no"], document["name"]) == (shown.customer_no, shown.name)
    assert (document["employer"], document["occupation"]) == (shown.employer, shown.occupation)
    assert (document["spouse_name"], document["remark"]) == (shown.spouse_name, shown.remark)
    assert (document["gender"], document["complete"]) == (shown.gender, not shown.missing)


def test_the_id_number_leaves_the_server_masked(bank: Bank) -> None:
    made = add_customer(bank, 7)

    documents = _all(bank, [made])

    assert documents["customer"][made]["id_no"] == "330***********" + resident_id(7)[-4:]
    assert resident_id(7) not in str(documents)


def test_phones_and_addresses_go_whole_to_be_called_and_visited(bank: Bank) -> None:
    documents = _all(bank, [add_customer(bank)])

    values = [each["value"] for each in documents["contact"].values()]
    assert sorted(map(str, values)) == ["13800156001", "13900000000"]
    (home,) = documents["address"].values()
    assert home["address"] == "浙江省杭州市西湖区文三路18号"


def test_what_is_not_there_is_left_out(bank: Bank) -> None:
    unknown = "01890000-0000-7000-8000-000000000000"
    for documents in (customer_documents, contact_documents, address_documents):
        assert documents(bank.session, [unknown], TODAY) == {}


def test_the_number_of_queries_does_not_grow(bank: Bank, statements: list[str]) -> None:
    many = [add_customer(bank, serial) for serial in range(1, 9)]
    contacts = list(bank.session.scalars(select(CustomerContact.id)))
    addresses = list(bank.session.scalars(select(CustomerAddress.id)))
    bank.session.expire_all()

    statements.clear()
    customer_documents(bank.session, many, TODAY)
    contact_documents(bank.session, contacts, TODAY)
    address_documents(bank.session, addresses, TODAY)

    assert len(statements) == 3
