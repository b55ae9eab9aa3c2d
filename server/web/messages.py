"""What refusals say to people: a sentence for each reason code, in the reader's language.

A reason is looked up as `field.reason` first, then as `reason`. `detail` of the refusal fills the
placeholders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

if TYPE_CHECKING:
    from server.domain.errors import Invalid

MESSAGES: Final = {
    "missing": lazy("请填写此项。"),
    "required": lazy("请填写此项。"),
    "too_long": lazy("内容太长，请缩短。"),
    "too_short": lazy("内容太短。"),
    "too_large": lazy("金额过大，请核对。"),
    "not_positive": lazy("必须大于零。"),
    "negative": lazy("不能为负数。"),
    "amount": lazy("金额格式不正确，例如 1234.50。"),
    "INVALID_AMOUNT": lazy("金额格式不正确，例如 1234.50。"),
    "INVALID_DATE": lazy("没有这一天，请按 2026-01-31 填写。"),
    "AMBIGUOUS": lazy("日期有歧义，请按 2026-01-31 填写。"),
    "unknown": lazy("没有这个选项。"),
    "out_of_range": lazy("超出允许的范围。"),
    "taken": lazy("已被占用，请换一个。"),
    "in_future": lazy("日期不能晚于今天。"),
    "unreadable": lazy("无法识别，请重新填写。"),
    "differs": lazy("两次输入不一致。"),
    "old_password.wrong": lazy("当前密码不正确。"),
    "new_password.too_short": lazy("密码至少 %(least)s 个字符。"),
    "new_password.too_long": lazy("密码最多 %(most)s 个字符。"),
    "new_password.too_easy": lazy("密码太容易被猜到，请勿包含用户名或重复字符。"),
    "new_password.same_as_old": lazy("新密码不能与当前密码相同。"),
}


def message_for(refusal: Invalid) -> str:
    """Say a refusal in the reader's language; an unknown code is named so that it can be told."""
    for key in (f"{refusal.field}.{refusal.reason}", refusal.reason):
        if key in MESSAGES:
            text = str(MESSAGES[key])
            return text % refusal.detail if refusal.detail else text
    return str(_("此项不正确（%(reason)s）。", reason=refusal.reason))
