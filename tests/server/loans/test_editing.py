"""Editing what describes a loan, and handing loans over with their customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from server.loans.actions import EditLoan, HandOverLoans, edit_loan, hand_over_loans
from server.loans.models import Loan
from server.products.models import CustomField, Product
from tests.server.bank import TODAY, Bank, add_borrower, add_loan, add_repayment

SignIn = Callable[[str], FlaskClient]


def wanted(session: Session, loan_id: str, **changes: Any) -> EditLoan:
    loan = session.get_one(Loan, loan_id)
    names = ("iou_no", "officer_id", "purpose", "security", "remark", "extra")
    values = {name: getattr(loan, name) for name in names} | changes
    version = values.pop("version", loan.version)
    return EditLoan(loan_id, version, values)


def test_a_loans_description_is_changed_and_told_with_its_old_value(
    session: Session, bank: Bank
) -> None:
    loan_id = add_loan(bank, purpose="进货")
    officer_id = bank.people["officer2"]
    command = wanted(session, loan_id, purpose="装修", officer_id=officer_id, security="pledge")
    changes = edit_loan(session, bank.actor("officer"), command)
    session.commit()
    loan = session.get_one(Loan, loan_id)
    assert (loan.purpose, loan.officer_id, loan.security) == ("装修", officer_id, "pledge")
    assert loan.version == 2
    assert changes["purpose"] == ["进货", "装修"]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "loan.update")).one()
    assert entry.changes["officer_id"] == [None, "officer2 员工"]


def test_an_edit_that_changes_nothing_writes_nothing(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank, purpose="进货")
    assert edit_loan(session, bank.actor("officer"), wanted(session, loan_id)) == {}
    assert session.get_one(Loan, loan_id).version == 1


def test_the_second_of_two_editors_is_shown_both_versions(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank, purpose="进货")
    edit_loan(session, bank.actor("officer"), wanted(session, loan_id, purpose="装修"))
    command = wanted(session, loan_id, purpose="买车", version=1)
    with pytest.raises(Conflict) as refused:
        edit_loan(session, bank.actor("manager"), command)
    assert refused.value.current["purpose"] == "装修"
    assert refused.value.entered["purpose"] == "买车"
    assert session.get_one(Loan, loan_id).purpose == "装修"


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"purpose": "长" * 60_000}, "purpose", "too_long"),
        ({"remark": "长" * 60_000}, "remark", "too_long"),
        ({"security": "friendship"}, "security", "unknown"),
        ({"officer_id": "018f0000-0000-7000-8000-000000000000"}, "officer_id", "unknown"),
        ({"iou_no": "JJ-TAKEN"}, "iou_no", "taken"),
        ({"extra": {}}, "extra.hangye", "required"),
    ],
)
def test_a_bad_edit_is_refused(
    session: Session, bank: Bank, changes: dict[str, Any], field: str, reason: str
) -> None:
    add_loan(bank, iou_no="JJ-TAKEN")
    loan_id = add_loan(bank, extra={"hangye": "零售"})
    session.add(CustomField(owner="loan", key="hangye", label="行业", kind="text", required=True))
    session.flush()
    with pytest.raises(Invalid) as refused:
        edit_loan(session, bank.actor("officer"), wanted(session, loan_id, **changes))
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_an_officer_of_another_branch_is_refused(session: Session, bank: Bank) -> None:
    command = wanted(session, add_loan(bank), officer_id=bank.people["officer_b"])
    with pytest.raises(Invalid) as refused:
        edit_loan(session, bank.actor("officer"), command)
    assert refused.value.reason == "of_another_branch"


def test_what_the_product_demands_may_not_be_emptied_nor_what_it_drops_be_written(
    session: Session, bank: Bank
) -> None:
    loan_id = add_loan(bank, purpose="进货")
    product = session.get_one(Product, bank.product_id)
    product.field_rules = {"loan.purpose": "required", "loan.remark": "off"}
    session.flush()
    for changes, field in (({"purpose": ""}, "purpose"), ({"remark": "新"}, "remark")):
        with pytest.raises(Invalid) as refused:
            edit_loan(session, bank.actor("officer"), wanted(session, loan_id, **changes))
        assert refused.value.field == field


def test_a_gap_that_is_filled_is_a_gap_no_more(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank, incomplete=("purpose", "iou_no"))
    edit_loan(session, bank.actor("officer"), wanted(session, loan_id, purpose="进货"))
    loan = session.get_one(Loan, loan_id)
    assert loan.incomplete == ["iou_no"]
    assert not loan.complete


def test_who_does_not_lend_edits_nothing(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    for username in ("risk", "auditor"):
        with pytest.raises(NotAllowed):
            edit_loan(session, bank.actor(username), wanted(session, loan_id, purpose="x"))
    with pytest.raises(NotFound):
        edit_loan(session, bank.actor("officer_b"), wanted(session, loan_id, purpose="x"))


def form(loan: Loan, **changes: str) -> dict[str, str]:
    return {"version": str(loan.version), "security": loan.security, **changes}


def test_a_loan_is_edited_through_its_form(session: Session, bank: Bank, sign_in: SignIn) -> None:
    session.add(CustomField(owner="loan", key="hangye", label="行业", kind="text"))
    loan_id = add_loan(bank, extra={"hangye": "零售"}, purpose="进货")
    session.commit()
    officer = sign_in("officer")
    page = officer.get(f"/loans/{loan_id}/edit").get_data(as_text=True)
    assert "零售" in page
    assert "进货" in page
    assert f"/loans/{loan_id}/edit" in officer.get(f"/loans/{loan_id}").get_data(as_text=True)
    loan = session.get_one(Loan, loan_id)
    data = form(loan, purpose="装修", **{"extra.hangye": "餐饮"})
    answer = officer.post(f"/loans/{loan_id}/edit", data=data)
    assert answer.location == f"/loans/{loan_id}?tab=terms"
    session.expire_all()
    assert (loan.purpose, loan.extra) == ("装修", {"hangye": "餐饮"})


def test_a_refused_edit_keeps_what_was_typed(session: Session, bank: Bank, sign_in: SignIn) -> None:
    loan_id = add_loan(bank)
    session.commit()
    data = form(session.get_one(Loan, loan_id), purpose="长" * 300, remark="记得这个")
    answer = sign_in("officer").post(f"/loans/{loan_id}/edit", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="f-purpose-error"' in page
    assert "记得这个" in page


def test_the_form_of_the_second_editor_shows_both_and_then_saves(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    session.add(CustomField(owner="loan", key="hangye", label="行业", kind="text"))
    loan_id = add_loan(bank)
    session.commit()
    loan, officer = session.get_one(Loan, loan_id), sign_in("officer")
    stale = form(loan, purpose="买车", **{"extra.hangye": "餐饮"})
    officer.post(f"/loans/{loan_id}/edit", data=form(loan, purpose="装修"))
    answer = officer.post(f"/loans/{loan_id}/edit", data=stale)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    for said in ("装修", "买车", "餐饮", "行业"):
        assert said in page
    session.expire_all()
    assert loan.purpose == "装修"
    assert f'name="version" value="{loan.version}"' in page
    assert officer.post(f"/loans/{loan_id}/edit", data=stale | form(loan)).status_code == 303


def test_who_may_open_the_form(session: Session, bank: Bank, sign_in: SignIn) -> None:
    loan_id = add_loan(bank)
    session.commit()
    assert sign_in("auditor").get(f"/loans/{loan_id}/edit").status_code == 403
    assert sign_in("officer_b").get(f"/loans/{loan_id}/edit").status_code == 404
    assert sign_in("officer_b").post(f"/loans/{loan_id}/edit").status_code == 404


def test_running_loans_go_over_and_settled_ones_stay(session: Session, bank: Bank) -> None:
    customer_id = add_borrower(bank)
    mine = {"customer_id": customer_id, "officer_id": bank.people["officer"]}
    running, done = add_loan(bank, **mine), add_loan(bank, **mine, periods=1)
    add_repayment(bank, done, session.get_one(Loan, done).state.total_due, TODAY)
    other = add_loan(bank)
    command = HandOverLoans((customer_id,), bank.people["officer2"], "调岗")
    assert hand_over_loans(session, bank.actor("manager"), command) == 1
    session.commit()
    assert session.get_one(Loan, running).officer_id == bank.people["officer2"]
    assert session.get_one(Loan, done).officer_id == bank.people["officer"]
    assert session.get_one(Loan, other).officer_id is None
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "loan.update")).one()
    assert entry.changes == {"officer_id": ["officer 员工", "officer2 员工"]}
    assert entry.reason == "调岗"
    assert hand_over_loans(session, bank.actor("manager"), command) == 0


@pytest.mark.parametrize("who", ["nobody", "administrator", "officer_b"])
def test_loans_are_not_handed_to(session: Session, bank: Bank, who: str) -> None:
    customer_id = add_borrower(bank)
    add_loan(bank, customer_id=customer_id)
    officer_id = bank.people.get(who, "018f0000-0000-7000-8000-000000000000")
    command = HandOverLoans((customer_id,), officer_id)
    with pytest.raises(Invalid) as refused:
        hand_over_loans(session, bank.actor("manager"), command)
    assert refused.value.field == "officer_id"


def test_who_may_not_hand_over_or_not_there_hands_nothing_over(
    session: Session, bank: Bank
) -> None:
    customer_id = add_borrower(bank, branch_id=bank.branch_b)
    add_loan(bank, customer_id=customer_id, branch_id=bank.branch_b)
    command = HandOverLoans((customer_id,), bank.people["officer2"])
    with pytest.raises(NotAllowed):
        hand_over_loans(session, bank.actor("officer_b"), command)
    with pytest.raises(NotFound):
        hand_over_loans(session, bank.actor("manager"), command)


@pytest.mark.parametrize("also", [True, False])
def test_the_list_hands_customers_over_with_their_loans_if_asked(
    session: Session, bank: Bank, sign_in: SignIn, also: bool
) -> None:
    customer_id = add_borrower(bank)
    loan_id = add_loan(bank, customer_id=customer_id, officer_id=bank.people["officer"])
    session.commit()
    manager = sign_in("manager")
    page = manager.get("/customers").get_data(as_text=True)
    assert 'name="loans" checked' in page
    data = {"ids": customer_id, "officer_id": bank.people["officer2"]}
    answer = manager.post("/customers/reassignment", data=data | ({"loans": "1"} if also else {}))
    assert answer.status_code == 303
    holder = session.get_one(Loan, loan_id).officer_id
    assert holder == bank.people["officer2" if also else "officer"]
    told = manager.get("/customers").get_data(as_text=True)
    assert ("1 笔未结清贷款一并移交" in told) is also
