"""The forms of repayments: what was sent becomes a command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from server.domain.events import PrepayMode
from server.domain.parsing.dates import parse_date
from server.repayments.actions import PrepayLoan, RecordRepayment
from server.repayments.queries import METHODS, RepaymentFilter, ShownReceipt
from server.web.entries import Entries
from server.web.forms import FormState

QUESTIONS = {
    "more_than_owed": "accept_credit",
    "loan_settled": "accept_credit",
    "double_entry": "accept_double",
}
"""Refusals that ask once, and the box that answers each."""


@dataclass(slots=True)
class EnteredRepayment:
    """A payment's form as it was read; `command` is None while the state has errors."""

    state: FormState
    command: RecordRepayment | None


@dataclass(slots=True)
class EnteredPrepayment:
    """A prepayment's form as it was read; `command` is None while the state has errors."""

    state: FormState
    command: PrepayLoan | None


def read_filter(args: Mapping[str, str], today: dt.date) -> RepaymentFilter:
    """Read the list's filters from a URL; without any it is the day's list."""
    found = {name: args.get(name, "").strip() for name in ("from", "to", "method", "q", "branch")}
    paid_from, paid_to = (parse_date(found[name][:40]).value for name in ("from", "to"))
    if not any(args.values()):
        paid_from = paid_to = today
    return RepaymentFilter(
        paid_from=paid_from,
        paid_to=paid_to,
        method=found["method"] if found["method"] in METHODS else "",
        branch_id=_id(found["branch"]),
        text=found["q"][:60],
    )


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def read_repayment(form: MultiDict[str, str], loan_id: str) -> EnteredRepayment:
    """Read the form of a payment."""
    entries = Entries(form)
    amount, paid_on = entries.money("amount"), entries.day("paid_on")
    told = _told(entries)
    if entries.state.errors:
        return EnteredRepayment(entries.state, None)
    command = RecordRepayment(
        loan_id=loan_id,
        amount=amount,
        paid_on=paid_on,
        accept_credit=entries.is_set("accept_credit"),
        accept_double=entries.is_set("accept_double"),
        **told,
    )
    return EnteredRepayment(entries.state, command)


def read_prepayment(form: MultiDict[str, str], loan_id: str) -> EnteredPrepayment:
    """Read the form of a prepayment; `scope` is `all` or `part`."""
    entries = Entries(form)
    scope = entries.code("scope", ("all", "part"))
    principal = entries.money("principal") if scope == "part" else None
    mode = entries.code("mode", tuple(PrepayMode)) if scope == "part" else ""
    paid_on = entries.day("paid_on")
    expected = form.get("expected", "")
    told = _told(entries)
    if entries.state.errors:
        return EnteredPrepayment(entries.state, None)
    command = PrepayLoan(
        loan_id=loan_id,
        principal=principal,
        paid_on=paid_on,
        expected=int(expected) if expected.isdecimal() and len(expected) < 18 else -1,
        mode=PrepayMode(mode) if mode else PrepayMode.REDUCE_PAYMENT,
        **told,
    )
    return EnteredPrepayment(entries.state, command)


def _told(entries: Entries) -> dict[str, Any]:
    return {
        "method": entries.code("method", METHODS),
        "reference": entries.text("reference", most=80, required=False),
        "payer": entries.text("payer", most=120, required=False),
        "note": entries.text("note", most=500, required=False),
    }


def read_receipt(entries: Entries) -> ShownReceipt:
    """Read the figures of a receipt; who came by its link brings the entry and the device too."""
    return ShownReceipt(
        contract_no=entries.text("contract_no", most=60),
        amount=entries.money("amount"),
        paid_on=entries.day("paid_on"),
        code=entries.text("code", most=20),
        entry_id=_id(entries.state.text("entry")),
        device=_id(entries.state.text("device")),
    )
