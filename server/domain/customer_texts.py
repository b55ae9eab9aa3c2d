"""What a customer is written, in Chinese or English (domain spec, §11).

The words are the specification's own: who writes, which loan by its last four, what and when, whom
to ask. No threat, no identity number, no full name, no link. An overdue notice counts as
collection and names where to complain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from server.domain.errors import Invalid
from server.domain.masking import mask_name
from server.domain.money import yuan


@dataclass(frozen=True, slots=True)
class Owed:
    """One loan in a text: its number, the amount in fen, `charges` being the penalty in it."""

    number: str
    due_on: date
    amount: int
    charges: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the bank's name and the numbers to call; "" leaves that sentence out."""

    name: str
    help_phone: str = ""
    complaint_phone: str = ""


def reminder_text(
    name: str,
    loans: Sequence[Owed],
    sender: Sender,
    today: date,
    *,
    english: bool = False,
    on_holiday: bool = False,
) -> str:
    """The text on all of a customer's `loans` of one day; overdue ones make it a notice of arrears.

    `on_holiday`: the bank rests on the due date, which stays where it is.
    """
    late = [loan for loan in loans if loan.due_on < today]
    if late:
        return _overdue_en(late, sender, today) if english else _overdue(late, sender, today)
    if english:
        return _due_en(loans, sender, on_holiday=on_holiday)
    return _due(name, loans, sender, on_holiday=on_holiday)


def _due(name: str, loans: Sequence[Owed], sender: Sender, *, on_holiday: bool) -> str:
    said = "；".join(
        f"您尾号{_tails(same, '、')}的贷款本期应还{_total(same)}元，还款日{on.isoformat()}"
        for on, same in _by_day(loans)
    )
    parts = (
        f"{sender.name}提醒：{_masked(name)}您好，{said}",
        "（当日为节假日，还款日不变）" if on_holiday else "",
        "，请确保还款账户余额充足。如已还款请忽略。",
        f"咨询{sender.help_phone}。" if sender.help_phone else "",
    )
    return "".join(parts)


def _overdue(loans: Sequence[Owed], sender: Sender, today: date) -> str:
    days, phone = _days(loans, today), sender.help_phone
    owed = f"应还{_total(loans)}元（含罚息{_charges(loans)}元，截至{today.isoformat()}）"
    parts = (
        f"{sender.name}通知：您尾号{_tails(loans, '、')}的贷款已逾期{days}天，{owed}。",
        f"如有困难请联系{phone}协商" if phone else "如有困难请联系我行协商",
        f"；如有异议可拨打{sender.complaint_phone}。" if sender.complaint_phone else "。",
    )
    return "".join(parts)


def _due_en(loans: Sequence[Owed], sender: Sender, *, on_holiday: bool) -> str:
    said = "; ".join(
        f"the {_total(same)} CNY instalment of your loan ending {_tails(same, ', ')}"
        f" is due on {on.isoformat()}"
        for on, same in _by_day(loans)
    )
    parts = (
        f"Reminder from {sender.name}: {said}",
        " (a bank holiday; the date stays)" if on_holiday else "",
        ". Please keep enough balance in your repayment account; ignore this if paid.",
        f" Help: {sender.help_phone}." if sender.help_phone else "",
    )
    return "".join(parts)


def _overdue_en(loans: Sequence[Owed], sender: Sender, today: date) -> str:
    tails, days = _tails(loans, ", "), _days(loans, today)
    owed = f"{_total(loans)} CNY is payable (incl. {_charges(loans)} penalty as of"
    phones = " or ".join(each for each in (sender.help_phone, sender.complaint_phone) if each)
    parts = (
        f"{sender.name}: your loan ending {tails} is {days} days overdue; {owed} {today}).",
        f" If you have difficulty or disagree, call {phones}." if phones else "",
    )
    return "".join(parts)


def _by_day(loans: Sequence[Owed]) -> list[tuple[date, list[Owed]]]:
    days = sorted({loan.due_on for loan in loans})
    return [(day, [loan for loan in loans if loan.due_on == day]) for day in days]


def _charges(loans: Sequence[Owed]) -> str:
    return yuan(sum(loan.charges for loan in loans))


def _total(loans: Sequence[Owed]) -> str:
    return yuan(sum(loan.amount for loan in loans))


def _tails(loans: Sequence[Owed], between: str) -> str:
    return between.join(loan.number[-4:] for loan in loans)


def _days(loans: Sequence[Owed], today: date) -> int:
    return (today - min(loan.due_on for loan in loans)).days


def _masked(name: str) -> str:
    try:
        return mask_name(name)
    except Invalid:
        return ""
