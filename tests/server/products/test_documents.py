"""What a device holds of products."""

from __future__ import annotations

from server.products.documents import product_documents
from server.products.models import Product
from tests.server.bank import TODAY, Bank
from tests.server.shapes import faults


def test_a_product_is_known_by_name(bank: Bank) -> None:
    found = product_documents(bank.session, [bank.product_id], TODAY)

    assert found == {bank.product_id: {"id": bank.product_id, "name": "经营贷"}}
    assert faults("Product", found[bank.product_id]) == []


def test_one_that_is_offered_no_more_is_left_out(bank: Bank) -> None:
    bank.session.get_one(Product, bank.product_id).active = False
    bank.session.flush()

    assert product_documents(bank.session, [bank.product_id], TODAY) == {}
