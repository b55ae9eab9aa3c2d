"""What a notice says on a lock screen, in a mail or on a page: a title and one line, in zh or en.

Where the person does not allow more, no more than this shows: the surname, the last four of the
contract number, days and counts. No notice ever shows a number of an identity card or a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from server.domain.errors import Invalid
from server.domain.masking import mask_name
from server.domain.money import grouped_yuan
from server.web.job_labels import JOBS

Params = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Words:
    """A title and a line; both are text without markup."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class _Telling:
    """The values of a notice, as far as its reader lets them be seen."""

    params: Params
    open: bool

    def text(self, name: str) -> str:
        value = self.params.get(name)
        return "" if value is None else str(value)

    def whole(self, name: str) -> int:
        value = self.params.get(name)
        return value if isinstance(value, int) else 0

    @property
    def customer(self) -> str:
        name = self.text("name")
        return name if self.open or not name else _masked(name)

    @property
    def contract(self) -> str:
        return self.text("contract_no")[-4:]

    def amount(self, name: str = "amount") -> str | None:
        value = self.params.get(name)
        return grouped_yuan(value) if self.open and isinstance(value, int) else None


def words(kind: str, params: Params, language: str, *, show_amounts: bool) -> Words:
    """Say a notice in `zh` or `en`. An unknown kind says no more than that there is a notice.

    `show_amounts`: the person allows names and amounts where others may look on.
    """
    telling = _Telling(params, show_amounts)
    with force_locale("en" if language == "en" else "zh"):
        title = _TITLES.get(kind)
        body = _BODIES.get(kind)
        if title is None:
            return Words(_("您有一条新通知"), _("请打开台账查看。"))
        said = body(telling) if body is not None else _("请打开台账查看。")
        return Words(str(title), str(said))


def _masked(name: str) -> str:
    try:
        return mask_name(name)
    except Invalid:
        return "*"


def _due_digest(told: _Telling) -> Any:
    parts = [
        (
            ngettext("到期 %(num)d 笔", "到期 %(num)d 笔", told.whole("due")),
            told.whole("due"),
        ),
        (
            ngettext("临近到期 %(num)d 笔", "临近到期 %(num)d 笔", told.whole("soon")),
            told.whole("soon"),
        ),
        (
            ngettext("逾期 %(num)d 笔", "逾期 %(num)d 笔", told.whole("overdue")),
            told.whole("overdue"),
        ),
        (
            ngettext("承诺还款 %(num)d 笔", "承诺还款 %(num)d 笔", told.whole("promised")),
            told.whole("promised"),
        ),
        (
            ngettext("投诉到期 %(num)d 件", "投诉到期 %(num)d 件", told.whole("complaints")),
            told.whole("complaints"),
        ),
        (
            ngettext("待办 %(num)d 项", "待办 %(num)d 项", told.whole("tasks")),
            told.whole("tasks"),
        ),
    ]
    line = _("、").join(text for text, number in parts if number)
    amount = told.amount("sum")
    if amount is not None and told.whole("sum"):
        return _("%(line)s。今天应收 %(amount)s 元。", line=line, amount=amount)
    return _("%(line)s。", line=line)


def _due_soon(told: _Telling) -> Any:
    values = {"name": told.customer, "tail": told.contract, "day": told.text("due_on")}
    amount = told.amount()
    if told.whole("offset") == 0:
        if amount is not None:
            return _(
                "%(name)s 尾号 %(tail)s 的贷款今天应还 %(amount)s 元。", **values, amount=amount
            )
        return _("%(name)s 尾号 %(tail)s 的贷款今天到还款日。", **values)
    if amount is not None:
        return _(
            "%(name)s 尾号 %(tail)s 的贷款 %(day)s 应还 %(amount)s 元。", **values, amount=amount
        )
    return _("%(name)s 尾号 %(tail)s 的贷款 %(day)s 到还款日。", **values)


def _overdue(told: _Telling) -> Any:
    values = {"name": told.customer, "tail": told.contract, "days": told.whole("days")}
    amount = told.amount()
    if amount is not None:
        return _(
            "%(name)s 尾号 %(tail)s 的贷款已逾期 %(days)s 天，欠 %(amount)s 元。",
            **values,
            amount=amount,
        )
    return _("%(name)s 尾号 %(tail)s 的贷款已逾期 %(days)s 天。", **values)


def _promise_due(told: _Telling) -> Any:
    amount = told.amount()
    if amount is not None:
        return _("%(name)s 承诺今天还款 %(amount)s 元。", name=told.customer, amount=amount)
    return _("%(name)s 承诺今天还款。", name=told.customer)


