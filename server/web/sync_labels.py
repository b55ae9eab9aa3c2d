"""What the desk calls the things that come from devices: kinds, fields, reasons, states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as lazy

SYNC_KINDS: Final[Mapping[str, Any]] = {
    "customer": lazy("客户资料"),
    "contact": lazy("联系方式"),
    "address": lazy("地址"),
    "loan": lazy("贷款"),
    "repayment": lazy("还款"),
    "reversal": lazy("冲正"),
    "visit": lazy("走访"),
    "promise": lazy("还款承诺"),
    "call": lazy("联系记录"),
    "feedback": lazy("反馈"),
    "handover": lazy("现金上交"),
}

SYNC_FIELDS: Final[Mapping[str, Any]] = {
    "customer_id": lazy("客户"),
    "loan_id": lazy("贷款"),
    "repayment_id": lazy("还款"),
    "contact_id": lazy("联系方式"),
    "kind": lazy("类别"),
    "relation": lazy("关系"),
    "person_name": lazy("联系人"),
    "value": lazy("号码"),
    "address": lazy("地址"),
    "deleted": lazy("已删除"),
    "name": lazy("姓名或名称"),
    "id_no": lazy("证件号码"),
    "id_expiry_on": lazy("证件有效期"),
    "gender": lazy("性别"),
    "birth_on": lazy("出生日期"),
    "spouse_name": lazy("配偶姓名"),
    "employer": lazy("工作单位"),
    "occupation": lazy("职业"),
    "monthly_income": lazy("月收入"),
    "remark": lazy("备注"),
    "mobile": lazy("本人电话"),
    "amount": lazy("金额"),
    "paid_on": lazy("还款日"),
    "method": lazy("方式"),
    "reference": lazy("流水号"),
    "payer": lazy("付款人"),
    "note": lazy("备注"),
    "check_code": lazy("校验码"),
    "reason": lazy("原因"),
    "purpose": lazy("走访目的"),
    "visited_at": lazy("走访时间"),
    "staff": lazy("同行人员"),
    "met": lazy("见到的人"),
    "findings": lazy("情况记录"),
    "ability": lazy("还款能力"),
    "next_step": lazy("下一步"),
    "next_on": lazy("下次日期"),
    "position": lazy("位置"),
    "photos": lazy("照片"),
    "promised_on": lazy("承诺日期"),
    "channel": lazy("渠道"),
    "result": lazy("结果"),
    "summary": lazy("摘要"),
    "called_at": lazy("联系时间"),
    "category": lazy("分类"),
    "content": lazy("内容"),
    "received_on": lazy("收到日期"),
    "day": lazy("日期"),
    "counted": lazy("清点金额"),
    "signature": lazy("客户签字"),
}

SYNC_REASONS: Final[Mapping[str, Any]] = {
    "unknown_kind": lazy("本系统不认识这类记录，可能来自更新的应用版本"),
    "unknown_entity": lazy("它所依据的记录还没有到达"),
    "newer_schema": lazy("来自更新的应用版本，本系统还读不懂"),
    "insert_only": lazy("台账记录不能修改，只能另记一笔"),
    "exists": lazy("同一编号下已有另一笔记录"),
    "reassigned": lazy("记录时客户已改由他人负责"),
    "not_yours": lazy("该客户不归记录人负责"),
    "not_allowed": lazy("记录人没有这项权限"),
    "not_found": lazy("所指的记录不存在"),
    "duplicate_customer": lazy("证件号码已登记，可能是同一位客户"),
    "double_entry": lazy("可能重复：另一处已记录相同的还款"),
    "loan_settled": lazy("贷款已结清"),
    "invalid": lazy("内容不符合规则"),
    "malformed": lazy("格式损坏，无法读取"),
    "too_long": lazy("内容过大"),
    "altered": lazy("同一编号先后内容不同"),
    "revoked": lazy("设备已停用"),
    "error": lazy("系统处理时出错，已完整保存"),
    "changed": lazy("同时被别人修改"),
}

SYNC_POLICIES: Final[Mapping[str, Any]] = {
    "lww": lazy("以较晚的为准"),
    "server": lazy("以行内为准"),
    "hold": lazy("由人决定"),
    "max": lazy("以较大的为准"),
    "min": lazy("以较小的为准"),
    "union": lazy("两边合并"),
}

CONFLICT_CHOICES: Final[Mapping[str, Any]] = {
    "kept": lazy("保留现值"),
    "other": lazy("采用另一值"),
    "value": lazy("另行填写"),
    "policy": lazy("按规则处理"),
}

REVOKED_KINDS: Final[Mapping[str, Any]] = {
    "access": lazy("停用"),
    "lost": lazy("丢失"),
}

HELD_STATUSES: Final[Mapping[str, Any]] = {
    "waiting": lazy("待确认"),
    "confirmed": lazy("已确认"),
    "joined": lazy("并为同一笔"),
    "rejected": lazy("不予入账"),
}

BELONGINGS: Final[Mapping[str, Any]] = {
    "loan": lazy("贷款"),
    "guarantor": lazy("为他人担保"),
    "visit": lazy("走访"),
    "promise": lazy("还款承诺"),
    "call": lazy("联系记录"),
    "feedback": lazy("反馈"),
    "attachment": lazy("附件"),
    "conflict": lazy("资料冲突"),
}
