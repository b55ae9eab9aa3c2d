"""Pulling: nothing missed, nothing held that is another's, resumable wherever it was cut."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from server.accounts.actions import SaveUser, set_user_active, update_user
from server.accounts.models import User
from server.customers.actions import ReassignCustomers, reassign_customers
from server.customers.models import CustomerContact
from server.database import new_id, record
from server.database.engine import begin_writing
from server.database.feed import Author
from server.database.models import Change, Counter
from server.domain.access import Role
from server.products.actions import set_product_active
from server.replication.actions.life import begin_new_epoch
from server.replication.models.devices import Document, FeedLife
from tests.server.bank import NOW, Bank, add_customer, add_loan, add_repayment
from tests.server.replication.pulling import Reader, commit, enrolled

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def reader(sign_in: SignIn) -> Reader:
    return enrolled(sign_in("officer"))


def _some_customers(bank: Bank, count: int = 3, **changes: Any) -> list[str]:
    begin_writing(bank.session)
    ids = [add_customer(bank, serial + 1, **changes) for serial in range(count)]
    bank.session.commit()
    return ids


def _reassign(bank: Bank, customers: list[str], to: str) -> None:
    begin_writing(bank.session)
    command = ReassignCustomers(tuple(customers), bank.people[to], "片区调整")
    reassign_customers(bank.session, bank.actor("manager"), command)
    bank.session.commit()


def _but_notices(rows: list[list[Any]]) -> list[list[Any]]:
    """The rows without what the officers are told of the move."""
    return [row for row in rows if row[0] != "notice"]


def test_the_first_pull_brings_all_that_the_officer_holds(bank: Bank, reader: Reader) -> None:
    customers = _some_customers(bank)
    begin_writing(bank.session)
    loan_id = add_loan(bank, customer_id=customers[0])
    add_repayment(bank, loan_id, 100_000, dt.date(2026, 2, 20))
    bank.session.commit()
    reader.pull()
    assert reader.ids("customer") == set(customers)
    assert len(reader.ids("contact")) == 6
    assert len(reader.ids("address")) == 3
    assert reader.ids("loan") == {loan_id}
    assert len(reader.ids("repayment")) == 1
    assert reader.ids("product") == {bank.product_id}
    assert reader.ids("bank") == {bank.branch_a}
    assert bank.people["reviewer"] in reader.ids("staff")
    assert bank.people["officer_b"] not in reader.ids("staff")
    assert reader.tally == reader.own_tally
    (_, document) = reader.rows["loan", loan_id]
    assert document["as_of"] == "2026-03-10"
    assert len(document["days"]) > 1


def test_nothing_comes_twice(bank: Bank, reader: Reader) -> None:
    _some_customers(bank)
    reader.pull()
    assert reader.pull() == []
    assert reader.starts == ["restart", "resume"]


def test_a_change_alone_comes_after(bank: Bank, reader: Reader) -> None:
    customers = _some_customers(bank)
    loan_id = add_loan(bank, customer_id=customers[1])
    bank.session.commit()
    reader.pull()
    begin_writing(bank.session)
    repayment = add_repayment(bank, loan_id, 50_000, dt.date(2026, 3, 9))
    bank.session.commit()
    came = reader.pull()
    assert sorted((row[0], row[1]) for row in came) == [("loan", loan_id), ("repayment", repayment)]
    assert reader.tally == reader.own_tally


@pytest.mark.parametrize("encoding", ["zstd", "gzip, br", "identity"])
def test_a_pull_that_is_cut_goes_on_where_it_was(
    bank: Bank, sign_in: SignIn, encoding: str
) -> None:
    """Chunks come at the least size; each is asked for twice, the first answer being lost."""
    customers = _some_customers(bank, 60)
    reader = enrolled(sign_in("officer"))
    chunks, sizes, more = 0, [], True
    while more:
        headers = {"Accept-Encoding": encoding}
        query = {"device": reader.device, "cursor": reader.cursor, "size": 1}
        reader.client.get("/sync/v1/pull", query_string=query, headers=headers)
        answer = reader.client.get("/sync/v1/pull", query_string=query, headers=headers)
        sizes.append(len(answer.data))
        assert answer.headers.get("Content-Encoding", "identity") in encoding
        plain = reader.client.get("/sync/v1/pull", query_string=query)
        if encoding == "identity":
            reader.hear(plain)
            assert answer.data == plain.data
        else:
            reader.hear(plain)
        chunks, more = chunks + 1, reader.tally is None
    assert reader.ids("customer") == set(customers)
    assert reader.tally == reader.own_tally
    assert chunks >= 2
    assert max(sizes) < 26 * 1024


def test_what_changes_while_a_pull_is_under_way_is_not_lost(bank: Bank, reader: Reader) -> None:
    customers = _some_customers(bank, 60)
    reader.hear(reader.ask(size=1))
    assert reader.tally is None
    _reassign(bank, customers[:1], "officer2")
    more = _some_customers_from(bank, 100)
    reader.pull(size=1)
    assert reader.ids("customer") == set(customers[1:]) | {more}
    assert reader.tally == reader.own_tally


def _some_customers_from(bank: Bank, serial: int) -> str:
    begin_writing(bank.session)
    made = add_customer(bank, serial)
    bank.session.commit()
    return made


def test_another_officer_sees_nothing_of_it(bank: Bank, sign_in: SignIn) -> None:
    _some_customers(bank)
    for other in ("officer2", "officer_b", "reviewer"):
        reader = enrolled(sign_in(other))
        reader.pull()
        assert {kind for kind, _ in reader.rows} <= {"product", "staff", "bank"}


def test_a_reassigned_customer_leaves_one_device_and_comes_to_the_other(
    bank: Bank, sign_in: SignIn, reader: Reader
) -> None:
    customers = _some_customers(bank)
    begin_writing(bank.session)
    loan_id = add_loan(bank, customer_id=customers[0])
    add_repayment(bank, loan_id, 100_000, dt.date(2026, 2, 20))
    bank.session.commit()
    other = enrolled(sign_in("officer2"))
    reader.pull()
    other.pull()
    _reassign(bank, customers[:1], "officer2")
    came, gained = _but_notices(reader.pull()), _but_notices(other.pull())
    assert all(row[3] is None for row in came)
    assert {(row[0], row[1]) for row in came} == {(row[0], row[1]) for row in gained}
    assert sorted(row[0] for row in came) == [
        "address", "contact", "contact", "customer", "loan", "repayment",
    ]  # fmt: skip
    assert reader.ids("customer") == set(customers[1:])
    assert reader.tally == reader.own_tally
    assert other.tally == other.own_tally


def test_a_customer_who_comes_back_is_there_again(
    bank: Bank, sign_in: SignIn, reader: Reader
) -> None:
    customers = _some_customers(bank, 1)
    reader.pull()
    _reassign(bank, customers, "officer2")
    _reassign(bank, customers, "officer")
    reader.pull()
    assert reader.ids("customer") == set(customers)
    assert reader.tally == reader.own_tally
    other = enrolled(sign_in("officer2"))
    assert {row[0] for row in _but_notices(other.pull())} <= {"product", "staff", "bank"}


def test_a_loan_booked_after_the_move_goes_to_the_new_officer(
    bank: Bank, sign_in: SignIn, reader: Reader
) -> None:
    customers = _some_customers(bank, 1)
    _reassign(bank, customers, "officer2")
    begin_writing(bank.session)
    loan_id = add_loan(bank, customer_id=customers[0])
    bank.session.commit()
    reader.pull()
    other = enrolled(sign_in("officer2"))
    other.pull()
    assert reader.ids("loan") == set()
    assert other.ids("loan") == {loan_id}


def test_a_device_is_not_sent_what_it_was_told_of_its_own(bank: Bank, reader: Reader) -> None:
    customers = _some_customers(bank)
    reader.pull()
    begin_writing(bank.session)
    own, untold = ("customer", customers[0]), ("customer", customers[1])
    stamp = "0190a0000000-0000-" + reader.device
    author = Author(reader.device, new_id(), stamp, frozenset([own]))
    with record.author(bank.session, author):
        for entity in (own, untold):
            record.changed(
                bank.session, entity, bank.branch_a, portfolio=bank.people["officer"],
                fields=["remark"],
            )  # fmt: skip
    numbers = record.settle(bank.session)
    bank.session.commit()
    assert [row[1] for row in reader.pull()] == [customers[1]]
    reader.rows[own] = (numbers[own], reader.rows[own][1])
    assert reader.tally == reader.own_tally


def test_a_device_that_starts_anew_gets_also_its_own(
    bank: Bank, sign_in: SignIn, reader: Reader
) -> None:
    customers = _some_customers(bank, 1)
    begin_writing(bank.session)
    own = ("customer", customers[0])
    author = Author(reader.device, new_id(), "0-0-" + reader.device, frozenset([own]))
    with record.author(bank.session, author):
        record.changed(bank.session, own, bank.branch_a, portfolio=bank.people["officer"])
    bank.session.commit()
    reader.pull()
    assert reader.ids("customer") == set(customers)
    second = enrolled(reader.client)
    second.pull()
    assert second.rows == reader.rows


def test_two_devices_of_one_person_hear_of_each_other(bank: Bank, reader: Reader) -> None:
    customers = _some_customers(bank, 1)
    second = enrolled(reader.client, "手机")
    reader.pull()
    second.pull()
    begin_writing(bank.session)
    own = ("customer", customers[0])
    author = Author(reader.device, new_id(), "0-0-" + reader.device, frozenset([own]))
    with record.author(bank.session, author):
        record.changed(bank.session, own, bank.branch_a, portfolio=bank.people["officer"])
    bank.session.commit()
    assert reader.pull() == []
    assert [row[1] for row in second.pull()] == customers


def test_a_restore_begins_anew(bank: Bank, reader: Reader) -> None:
    customers = _some_customers(bank)
    reader.pull()
    begin_writing(bank.session)
    begin_new_epoch(bank.session, bank.actor("chief"))
    bank.session.commit()
    assert len(reader.pull()) == len(reader.rows)
    assert reader.starts[-1] == "restart"
    assert reader.ids("customer") == set(customers)
    hi = record.last_number(bank.session)
    new = _some_customers_from(bank, 50)
    assert [row[1] for row in reader.pull() if row[0] == "customer"] == [new]
    assert all(row[0] <= hi + 4 for row in reader.rows.values())
    assert max(number for number, _ in reader.rows.values()) > 1 << 40


def test_a_restore_nobody_spoke_of_is_noticed_by_who_has_seen_more(
    bank: Bank, sign_in: SignIn, reader: Reader
) -> None:
    """The counter is set back, as by a backup; two devices that saw the lost numbers come."""
    customers = _some_customers(bank)
    reader.pull()
    other = enrolled(sign_in("officer2"))
    other.pull()
    epoch = bank.session.get_one(FeedLife, record.SPACE).epoch
    hi = record.last_number(bank.session)
    bank.session.execute(update(Counter).values(changed=hi - 2))
    bank.session.execute(delete(Change).where(Change.number > hi - 2))
    bank.session.commit()
    reader.pull()
    assert reader.starts[-1] == "restart"
    assert reader.tally == reader.own_tally
    assert reader.ids("customer") == set(customers)
    life = bank.session.get_one(FeedLife, record.SPACE, populate_existing=True).epoch
    assert life != epoch
    other.pull()
    assert other.starts[-1] == "restart"
    assert bank.session.get_one(FeedLife, record.SPACE, populate_existing=True).epoch == life
    assert record.last_number(bank.session) > hi


@pytest.mark.parametrize("cursor", ["x", "forged", "é", "A" * 600])
def test_a_cursor_that_is_not_ours_starts_anew(bank: Bank, reader: Reader, cursor: str) -> None:
    _some_customers(bank)
    reader.pull()
    held = dict(reader.rows)
    reader.cursor = cursor if cursor != "forged" else reader.cursor[:-3] + "AAA"
    reader.pull()
    assert reader.starts[-1] == "restart"
    assert reader.rows == held


def test_somebody_elses_cursor_starts_anew_in_ones_own_feed(
    bank: Bank, sign_in: SignIn, reader: Reader
) -> None:
    _some_customers(bank)
    reader.pull()
    other = enrolled(sign_in("officer2"))
    other.cursor = reader.cursor
    other.pull()
    assert other.starts == ["restart"]
    assert other.ids("customer") == set()


def test_a_new_branch_makes_the_device_compare(bank: Bank, reader: Reader) -> None:
    reader.pull()
    begin_writing(bank.session)
    row = bank.session.get_one(User, bank.people["officer"])
    command = SaveUser(row.username, row.display_name, Role.OFFICER, bank.branch_b)
    update_user(bank.session, bank.actor("administrator"), row.id, row.version, command)
    bank.session.commit()
    reader.pull()
    assert reader.starts[-1] == "compare"
    assert reader.tally != reader.own_tally
    assert reader.pull() == []
    assert reader.starts[-1] == "resume"


def test_who_leaves_is_no_longer_among_the_staff(bank: Bank, reader: Reader) -> None:
    reader.pull()
    assert bank.people["officer2"] in reader.ids("staff")
    begin_writing(bank.session)
    actor = bank.actor("administrator")
    set_user_active(bank.session, actor, bank.people["officer2"], active=False)
    set_product_active(bank.session, actor, bank.product_id, active=False)
    bank.session.commit()
    reader.pull()
    assert bank.people["officer2"] not in reader.ids("staff")
    assert reader.ids("product") == set()
    assert reader.tally == reader.own_tally


def test_what_the_feed_names_and_nobody_has_is_gone(bank: Bank, reader: Reader) -> None:
    begin_writing(bank.session)
    ghost = ("visit", "0190a000-0000-7000-8000-000000000009")
    for entity in (ghost, ("contact", ghost[1])):
        record.changed(bank.session, entity, bank.branch_a, portfolio=bank.people["officer"])
    bank.session.commit()
    reader.pull()
    assert reader.tally == reader.own_tally
    assert bank.session.get_one(Change, ("contact", ghost[1])).gone
    assert {row[3] for row in reader.pull()} <= {None}
    assert reader.pull() == []
    assert reader.tally == reader.own_tally


def test_documents_are_built_once(
    bank: Bank, sign_in: SignIn, reader: Reader, statements: list[str]
) -> None:
    _some_customers(bank)
    reader.pull()
    second = enrolled(sign_in("officer"))
    statements.clear()
    second.pull()
    assert second.rows == reader.rows
    assert not [each for each in statements if "FROM customer_contacts" in each]


def test_kept_documents_are_sealed(bank: Bank, reader: Reader) -> None:
    _some_customers(bank, 1)
    reader.pull()
    bodies = bank.session.scalars(select(Document.body_sealed)).all()
    assert bodies
    assert not any("张三丰".encode() in body or b"1380" in body for body in bodies)


def test_a_chunk_asks_no_more_statements_the_more_there_is(
    bank: Bank, reader: Reader, statements: list[str]
) -> None:
    _some_customers(bank, 20)
    reader.pull()
    counts = []
    for customers in (0, 40):
        begin_writing(bank.session)
        for serial in range(customers):
            add_customer(bank, 100 + serial)
        bank.session.commit()
        enrolled(reader.client).pull()
        second = enrolled(reader.client)
        statements.clear()
        second.hear(second.ask(size=16 * 1024))
        counts.append(len(statements))
    assert counts[1] <= counts[0]


def test_a_loan_is_told_anew_each_day(bank: Bank, reader: Reader) -> None:
    customers = _some_customers(bank, 2)
    begin_writing(bank.session)
    loan_id = add_loan(bank, customer_id=customers[0])
    add_loan(bank, customer_id=customers[1], disbursed_on=dt.date(2026, 3, 9), periods=1)
    bank.session.commit()
    reader.pull()
    assert reader.pull() == []
    with time_machine.travel(NOW + dt.timedelta(hours=15), tick=False):
        came = enrolled_again(reader).pull()
    assert [(row[0], row[1]) for row in came] == [("loan", loan_id)]
    assert came[0][3]["as_of"] == "2026-03-11"


def enrolled_again(reader: Reader) -> Reader:
    """The same device; its person signed in again."""
    client = reader.client
    client.post("/sign-in", data={"username": "officer", "password": Bank.password})
    return reader


def test_a_cursor_older_than_what_is_remembered_compares(bank: Bank, reader: Reader) -> None:
    _some_customers(bank)
    reader.pull()
    _some_customers_from(bank, 70)
    bank.session.execute(update(FeedLife).values(purged=record.last_number(bank.session)))
    bank.session.commit()
    assert reader.pull() == []
    assert reader.starts[-1] == "compare"
    assert reader.tally != reader.own_tally


def test_a_gone_contact_is_dropped_and_the_others_stay(bank: Bank, reader: Reader) -> None:
    customers = _some_customers(bank, 1)
    reader.pull()
    begin_writing(bank.session)
    contact = next(iter(reader.ids("contact")))
    bank.session.execute(delete(CustomerContact).where(CustomerContact.id == contact))
    record.changed(
        bank.session, ("contact", contact), bank.branch_a,
        customer_id=customers[0], fields=["deleted"], gone=True,
    )  # fmt: skip
    commit(bank)
    assert [row[1:] for row in reader.pull()] == [[contact, reader_number(bank, contact), None]]
    assert len(reader.ids("contact")) == 1
    assert reader.tally == reader.own_tally


def reader_number(bank: Bank, contact: str) -> int:
    """The number of a contact in the feed."""
    bank.session.rollback()
    return bank.session.get_one(Change, ("contact", contact)).number


def test_a_pull_without_news_reads_none_of_what_is_held(
    bank: Bank, reader: Reader, statements: list[str]
) -> None:
    _some_customers(bank)
    reader.pull()
    statements.clear()
    assert reader.pull() == []
    assert reader.tally == reader.own_tally
    whole = "SELECT changes.entity, changes.entity_id, changes.number"
    assert not [each for each in statements if each.startswith(whole)]
    assert len(statements) <= 14
