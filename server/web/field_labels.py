"""What the codes of field work are called: visits, promises, contacts, cash, held payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as lazy

FIELD_LABELS: Final[Mapping[str, Mapping[str, Any]]] = {
    "visit_purpose": {
        "collection": lazy("催收"),
        "post_loan": lazy("贷后检查"),
        "first_check": lazy("首次检查"),
        "before_maturity": lazy("到期前检查"),
        "collateral": lazy("押品检查"),
        "pre_loan": lazy("贷前调查"),
        "other": lazy("其他"),
    },
    "visit_met": {
        "self": lazy("客户本人"),
        "family": lazy("家人"),
        "staff": lazy("员工"),
        "nobody": lazy("没见到人"),
        "other": lazy("其他人"),
    },
    "visit_next_step": {
        "none": lazy("无"),
        "visit": lazy("再次走访"),
        "call": lazy("电话联系"),
        "collect": lazy("上门收款"),
        "material": lazy("补充资料"),
        "report": lazy("上报"),
    },
    "visit_ability": {
        "1": lazy("1 很差"),
        "2": lazy("2 较差"),
        "3": lazy("3 一般"),
        "4": lazy("4 较好"),
        "5": lazy("5 很好"),
    },
    "promise_channel": {
        "visit": lazy("走访时"),
        "phone": lazy("电话"),
        "wechat": lazy("微信"),
        "sms": lazy("短信"),
        "other": lazy("其他"),
    },
    "promise_state": {
        "open": lazy("未到期"),
        "kept": lazy("已兑现"),
        "part": lazy("部分兑现"),
        "broken": lazy("未兑现"),
    },
    "call_relation": {
        "self": lazy("本人"),
        "spouse": lazy("配偶"),
        "emergency": lazy("紧急联系人"),
        "work": lazy("单位"),
        "guarantor": lazy("保证人"),
        "other": lazy("其他"),
    },
    "call_channel": {
        "phone": lazy("电话"),
        "sms": lazy("短信"),
        "wechat": lazy("微信"),
        "visit": lazy("上门"),
        "other": lazy("其他"),
    },
    "call_result": {
        "reached": lazy("接通"),
        "no_answer": lazy("无人接听"),
        "switched_off": lazy("关机"),
        "invalid": lazy("空号"),
        "refused": lazy("拒接"),
        "relayed": lazy("他人转告"),
    },
    "breach": {
        "quiet_hours": lazy("22:00 至次日 8:00 联系"),
        "too_many_calls": lazy("同一号码一天内未接通次数超限"),
        "many_calls": lazy("同一号码一天内多次未接通"),
        "second_visit": lazy("一天内再次上门催收"),
        "alone": lazy("催收走访少于两人"),
    },
    "handover_state": {
        "waiting": lazy("待签收"),
        "signed": lazy("已签收"),
        "refused": lazy("已退回"),
    },
    "held_reason": {
        "double_entry": lazy("疑似重复入账"),
        "loan_settled": lazy("贷款已结清"),
        "reassigned": lazy("客户已移交他人"),
        "invalid": lazy("内容有误"),
    },
}
