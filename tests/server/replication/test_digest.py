"""Comparing: where two sides differ is found by group and fetched again, whatever was lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from server.accounts.actions import SaveUser, update_user
from server.accounts.models import User
from server.database.engine import begin_writing
from server.database.models import Change
from server.domain.access import Role
from sync.digest import Tally, by_group, differing, group_of
from tests.server.bank import Bank, add_customer
from tests.server.replication.pulling import Reader, enrolled

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def reader(bank: Bank, sign_in: SignIn) -> Reader:
    begin_writing(bank.session)
    for serial in range(1, 9):
        add_customer(bank, serial)
    bank.session.commit()
    reader = enrolled(sign_in("officer"))
    reader.pull()
    return reader


def _digest(reader: Reader, **query: Any) -> Any:
    answer = reader.client.get("/sync/v1/digest", query_string={"device": reader.device, **query})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def _compare(reader: Reader) -> int:
    """Do as a device does when tallies differ; how many groups did."""
    theirs = {int(key): Tally(*told) for key, told in _digest(reader)["groups"].items()}
    own = by_group((key, number) for (_, key), (number, _) in reader.rows.items())
    groups = differing(own, theirs)
    for start in range(0, len(groups), 16):
        asked = groups[start : start + 16]
        told = _digest(reader, groups=",".join(map(str, asked)))
        for kind, key in list(reader.rows):
            if group_of(key) in asked and key not in told["ids"]:
                del reader.rows[kind, key]
        for kind, key, number, document in told["rows"]:
            reader.rows[kind, key] = (number, document)
    return len(groups)


def test_who_has_everything_differs_nowhere(reader: Reader) -> None:
    assert _compare(reader) == 0


def test_what_was_lost_comes_back_and_what_is_too_much_goes(reader: Reader) -> None:
    held = dict(reader.rows)
    lost = sorted(reader.rows)[:5]
    for key in lost:
        del reader.rows[key]
    reader.rows["contact", "0190a000-0000-7000-8000-0000000000ab"] = (3, {})
    reader.rows[min(reader.rows)] = (1, {})
    assert 0 < _compare(reader) <= 7
    assert reader.rows == held


def test_a_device_with_nothing_gets_all_by_groups(reader: Reader) -> None:
    held = dict(reader.rows)
    reader.rows.clear()
    _compare(reader)
    assert reader.rows == held


def test_a_person_who_moved_finds_the_own_branch(bank: Bank, reader: Reader) -> None:
    begin_writing(bank.session)
    row = bank.session.get_one(User, bank.people["officer"])
    command = SaveUser(row.username, row.display_name, Role.OFFICER, bank.branch_b)
    update_user(bank.session, bank.actor("administrator"), row.id, row.version, command)
    bank.session.commit()
    reader.client.get("/sync/v1/hello", query_string={"device": reader.device})
    reader.pull()
    _compare(reader)
    assert reader.ids("bank") == {bank.branch_b}
    assert bank.people["officer_b"] in reader.ids("staff")
    assert bank.people["officer2"] not in reader.ids("staff")
    assert len(reader.ids("customer")) == 8
    assert reader.tally == reader.own_tally


def test_rows_are_compressed_and_built_like_those_of_a_pull(bank: Bank, reader: Reader) -> None:
    contact = min(reader.ids("contact"))
    bank.session.execute(update(Change).where(Change.entity_id == contact).values(number=10_000))
    bank.session.commit()
    answer = reader.client.get(
        "/sync/v1/digest",
        query_string={"device": reader.device, "groups": str(group_of(contact))},
        headers={"Accept-Encoding": "zstd, gzip"},
    )
    assert answer.headers["Content-Encoding"] == "zstd"
    told = _digest(reader, groups=str(group_of(contact)))
    rows = {row[1]: row for row in told["rows"]}
    assert rows[contact][2] == 10_000
    assert set(rows) == set(told["ids"])


@pytest.mark.parametrize(
    "groups", ["", "x", "-1", "256", "3;4", "1,,2", ",".join(map(str, range(17))), "9999", "１"]
)
def test_what_names_no_groups_is_refused(reader: Reader, groups: str) -> None:
    answer = reader.client.get(
        "/sync/v1/digest", query_string={"device": reader.device, "groups": groups}
    )
    assert (answer.status_code, answer.get_json()["field"]) == (422, "groups")
