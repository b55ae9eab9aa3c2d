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
    "phone": lazy("电话号码不正确，例如 13800000000 或 0571-87654321。"),
    "email": lazy("邮箱格式不正确，例如 name@example.cn。"),
    "too_many": lazy("最多填写 %(most)s 行。"),
    "format": lazy("格式不正确。"),
    "id_no.format": lazy("身份证号应为 18 位（旧证 15 位），末位可以是 X。"),
    "id_no.area": lazy("前两位不是省级行政区代码，请对照证件核对。"),
    "id_no.birth_date": lazy("号码中的出生日期不存在或晚于今天，请对照证件核对。"),
    "id_no.checksum": lazy("校验位不符，请对照证件逐位核对。"),
    "id_no.length": lazy("统一社会信用代码应为 18 位。"),
    "id_no.charset": lazy("统一社会信用代码只用数字和大写字母，且没有 I、O、S、V、Z。"),
    "id_no.taken": lazy("该证件号码已登记为客户 %(customer_no)s。"),
    "id_no.taken_elsewhere": lazy("该证件号码已在其他机构登记，请联系总行处理。"),
    "id_no.taken_in_batch": lazy("该证件号码在本次内容中出现了不止一次。"),
    "id_no.warning_unknown_county": lazy("证件号码的县区代码较少见，请对照证件核对。"),
    "id_no.warning_old_number": lazy("这是 15 位旧身份证号，旧证已于 2013 年停用，请换用新证。"),
    "id_no.warning_checksum": lazy("统一社会信用代码的校验位不符，已按您填写的依据登记。"),
    "id_no.warning_organisation": lazy("统一社会信用代码中组织机构代码的校验位不符，请核对执照。"),
    "id_no.warning_unusual_age": lazy("年龄不在 18 至 65 周岁之间，请确认。"),
    "bank_card.digits": lazy("银行卡号只能是数字。"),
    "bank_card.length": lazy("银行卡号应为 16 至 19 位。"),
    "bank_card.warning_luhn": lazy("银行卡号未通过校验，旧卡或存折可能如此，请再核对一次。"),
    "customer_no.format": lazy("客户编号只能用字母、数字、点、横线和斜线。"),
    "differs_from_id": lazy("与证件号码不一致。"),
    "not_for_company": lazy("企业客户不填此项。"),
    "of_another_branch": lazy("该员工不属于这个机构。"),
    "contacts.missing": lazy("请至少填写一个本人电话。"),
    "differs": lazy("两次输入不一致。"),
    "number": lazy("请填写数字。"),
    "whole": lazy("请填写整数。"),
    "between": lazy("请填写 %(low)s 到 %(high)s 之间的数。"),
    "text": lazy("无法识别，请重新填写。"),
    "TOO_LONG": lazy("内容太长，请缩短。"),
    "TOO_LARGE": lazy("金额过大，请核对。"),
    "ROUNDED": lazy("金额最多两位小数。"),
    "APPROXIMATE": lazy("请填写确切的数，不要写“约”。"),
    "COLLOQUIAL": lazy("请用数字填写完整的金额，例如 25000。"),
    "SCIENTIFIC": lazy("请用数字填写完整的金额，例如 25000。"),
    "RANGE": lazy("请只填写一个值，不要写范围。"),
    "FOREIGN_CURRENCY": lazy("请填写人民币金额。"),
    "CELL_ERROR": lazy("无法识别，请重新填写。"),
    "DAY_MISSING": lazy("请写到日，例如 2026-01-31。"),
    "MONTH_MISSING": lazy("请写到日，例如 2026-01-31。"),
    "TWO_DIGIT_YEAR": lazy("请写四位年份，例如 2026-01-31。"),
    "SERIAL_AS_TEXT": lazy("没有这一天，请按 2026-01-31 填写。"),
    "LONG_TERM": lazy("请填写具体日期，例如 2026-01-31。"),
    "code_shape": lazy("只能用字母、数字、点、横线和下划线，以字母或数字开头。"),
    "username_shape": lazy("用户名用 2 到 40 个小写字母、数字、点、横线，以字母或数字开头。"),
    "below_minimum": lazy("不能小于下限。"),
    "outside_bounds": lazy("必须在最低和最高年利率之间。"),
    "outside_rule": lazy("请填 0（不收），或 %(low)s%% 到 %(high)s%% 之间（见参数）。"),
    "not_a_number": lazy("请填写数字。"),
    "too_high": lazy("年利率不能超过 100%。"),
    "too_many_places": lazy("小数位数太多。"),
    "too_few": lazy("至少填写两个选项，每行一个。"),
    "repeated": lazy("有重复的选项。"),
    "too_many_fields": lazy("自定义字段最多 %(most)s 个。"),
    "kind.in_use": lazy("已有记录填写了这个字段，不能再改类型。"),
    "field.in_use": lazy("已有记录填写了这个字段，不能删除，可以停用。"),
    "effective_on.taken": lazy("这一天已经有一次变更，请换一天，或先撤回。"),
    "effective_on.in_effect": lazy("已经生效的变更不能撤回，请再记一次新的变更。"),
    "effective_on.depended_on": lazy("后面的变更以它为前提，请先撤回后面的变更。"),
    "contradicts": lazy("与另一项参数矛盾，请先核对相关参数。"),
    "too_small": lazy("低于允许的范围。"),
    "value.too_large": lazy("超出允许的范围。"),
    "value.order": lazy("截止日早于起始日。"),
    "type": lazy("格式不正确。"),
    "date": lazy("没有这一天，请按 2026-01-31 填写。"),
    "cells": lazy("第 %(line)s 行的列数不对，应为 %(count)s 列，用逗号分开。"),
    "own_account": lazy("不能对自己的账号这样做，请由另一位管理员操作。"),
    "last_administrator": lazy("这是总行最后一位管理员，请先另设一位。"),
    "branch_closed": lazy("该机构已停用。"),
    "officer_needs_branch": lazy("客户经理必须属于一个支行。"),
    "has_active_users": lazy("还有 %(count)s 位在用员工，请先调走或停用。"),
    "cursor.unreadable": lazy("页码已失效，请回到第一页。"),
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
