"""What refusals say to people: a sentence for each reason code, in the reader's language.

A reason is looked up as `field.reason` first, then as `reason`. `detail` of the refusal fills the
placeholders.
"""

from __future__ import annotations

import re
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from server.domain.errors import Invalid
from server.web.intake_messages import IMPORT_MESSAGES, ROW_MESSAGES

MESSAGES: Final = {
    **IMPORT_MESSAGES,
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
    "visited_at.in_future": lazy("走访时间不能晚于现在。"),
    "called_at.in_future": lazy("联系时间不能晚于现在。"),
    "promised_on.in_past": lazy("承诺的还款日不能早于今天。"),
    "promised_on.out_of_range": lazy("承诺的还款日不能晚于一年后。"),
    "contact_id.unknown": lazy("没有这个联系方式，请重新选择。"),
    "loan_id.unknown": lazy("这笔贷款不属于该客户。"),
    "addendum_to.unknown": lazy("没有要补充的那次走访。"),
    "quiet_hours": lazy("22:00 至次日 8:00 不得联系催收。债务人同意的，请勾选“对方同意”。"),
    "too_many_calls": lazy("该号码当天未接通次数已到上限。债务人同意的，请勾选“对方同意”。"),
    "many_calls": lazy("该号码当天已多次未接通。确要记录这次联系，请勾选确认。"),
    "held.own_entry": lazy("这是您自己收的款，须由另一位同事处理。"),
    "held.decided": lazy("这笔还款已经处理过了。"),
    "held.like_none": lazy("没有与它相同的还款，不能合并。"),
    "held.like_waits": lazy("与它相同的那笔还在待确认，请先处理那一笔。"),
    "held.like_gone": lazy("与它相同的那笔没有入账或已冲正，不能合并。"),
    "id.taken": lazy("这个编号已被另一笔还款使用。"),
    "day.needs_a_branch": lazy("总行员工没有所属支行，不能上交现金。"),
    "handover.own_entry": lazy("这是您自己上交的现金，须由另一位同事签收。"),
    "handover.decided": lazy("这笔现金已经处理过了。"),
    "explain_difference": lazy("清点金额与账面不符，请写明原因再签收。"),
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
    "contacts.missing": lazy("请至少填写一个本人或企业的电话。"),
    "file.missing": lazy("请选择文件。"),
    "choose_again": lazy("文件没有保存，请改正其他内容后重新选择这个文件。"),
    "file_too_large": lazy("文件超过 %(megabytes)s MB，请压缩后再上传。"),
    "file_kind": lazy("只接受照片（jpg、png、webp、heic）、PDF、xlsx 和 docx 文件。"),
    "file_taken": lazy("这个文件已经上传过了。"),
    "too_many_files": lazy("一次最多上传 %(most)s 个文件。"),
    "cannot_follow": lazy("当前状态不能这样处理，请刷新页面查看最新进展。"),
    "own_interest": lazy("您与此事有关（被反映人或该笔贷款的客户经理），请由他人处理。"),
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
    "file.kind_unknown": lazy("文件名须以 .xlsx 或 .csv 结尾。"),
    "file.unwritable": lazy("不能写入这个文件，请检查文件夹和权限。"),
    "too_many_rows": lazy("超过 %(most)s 行，请加上筛选条件，分几次导出。"),
    "note.branch_founded": lazy("新建了机构“%(name)s”。"),
    "note.product_founded": lazy("新建了产品“%(name)s”，额度、期限和利率范围都放到最宽，请核对。"),
    "note.columns_missing": lazy("表中没有这些列：%(columns)s。缺少内容的记录会标为“资料不全”。"),
    "note.columns_unread": lazy("这些列无法识别，没有导入：%(columns)s。"),
    "note.lender_word": lazy("“%(columns)s”一列按借款人理解，请核对。"),
    "note.words_assumed": lazy("“%(column)s”一列的这些写法按惯例理解，请核对：%(words)s。"),
    "note.ten_thousands": lazy("贷款金额普遍偏小，原表的单位可能是万元，请核对。"),
    "note.total_differs": lazy("“%(column)s”各行相加是 %(rows)s，原表的合计是 %(sheet)s，请核对。"),
    "note.as_of": lazy("余额按 %(day)s 的情况接管。"),
    "old_password.wrong": lazy("当前密码不正确。"),
    "new_password.too_short": lazy("密码至少 %(least)s 个字符。"),
    "new_password.too_long": lazy("密码最多 %(most)s 个字符。"),
    "new_password.too_easy": lazy("密码太容易被猜到，请勿包含用户名或重复字符。"),
    "new_password.same_as_old": lazy("新密码不能与当前密码相同。"),
    "too_early": lazy("日期过早，请核对。"),
    "too_late": lazy("日期过晚，请核对。"),
    "outside_product": lazy("超出产品允许的范围（%(low)s 至 %(high)s）。"),
    "method.outside_product": lazy("该产品不提供这种还款方式。"),
    "annual_rate.above_ceiling": lazy("折合年化成本 %(cost)s%%，高于上限 %(limit)s%%，不能登记。"),
    "not_for_this_customer": lazy("该产品不适用于这类客户。"),
    "not_of_product": lazy("所选产品不用此项，请删去。"),
    "customer_lacks": lazy("客户资料还缺该产品要求的内容，请先补齐。"),
    "own_guarantor": lazy("借款人不能为自己担保。"),
    "none_found": lazy("没有找到这位客户，请换个写法，或留空后直接填写姓名。"),
    "several_found": lazy("找到多位客户，请从下面选定一位。"),
    "product_id.inactive": lazy("该产品已停用。"),
    "not_the_customers": lazy("贷款须登记在客户所属的机构。"),
    "contract_no.format": lazy("合同号不能含空格、百分号、下划线和反斜线。"),
    "contract_no.taken": lazy("该合同号已经登记过。"),
    "iou_no.taken": lazy("该借据号已经登记过。"),
    "negative_amortisation": lazy("按这样的期数和利率，每期还款不够付利息，请调整。"),
    "not_after_disbursement": lazy("必须晚于放款日。"),
    "after_maturity": lazy("不能晚于到期日。"),
    "not_longer_than_periods": lazy("摊还期数必须多于贷款期数。"),
    "not_below_periods": lazy("还本宽限期数必须少于贷款期数。"),
    "before_disbursement": lazy("不能早于放款日。"),
    "before_opening": lazy("不能早于接管余额的日期。"),
    "before_later_events": lazy("该日之后已有其他事项，请按今天的日期办理。"),
    "exceeds_balance": lazy("大于剩余本金。"),
    "exceeds_credit": lazy("大于现有的溢缴款。"),
    "exceeds_outstanding": lazy("大于该项的欠款。"),
    "beyond_extension_limit": lazy("超过展期上限：累计最多展期 %(most)s 个月。"),
    "settled": lazy("贷款已经结清。"),
    "nothing_to_write_off": lazy("贷款已结清或已核销。"),
    "nothing_to_prepay": lazy("没有可以提前归还的本金。"),
    "covered_by_credit": lazy("溢缴款已足够，无需再付；请先办理退还溢缴款。"),
    "quote_changed": lazy("应付金额已变为 %(total)s 元，请核对后再确认。"),
    "not_reversible": lazy("这一项不能在这里冲正。"),
    "already_reversed": lazy("已经冲正过了。"),
    "already_requested": lazy("已经有人申请冲正，等待审批。"),
    "needs_request": lazy("只有本人当天记录的还款可以直接冲正，其他须申请后由他人审批。"),
    "own_request": lazy("不能审批自己的申请，请由另一位有权限的同事处理。"),
    "decided": lazy("这项申请已经处理过了。"),
    "reference.taken": lazy("该流水号已经用于另一笔还款。"),
    "more_than_owed": lazy(
        "多于当前应还和下一期之和（%(owed)s 元）；多出的 %(credit)s 元将作为溢缴款。"
    ),
    "loan_settled": lazy("贷款已于 %(on)s 结清；这笔钱将作为溢缴款。"),
    "double_entry": lazy("可能重复：%(on)s 已有一笔同样金额的还款，收据号 %(receipt_no)s。"),
}

_NAMED: Final = re.compile(r"%\((\w+)\)s")


def message_for(refusal: Invalid) -> str:
    """Say a refusal in the reader's language; an unknown code is named so that it can be told."""
    for key in (f"{refusal.field}.{refusal.reason}", refusal.reason):
        if key in MESSAGES:
            text = str(MESSAGES[key])
            return text % refusal.detail if "%(" in text else text
    return str(_("此项不正确（%(reason)s）。", reason=refusal.reason))


def row_message(fault: Invalid) -> str:
    """Say what is wrong with a cell of an imported row."""
    for key in (f"{fault.field}.{fault.reason}", fault.reason):
        if key in ROW_MESSAGES:
            text = str(ROW_MESSAGES[key])
            named = set(_NAMED.findall(text)) <= set(fault.detail)
            return text % fault.detail if named and "%(" in text else text
    try:
        return message_for(fault)
    except KeyError:  # the sentence of a form names a figure that a row's fault has not
        return message_for(Invalid(fault.field, "unreadable"))
