"""Customers are found by what people have at hand, through indexes alone, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from server.customers import actions, queries
from server.customers.actions import Contact, NewCustomer
from server.customers.queries import CustomerFilter
from server.customers.queries.search import begins_with
from server.domain.errors import Invalid, NotAllowed, NotFound
from tests.server.bank import Bank, add_customer, credit_code, resident_id


def _names(bank: Bank, needle: str, who: str = "officer") -> list[str]:
    return [line.name for line in queries.search(bank.session, bank.actor(who), needle)]


@pytest.mark.parametrize(
    "needle",
    [
        "张三丰",
        "张",
        "三",
        "丰",
        "三丰",
        " 张 三 ",
        "zsf",
        "ZS",
        "zhangsan",
        "ＺＳＦ",
        "6001",
        "156001",
        "13800156001",
        "+86 138-0015-6001",
        resident_id(1),
        resident_id(1).lower(),
        "330106900307001",
        "CA01000001",
        "ca0100",
        "ht2026",
    ],
)
def test_a_customer_is_found_by(bank: Bank, needle: str) -> None:
    customer_id = add_customer(bank, 1)
    actions.add_search_terms(bank.session, customer_id, bank.branch_a, ["HT2026-0001"])
    bank.session.commit()
    assert _names(bank, needle) == ["张三丰"]


@pytest.mark.parametrize(
    "needle",
    ["", " ", "丰三", "sf", "601", "6002", "99956001", "#", "%", "_", "\x00", "长" * 60_000],
)
def test_a_customer_is_not_found_by(bank: Bank, needle: str) -> None:
    add_customer(bank, 1)
    bank.session.commit()
    assert _names(bank, needle) == []


def test_a_company_is_found_by_each_word_and_its_code(bank: Bank) -> None:
    add_customer(
        bank,
        kind="company",
        name="杭州 West Lake Tea 有限公司",
        id_no=credit_code(),
        spouse_name="",
    )
    bank.session.commit()
    for needle in ("杭州west", "lake", "tea", "有限", "hzwlt", credit_code().lower()):
        assert len(_names(bank, needle)) == 1, needle
    assert _names(bank, "ake") == []


def test_another_branch_finds_nothing_and_the_head_office_finds_all(bank: Bank) -> None:
    add_customer(bank, 1)
    bank.session.commit()
    for needle in ("张三丰", "6001", "13800156001", resident_id(1), "CA01"):
        assert _names(bank, needle, "officer_b") == []
        assert _names(bank, needle, "chief") == ["张三丰"]


def test_what_is_found_is_masked(bank: Bank) -> None:
    add_customer(bank, 1)
    bank.session.commit()
    line = queries.search(bank.session, bank.actor("officer"), "张")[0]
    assert (line.id_no, line.phone) == (f"330***********{resident_id(1)[-4:]}", "138****6001")


def test_an_emergency_contact_does_not_lead_to_the_customer(bank: Bank) -> None:
    add_customer(bank, 1)
    bank.session.commit()
    assert _names(bank, "0000") == []


def test_who_may_not_read_customers_finds_none(bank: Bank) -> None:
    with pytest.raises(NotAllowed):
        queries.search(bank.session, bank.actor("administrator"), "张")


@pytest.mark.parametrize("who", ["officer", "chief"])
def test_prefixes_are_looked_up_in_an_index(session: Session, bank: Bank, who: str) -> None:
    _fill(bank, 1200)
    branches = [bank.branch_a, bank.branch_b] if who == "chief" else [bank.branch_a]
    plan = _plan(session, begins_with(branches, "张", 80))
    assert "customer_terms" in plan
    assert "Seq Scan" not in plan
    assert "SCAN customer_terms" not in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("sort", ["name", "-name", "customer_no", "-customer_no", "-created_at"])
@pytest.mark.parametrize("who", ["officer", "chief"])
def test_pages_meet_without_gap_or_overlap(bank: Bank, sort: str, who: str) -> None:
    _fill(bank, 25)
    actor, seen, after = bank.actor(who), [], ""
    while True:
        page = queries.customers_page(
            bank.session, actor, CustomerFilter(sort=sort, after=after), rows=10
        )
        seen.append([line.id for line in page.rows])
        if page.following is None:
            break
        after = page.following
    assert [len(ids) for ids in seen] == [10, 10, 5]
    assert len({each for ids in seen for each in ids}) == 25
    back = queries.customers_page(
        bank.session, actor, CustomerFilter(sort=sort, before=page.preceding or ""), rows=10
    )
    assert [line.id for line in back.rows] == seen[1]
    assert back.preceding is not None
    first = queries.customers_page(
        bank.session, actor, CustomerFilter(sort=sort, before=back.preceding), rows=10
    )
    assert ([line.id for line in first.rows], first.preceding) == (seen[0], None)


def test_a_list_is_filtered(bank: Bank) -> None:
    add_customer(bank, 1)
    add_customer(bank, 2, branch_id=bank.branch_b)
    add_customer(bank, 3, kind="company", id_no=credit_code(), spouse_name="", officer_id=None)
    add_customer(bank, 4, id_no="", incomplete=("id_no",))
    bank.session.commit()

    def count(**wanted: Any) -> int:
        page = queries.customers_page(bank.session, bank.actor("chief"), CustomerFilter(**wanted))
        return len(page.rows)

    assert count() == 4
    assert count(branch_id=bank.branch_b) == 1
    assert count(officer_id=bank.people["officer"]) == 2
    assert count(kind="company") == 1
    assert count(incomplete=True) == 1


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (CustomerFilter(sort="id_no"), "sort"),
        (CustomerFilter(after="%%%"), "cursor"),
        (CustomerFilter(after="WzEsMl0"), "cursor"),
        (CustomerFilter(after="WyJ4IiwieSJd"), "cursor"),
        (CustomerFilter(sort="created_at", after="WyJ4Il0"), "cursor"),
    ],
)
def test_a_list_refuses(bank: Bank, wanted: CustomerFilter, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        queries.customers_page(bank.session, bank.actor("officer"), wanted)
    assert refused.value.field == field


def test_a_page_takes_two_statements_whatever_its_length(
    session: Session, bank: Bank, statements: list[str]
) -> None:
    _fill(bank, 30)
    actor = bank.actor("chief")
    session.rollback()
    for rows in (5, 25):
        statements.clear()
        queries.customers_page(session, actor, CustomerFilter(), rows=rows)
        assert len([each for each in statements if "SELECT" in each]) == 2


def test_a_shared_phone_or_card_is_told_without_telling_whose(bank: Bank) -> None:
    phone = (Contact("mobile", "13800138000"),)
    first = add_customer(bank, 1, contacts=phone, bank_card="6222020000000000018")
    add_customer(bank, 2, contacts=phone, branch_id=bank.branch_b, bank_card="6222020000000000018")
    bank.session.commit()
    found = queries.sharings(bank.session, bank.actor("officer"), first)
    assert [(each.rule, each.severity, each.others) for each in found] == [
        ("SHARED_PHONE", "WARN", 1),
        ("SHARED_ACCOUNT", "HIGH", 1),
    ]
    add_customer(bank, 3, contacts=phone)
    assert queries.sharings(bank.session, bank.actor("officer"), first)[0].severity == "HIGH"


def test_a_detail_of_another_branch_does_not_exist(bank: Bank) -> None:
    customer_id = add_customer(bank)
    with pytest.raises(NotFound):
        queries.customer_detail(bank.session, bank.actor("officer_b"), customer_id)
    with pytest.raises(NotFound):
        queries.customer_history(bank.session, bank.actor("officer_b"), customer_id)


def _fill(bank: Bank, count: int) -> None:
    surnames = "王李张刘陈杨赵黄周吴"
    commands = [
        NewCustomer(
            "person",
            surnames[each % 10] + chr(0x4E00 + each),
            bank.branch_a,
            id_no=resident_id(each % 999 + 1, born=f"19{60 + each // 999}0101"),
            contacts=(Contact("mobile", f"138{each:08d}"),),
        )
        for each in range(count)
    ]
    actions.create_customers(bank.session, bank.actor("officer"), commands)
    bank.session.commit()


def _plan(session: Session, query: Any) -> str:
    dialect = session.get_bind().dialect
    if dialect.name == "postgresql":
        session.execute(text("ANALYZE customer_terms"))
        prefix = "EXPLAIN "
    else:
        prefix = "EXPLAIN QUERY PLAN "
    compiled = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    rows = session.connection().exec_driver_sql(prefix + str(compiled).replace("%%", "%"))
    return "\n".join(str(row[-1]) for row in rows)
