"""Where the officers of the demo bank went, whom they called and what they were promised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from server.demo.contracts import Contract
from server.demo.history import Paid

_DAY: Final = dt.timedelta(days=1)
_VISITED_SHARE: Final = 0.6
_REMINDED_SHARE: Final = 0.25
_CHECKED_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit as it was recorded; `by_two` went together."""

    on: dt.date
    at: dt.time
    purpose: str
    met: str
    findings: str
    ability: int
    next_step: str = "none"
    next_on: dt.date | None = None
    by_two: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """A contact that was sought or had."""

    on: dt.date
    at: dt.time
    channel: str
    result: str
    summary: str


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise of `amount` fen."""

    on: dt.date
    amount: int
    promised_on: dt.date
    channel: str
    note: str


FieldAct = Visited | Called | Promised

_FIRST_CHECK: Final = (
    "资金已按合同用途使用，进货单据齐全，已留存复印件。",
    "贷款用于购置农资，现场核对了化肥和种苗。",
    "装修已开工，付款凭证与合同一致。",
)
_POST_LOAN: Final = (
    "经营正常，上月流水与申报相符，家庭情况无变化。",
    "店面照常营业，库存比上次略多，客户表示回款稳定。",
    "大棚长势良好，预计下月上市，有还款来源。",
    "工厂开工，工人三十余人，设备运转正常。",
    "客户外出务工，由家人接待，收入稳定。",
)
_COLLECTION: Final = (
    "说明逾期金额和罚息，客户称货款未到，答应近日还款。",
    "客户承认欠款，因住院支出较大，申请分两次还清。",
    "家中只有老人，已留下联系单，未谈债务细节。",
    "店面已转让，客户另找了工作，愿意按月归还。",
)
_ANSWERED: Final = (
    "提醒还款日和金额，客户表示已备好款项。",
    "客户说明天到柜台还款。",
    "核对了还款账户，余额充足。",
)
_PRESSED: Final = (
    "说明逾期天数和应还金额，客户答应本周还款。",
    "客户情绪平稳，要求减免罚息，已告知须书面申请。",
)


def fieldwork_of(
    contracts: Sequence[Contract], today: dt.date
) -> Iterator[tuple[Contract, FieldAct]]:
    """All field work up to the day before `today`, each act with the loan it is about."""
    for contract in contracts:
        draw = Random(f"field {contract.plan.number}")  # noqa: S311 (the same every time)
        for act in _acts(contract, today, draw):
            if contract.history.booked_on < act.on < today:
                yield contract, act


def _acts(contract: Contract, today: dt.date, draw: Random) -> Iterator[FieldAct]:
    sheet = contract.history.sheet
    if contract.history.opening is None and draw.random() < _CHECKED_SHARE:
        on = contract.history.booked_on + dt.timedelta(days=draw.randrange(15, 30))
        yield _visit(draw, on, "first_check", _FIRST_CHECK)
    if sheet.settled_on is not None:
        return
    if draw.random() < _VISITED_SHARE:
        on = today - dt.timedelta(days=draw.randrange(2, 90))
        yield _visit(draw, on, "post_loan", _POST_LOAN)
    if sheet.dpd > 0:
        yield from _pressing(contract, today, draw)
    elif draw.random() < _REMINDED_SHARE:
        yield _call(draw, today - dt.timedelta(days=draw.randrange(1, 8)), _ANSWERED)
    yield from _kept(contract, today, draw)


def _pressing(contract: Contract, today: dt.date, draw: Random) -> Iterator[FieldAct]:
    """Who is behind is called, visited by two, and promises; some break the promise."""
    sheet = contract.history.sheet
    span = min(sheet.dpd, 20)
    for days in sorted(draw.sample(range(1, span + 2), min(span, draw.randrange(2, 5))))[::-1]:
        yield _call(draw, today - dt.timedelta(days=days), _PRESSED)
    on = today - dt.timedelta(days=draw.randrange(1, span + 1))
    next_on = today + dt.timedelta(days=draw.randrange(1, 8))
    yield Visited(
        on=on,
        at=dt.time(draw.randrange(9, 15), draw.choice((5, 20, 35, 50))),
        purpose="collection",
        met=draw.choice(("self", "self", "family", "nobody")),
        findings=draw.choice(_COLLECTION),
        ability=draw.randrange(1, 4),
        next_step=draw.choice(("call", "collect", "visit", "report")),
        next_on=next_on,
        by_two=draw.random() < 0.9,
    )
    amount = max(sheet.total_due // 100 * 100, 10_000)
    if sheet.dpd > 10:
        yield _promise(draw, today - dt.timedelta(days=9), today - dt.timedelta(days=4), amount)
    if draw.random() < 0.7:
        yield _promise(draw, max(on, today - 3 * _DAY), next_on, amount)


def _kept(contract: Contract, today: dt.date, draw: Random) -> Iterator[FieldAct]:
    """Now and then a payment of the last weeks was promised before."""
    paid = [act for act in contract.history.acts if isinstance(act, Paid)]
    if not paid or draw.random() >= 0.2 or (today - paid[-1].on).days > 40:
        return
    last = paid[-1]
    promised = last.amount if draw.random() < 0.8 else last.amount * 2
    yield _promise(draw, last.on - dt.timedelta(days=2), last.on, promised)


def _visit(draw: Random, on: dt.date, purpose: str, words: Sequence[str]) -> Visited:
    return Visited(
        on=on,
        at=dt.time(draw.randrange(9, 15), draw.choice((0, 10, 25, 40, 55))),
        purpose=purpose,
        met=draw.choice(("self", "self", "self", "family", "staff")),
        findings=draw.choice(words),
        ability=draw.randrange(3, 6),
        by_two=draw.random() < 0.4,
    )


def _call(draw: Random, on: dt.date, words: Sequence[str]) -> Called:
    result = draw.choice(("reached", "reached", "no_answer", "switched_off", "relayed"))
    return Called(
        on=on,
        at=dt.time(draw.randrange(9, 15), draw.randrange(60)),
        channel=draw.choice(("phone", "phone", "phone", "wechat", "sms")),
        result=result,
        summary=draw.choice(words) if result == "reached" else "",
    )


def _promise(draw: Random, on: dt.date, promised_on: dt.date, amount: int) -> Promised:
    channel = draw.choice(("phone", "visit", "wechat"))
    note = draw.choice(("货款到账后还", "发工资后还", "卖完这批货就还", ""))
    return Promised(on, amount, promised_on, channel, note)