def _promise_broken(told: _Telling) -> Any:
    return _("%(name)s 承诺 %(day)s 还款，未兑现。", name=told.customer, day=told.text("due_on"))


def _complaint_due(told: _Telling) -> Any:
    days, number = told.whole("days"), told.text("no")
    if days > 0:
        return _("%(no)s 还有 %(days)s 天到答复期限。", no=number, days=days)
    return _("%(no)s 今天是答复期限。", no=number)


def _job_failed(told: _Telling) -> Any:
    name = told.text("job")
    return _("任务 %(job)s 未完成，请到任务页查看。", job=JOBS.get(name, name))


def _holidays_missing(told: _Telling) -> Any:
    return _(
        "还没有 %(year)s 年的放假安排，顺延到工作日的还款日会算错。请在参数中补上。",
        year=told.text("year"),
    )


def _month_end_open(told: _Telling) -> Any:
    return _("%(month)s 的月末更新可以开始了。", month=told.text("month"))


def _of_customer(told: _Telling) -> Any:
    return _("客户：%(name)s。", name=told.customer)


def _of_cover(told: _Telling) -> Any:
    return _(
        "%(officer)s 的客户由 %(colleague)s 代管，%(first)s 至 %(last)s。",
        officer=told.text("officer"),
        colleague=told.text("colleague"),
        first=told.text("from"),
        last=told.text("until"),
    )


def _of_payment(told: _Telling) -> Any:
    amount = told.amount()
    if amount is not None:
        return _("尾号 %(tail)s，金额 %(amount)s 元。", tail=told.contract, amount=amount)
    return _("请打开台账查看。")


def _of_handover(told: _Telling) -> Any:
    return _("%(day)s 的现金上交。", day=told.text("day"))


_TITLES: Final[Mapping[str, Any]] = {
    "due_digest": lazy("今天的工作"),
    "due_soon": lazy("还款提醒"),
    "overdue": lazy("逾期提醒"),
    "promise_due": lazy("承诺还款到期"),
    "promise_broken": lazy("承诺还款未兑现"),
    "complaint_due": lazy("投诉答复期限"),
    "channel_test": lazy("测试通知"),
    "job_failed": lazy("后台任务失败"),
    "backup_failed": lazy("备份失败"),
    "month_end_open": lazy("月末更新"),
    "holidays_missing": lazy("缺少明年的放假安排"),
    "conflict_settled": lazy("分歧已经处理"),
    "held_confirmed": lazy("待审核的还款已入账"),
    "held_joined": lazy("两笔还款已并为一笔"),
    "held_applied": lazy("待审核的记录已通过"),
    "held_merged": lazy("待审核的记录已通过"),
    "held_conflict": lazy("待审核的记录有分歧"),
    "held_held": lazy("记录仍在等待审核"),
    "held_rejected": lazy("待审核的记录未被接受"),
    "customer_taken": lazy("客户已转给别的客户经理"),
    "customer_given": lazy("有新客户转到您名下"),
    "customers_merged": lazy("两个客户档案已合并"),
    "customers_unmerged": lazy("客户档案的合并已撤销"),
    "cover_given": lazy("客户代管已安排"),
    "cover_begun": lazy("客户代管已开始"),
    "cover_ended": lazy("客户代管已结束"),
    "handover_signed": lazy("交款已签收"),
    "handover_refused": lazy("交款被退回"),
    "test": lazy("测试通知"),
}
"""Every kind there is; a kind that is not here is told without saying what it is."""

NOTICE_LABELS: Final[Mapping[str, Mapping[str, Any]]] = {
    "notice_kind": _TITLES,
    "notice_state": {
        "new": lazy("未读"),
        "read": lazy("已读"),
        "snoozed": lazy("已推迟"),
        "done": lazy("已办"),
    },
}

_BODIES: Final[Mapping[str, Callable[[_Telling], Any]]] = {
    "due_digest": _due_digest,
    "due_soon": _due_soon,
    "overdue": _overdue,
    "promise_due": _promise_due,
    "promise_broken": _promise_broken,
    "complaint_due": _complaint_due,
    "job_failed": _job_failed,
    "backup_failed": _job_failed,
    "month_end_open": _month_end_open,
    "holidays_missing": _holidays_missing,
    "customer_taken": _of_customer,
    "customer_given": _of_customer,
    "customers_merged": _of_customer,
    "customers_unmerged": _of_customer,
    "cover_given": _of_cover,
    "cover_begun": _of_cover,
    "cover_ended": _of_cover,
    "held_confirmed": _of_payment,
    "held_joined": _of_payment,
    "handover_signed": _of_handover,
    "handover_refused": _of_handover,
}
