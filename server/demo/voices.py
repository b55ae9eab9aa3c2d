"""What customers of the demo bank said, and how far it was handled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from server.demo.contracts import Contract
from server.domain.feedback import FeedbackKind, FeedbackStatus

_K, _S = FeedbackKind, FeedbackStatus


@dataclass(frozen=True, slots=True)
class Said:
    """Feedback as it was logged; `number` names the case among all."""

    on: dt.date
    number: int
    kind: FeedbackKind
    category: str
    channel: str
    content: str


@dataclass(frozen=True, slots=True)
class Handled:
    """The next step of a case."""

    on: dt.date
    number: int
    status: FeedbackStatus
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Voice:
    kind: FeedbackKind
    category: str
    channel: str
    content: str
    answer: str


_VOICES: Final = (
    _Voice(_K.QUESTION, "prepayment", "call", "想提前还清贷款，问需要多少钱、收不收违约金。",
           "已告知当日结清金额及合同约定的违约金，客户表示理解。"),
    _Voice(_K.COMPLAINT, "posting_error", "visit", "上月还款后仍收到逾期提醒，要求查清入账时间。",
           "经核对，款项于到期日次日入账，宽限期内不计罚息，已向客户出示流水。"),
    _Voice(_K.SUGGESTION, "service", "online", "希望还款日前三天能收到短信提醒。",
           "已登记手机号，自下期起提前三天提醒。"),
    _Voice(_K.COMPLAINT, "rate_fee", "hotline", "认为罚息算多了，要求给出每天的计算过程。",
           "已提供逐日罚息计算表，与合同一致，客户无异议。"),
    _Voice(_K.PRAISE, "service", "letter", "客户经理上门耐心讲解还款计划，特此感谢。",
           "已转达客户经理并致谢。"),
    _Voice(_K.QUESTION, "contract", "visit", "问等额本息改成先息后本要办什么手续。",
           "已说明需重新申请并签订补充协议。"),
    _Voice(_K.COMPLAINT, "collection", "call", "晚上九点后接到催收电话，影响休息。",
           "已核实并提醒外呼人员遵守时段规定，向客户致歉。"),
    _Voice(_K.QUESTION, "collateral", "visit", "贷款已结清，问抵押什么时候能解除。",
           "已出具结清证明，五个工作日内办理注销登记。"),
    _Voice(_K.SUGGESTION, "other", "field", "希望村里服务点每月多来一次。",
           "已列入下季度走访计划。"),
    _Voice(_K.COMPLAINT, "privacy", "regulator", "怀疑个人信息被泄露，接到陌生贷款推销电话。",
           "经排查本行无相关查询记录，已向客户书面答复。"),
)  # fmt: skip

_DAYS_AGO: Final[tuple[tuple[FeedbackStatus, tuple[int, ...]], ...]] = (
    (_S.CLOSED, (210, 180, 160, 141, 120, 96, 75, 60, 52, 44)),
    (_S.ANSWERED, (21, 16, 9)),
    (_S.IN_PROGRESS, (28, 12, 6)),
    (_S.OPEN, (33, 24, 20, 13, 8, 3, 1, 1)),
)
"""When it was received, by how far it came: of those without an answer five are late."""


def voices_of(
    contracts: Sequence[Contract], today: dt.date
) -> Iterator[tuple[Contract, Said | Handled]]:
    """Every case and every step, each with the loan it is about."""
    number = 0
    for reached, days_ago in _DAYS_AGO:
        for days in days_ago:
            on = today - dt.timedelta(days=days)
            draw = Random(f"voice {number}")  # noqa: S311 (the same every time is the point)
            contract = draw.choice([each for each in contracts if each.history.booked_on < on])
            for step in _steps(number, on, reached):
                yield contract, step
            number += 1


def _steps(number: int, on: dt.date, reached: FeedbackStatus) -> Iterator[Said | Handled]:
    # Praise does not wait for an answer.
    voices = [each for each in _VOICES if reached is _S.CLOSED or each.kind is not _K.PRAISE]
    voice = voices[number % len(voices)]
    yield Said(on, number, voice.kind, voice.category, voice.channel, voice.content)
    if reached is _S.OPEN:
        return
    yield Handled(on + dt.timedelta(days=1), number, _S.IN_PROGRESS, "已受理，正在核实。")
    if reached is _S.IN_PROGRESS:
        return
    yield Handled(on + dt.timedelta(days=5), number, _S.ANSWERED, voice.answer)
    if reached is _S.CLOSED:
        yield Handled(on + dt.timedelta(days=9), number, _S.CLOSED)
