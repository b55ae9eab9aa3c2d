"""A product gets another name: loans on devices show it from the next night on."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.database import record
from server.database.engine import begin_writing
from server.database.models import Change
from server.products.models import Product
from server.replication.actions.days import retell_renamed
from tests.server.bank import Bank, add_customer, add_loan
from tests.server.replication.pulling import enrolled
from tests.server.replication.pushing import SignIn

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


def _rename(bank: Bank, name: str) -> None:
    begin_writing(bank.session)
    bank.session.get_one(Product, bank.product_id).name = name
    entity = ("product", bank.product_id)
    record.changed(bank.session, entity, None, portfolio=record.WHOLE_BANK)
    bank.session.commit()


def _retell(bank: Bank) -> list[int]:
    begin_writing(bank.session)
    told = [retell_renamed(bank.session, bank.actor("chief"))]
    bank.session.commit()
    begin_writing(bank.session)
    told.append(retell_renamed(bank.session, bank.actor("chief")))
    bank.session.commit()
    return told


def test_loans_on_devices_show_the_new_name_and_others_are_left(
    bank: Bank, sign_in: SignIn
) -> None:
    begin_writing(bank.session)
    held = add_loan(bank, customer_id=add_customer(bank, 1))
    other = add_customer(bank, 2, officer_id=bank.people["officer2"])
    unheld = add_loan(bank, customer_id=other)
    bank.session.commit()
    reader = enrolled(sign_in("officer"))
    reader.pull()
    number = bank.session.scalar(select(Change.number).where(Change.entity_id == unheld))
    bank.session.rollback()

    _rename(bank, "小微经营贷")
    assert _retell(bank) == [1, 0]
    reader.pull()

    assert reader.rows["loan", held][1]["product"] == "小微经营贷"
    assert bank.session.scalar(select(Change.number).where(Change.entity_id == unheld)) == number
