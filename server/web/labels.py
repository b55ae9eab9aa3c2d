"""What codes are called: words for each enumeration, in the reader's language.

`{{ code|label("method") }}` in a template. A code without a word shows as itself, so that
nothing disappears; the tests hold that every enumeration of the domain is complete here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from flask_babel import lazy_gettext as lazy

from server.domain.fields import FieldDefinition, FieldKind, show_value
from server.web.audit_labels import ACTIONS, AUDIT_FIELDS, ENTITIES
from server.web.channel_labels import CHANNEL_LABELS
from server.web.customer_labels import CUSTOMER_FIELDS
from server.web.field_labels import FIELD_LABELS
from server.web.intake_labels import ID_TYPES, OUTCOMES, RUN_STATUSES
from server.web.job_labels import JOBS
from server.web.job_labels import RUN_STATES as JOB_STATES
from server.web.notice_words import NOTICE_LABELS
from server.web.parameter_labels import GROUPS, PARAMETERS, SOURCES, UNITS
from server.web.place_labels import PROVINCES
from server.web.sync_labels import (
    BELONGINGS,
    CONFLICT_CHOICES,
    HELD_STATUSES,
    REVOKED_KINDS,
    SYNC_FIELDS,
    SYNC_KINDS,
    SYNC_POLICIES,
    SYNC_REASONS,
)

if TYPE_CHECKING:
    from flask import Flask

LABELS: Final[dict[str, Mapping[str, Any]]] = {
    "backup_state": {
        "making": lazy("正在做"),
        "good": lazy("完整"),
        "failed": lazy("失败"),
        "dropped": lazy("已删除"),
    },
    "role": {
        "officer": lazy("客户经理"),
        "reviewer": lazy("审核"),
        "risk": lazy("风控"),
        "manager": lazy("主管"),
        "administrator": lazy("管理员"),
        "auditor": lazy("审计"),
    },
    "permission": {
        "customers.read": lazy("查看客户"),
        "customers.write": lazy("登记和修改客户"),
        "customers.reassign": lazy("更换客户经理"),
        "customers.reveal": lazy("查看完整证件号、手机等"),
        "covers.give": lazy("安排客户代管"),
        "loans.read": lazy("查看贷款"),
        "loans.write": lazy("登记贷款"),
        "loans.amend": lazy("调整贷款（利率、展期、减免等）"),
        "repayments.record": lazy("记录还款"),
        "repayments.reverse": lazy("冲正还款或申请冲正"),
        "repayments.approve": lazy("审批冲正和待确认的还款"),
        "visits.record": lazy("登记走访、还款承诺和联系记录"),
        "handovers.sign": lazy("签收上交的现金"),
        "feedback.log": lazy("登记反馈"),
        "feedback.answer": lazy("处理反馈"),
        "intake.import": lazy("导入台账"),
        "reports.export": lazy("导出"),
        "products.read": lazy("查看产品"),
        "products.manage": lazy("管理产品、字段和参数"),
        "users.manage": lazy("管理员工和机构"),
        "field.use": lazy("使用外勤应用"),
        "devices.manage": lazy("查看和停用外勤设备"),
        "conflicts.settle": lazy("处理冲突和待定的外勤记录"),
        "operations.manage": lazy("查看和运行后台任务"),
        "audit.read": lazy("查看审计记录"),
    },
    "method": {
        "EQUAL_INSTALMENT": lazy("等额本息"),
        "EQUAL_PRINCIPAL": lazy("等额本金"),
        "INTEREST_ONLY": lazy("按期付息、到期还本"),
        "BULLET": lazy("到期一次还本付息"),
        "FLAT": lazy("等本等息"),
        "BALLOON": lazy("气球贷"),
    },
    "day_count": {
        "M30_360": lazy("30/360（每月按 30 天）"),
        "ACT_360": lazy("实际天数/360"),
        "ACT_365": lazy("实际天数/365"),
    },
    "fee_kind": {
        "PERCENT": lazy("按提前还本金额的比例"),
        "MONTHS_INTEREST": lazy("按几个月的利息"),
    },
    "status": {
        "SETTLED": lazy("结清"),
        "TRANSFERRED": lazy("转让"),
        "APPLIED": lazy("审批中"),
        "PENDING": lazy("待放款"),
        "NORMAL": lazy("正常"),
        "EXTENDED": lazy("已展期"),
        "RESTRUCTURED": lazy("重组"),
        "OVERDUE": lazy("逾期"),
        "WRITTEN_OFF": lazy("已核销"),
    },
    "five_class": {
        "NORMAL": lazy("正常类"),
        "SPECIAL_MENTION": lazy("关注类"),
        "SUBSTANDARD": lazy("次级类"),
        "DOUBTFUL": lazy("可疑类"),
        "LOSS": lazy("损失类"),
    },
    "bucket": {
        "M0": lazy("未逾期"),
        "M1": lazy("逾期 1-30 天"),
        "M2": lazy("逾期 31-60 天"),
        "M3": lazy("逾期 61-90 天"),
        "M4": lazy("逾期 91-120 天"),
        "M5": lazy("逾期 121-150 天"),
        "M6": lazy("逾期 151-180 天"),
        "M7+": lazy("逾期 180 天以上"),
    },
    "customer_kind": {
        "person": lazy("个人"),
        "company": lazy("企业"),
        "any": lazy("个人和企业"),
    },
    "province": PROVINCES,
    "customer_field": CUSTOMER_FIELDS,
    "gender": {"M": lazy("男"), "F": lazy("女")},
    "contact_kind": {
        "mobile": lazy("手机"),
        "landline": lazy("固定电话"),
        "email": lazy("电子邮箱"),
        "wechat": lazy("微信"),
    },
    "contact_relation": {
        "self": lazy("本人"),
        "spouse": lazy("配偶"),
        "emergency": lazy("紧急联系人"),
        "work": lazy("单位"),
        "other": lazy("其他"),
    },
    "company_contact_relation": {
        "self": lazy("企业"),
        "spouse": lazy("配偶"),
        "emergency": lazy("紧急联系人"),
        "work": lazy("单位"),
        "other": lazy("其他"),
    },
    "address_kind": {
        "home": lazy("现住址"),
        "household": lazy("户籍地址"),
        "work": lazy("单位地址"),
        "business": lazy("经营地址"),
        "other": lazy("其他地址"),
    },
    "security": {
        "credit": lazy("信用"),
        "guarantee": lazy("保证"),
        "mortgage": lazy("抵押"),
        "pledge": lazy("质押"),
        "combined": lazy("组合担保"),
    },
    "event_kind": {
        "opening": lazy("接管余额"),
        "repayment": lazy("还款"),
        "reversal": lazy("冲正"),
        "waiver": lazy("减免"),
        "fee": lazy("收费"),
        "rate_change": lazy("调整利率"),
        "prepayment": lazy("提前还款"),
        "extension": lazy("展期"),
        "refund": lazy("退还溢缴款"),
        "write_off": lazy("核销"),
    },
    "line_kind": {
        "disbursed": lazy("放款"),
        "opened": lazy("接管余额"),
        "fell_due": lazy("应还"),
        "repaid": lazy("还款"),
        "credit_applied": lazy("溢缴款抵扣"),
        "prepaid": lazy("提前还款"),
        "credit_refunded": lazy("退还溢缴款"),
        "fee_charged": lazy("收费"),
        "waived": lazy("减免"),
        "rate_changed": lazy("调整利率"),
        "extended": lazy("展期"),
        "written_off": lazy("核销"),
        "reversal": lazy("冲正"),
    },
    "payment_method": {
        "cash": lazy("现金"),
        "transfer": lazy("转账"),
        "card": lazy("刷卡"),
        "wechat": lazy("微信支付"),
        "alipay": lazy("支付宝"),
        "auto_debit": lazy("自动扣款"),
        "other": lazy("其他方式"),
    },
    "component": {
        "fee": lazy("费用"),
        "penalty": lazy("罚息"),
        "compound": lazy("复利"),
        "interest": lazy("利息"),
        "principal": lazy("本金"),
        "credit": lazy("溢缴款"),
    },
    "prepay_mode": {
        "REDUCE_PAYMENT": lazy("期数不变，每期少还"),
        "SHORTEN": lazy("每期不变，提早还完"),
    },
    "request_status": {
        "pending": lazy("待审批"),
        "approved": lazy("已通过"),
        "refused": lazy("已拒绝"),
    },
    "feedback_kind": {
        "complaint": lazy("投诉"),
        "question": lazy("咨询"),
        "suggestion": lazy("建议"),
        "praise": lazy("表扬"),
    },
    "feedback_category": {
        "rate_fee": lazy("利率、费用、罚息"),
        "posting_error": lazy("还款入账错误"),
        "collection": lazy("催收行为"),
        "impostor": lazy("冒名贷款、非本人"),
        "privacy": lazy("个人信息、征信异议"),
        "service": lazy("服务态度"),
        "prepayment": lazy("提前还款、结清证明"),
        "contract": lazy("合同与告知"),
        "collateral": lazy("担保、抵押、解押"),
        "other": lazy("其他"),
    },
    "feedback_channel": {
        "visit": lazy("来访"),
        "call": lazy("来电"),
        "letter": lazy("来信"),
        "online": lazy("线上"),
        "regulator": lazy("监管转送"),
        "hotline": lazy("12378 热线"),
        "field": lazy("上门走访"),
    },
    "feedback_status": {
        "open": lazy("待受理"),
        "in_progress": lazy("处理中"),
        "answered": lazy("已答复"),
        "closed": lazy("已办结"),
        "withdrawn": lazy("已撤回"),
    },
    "feedback_step": {
        "": lazy("只记录，不改变状态"),
        "in_progress": lazy("受理，开始处理"),
        "answered": lazy("答复客户"),
        "closed": lazy("办结"),
        "withdrawn": lazy("客户撤回"),
    },
    "field_kind": {
        "text": lazy("文字"),
        "number": lazy("数字"),
        "money": lazy("金额"),
        "date": lazy("日期"),
        "choice": lazy("选项"),
        "yes_no": lazy("是否"),
        "file": lazy("文件"),
    },
    "field_owner": {
        "customer": lazy("客户"),
        "loan": lazy("贷款"),
        "product": lazy("产品"),
    },
    "field_rule": {
        "shown": lazy("显示"),
        "required": lazy("必填"),
        "off": lazy("不用"),
    },
    "standard_field": {
        "customer.id_no": lazy("证件号码"),
        "customer.id_expiry_on": lazy("证件有效期"),
        "customer.gender": lazy("性别"),
        "customer.birth_on": lazy("出生日期"),
        "customer.mobile": lazy("手机"),
        "customer.contacts": lazy("其他联系方式"),
        "customer.addresses": lazy("地址"),
        "customer.spouse_name": lazy("配偶姓名"),
        "customer.bank_card": lazy("银行卡号"),
        "customer.employer": lazy("工作单位"),
        "customer.occupation": lazy("职业"),
        "customer.monthly_income": lazy("月收入"),
        "customer.remark": lazy("客户备注"),
        "loan.iou_no": lazy("借据号"),
        "loan.purpose": lazy("贷款用途"),
        "loan.security": lazy("担保方式"),
        "loan.guarantors": lazy("担保人"),
        "loan.collaterals": lazy("抵质押物"),
        "loan.repay_day": lazy("还款日"),
        "loan.first_due_on": lazy("首期还款日"),
        "loan.maturity_on": lazy("到期日"),
        "loan.remark": lazy("贷款备注"),
    },
    "institution": {
        "BANK": lazy("银行"),
        "CONSUMER_FINANCE": lazy("消费金融公司"),
        "MICROLENDER": lazy("小额贷款公司"),
        "OTHER_LICENSED": lazy("其他持牌机构"),
        "PRIVATE": lazy("民间借贷"),
    },
    "ceiling_kind": {"FIXED": lazy("固定年利率"), "LPR_MULTIPLE": lazy("LPR 的倍数")},
    "table_kind": {
        "FIXED": lazy("固定年利率"),
        "LPR_MULTIPLE": lazy("LPR 的倍数"),
        "HOLIDAY": lazy("放假"),
        "WORKDAY": lazy("上班"),
    },
    "holiday_rule": {
        "NONE": lazy("不顺延"),
        "NEXT_WORKDAY": lazy("顺延到下一个工作日"),
    },
    "lpr_tenor": {"1Y": lazy("一年期"), "5Y": lazy("五年期以上")},
    "table_column": {
        "institution": lazy("机构"),
        "kind": lazy("方式"),
        "value": lazy("值"),
        "from_on": lazy("起始日"),
        "to_on": lazy("截止日"),
        "tenor": lazy("期限"),
        "published_on": lazy("公布日"),
        "rate": lazy("利率"),
        "name": lazy("名称"),
    },
    "yes_no": {"yes": lazy("是"), "no": lazy("否")},
    "language": {"zh": "中文", "en": "English"},
    "origin": {"web": lazy("网页"), "cli": lazy("命令行"), "job": lazy("后台任务")},
    "unit": UNITS,
    "parameter": PARAMETERS,
    "parameter_group": GROUPS,
    "source": SOURCES,
    "run_status": RUN_STATUSES,
    "job": JOBS,
    "run_state": JOB_STATES,
    "row_outcome": OUTCOMES,
    "id_type": ID_TYPES,
    **FIELD_LABELS,
    **NOTICE_LABELS,
    **CHANNEL_LABELS,
    "action": ACTIONS,
    "entity": ENTITIES,
    "audit_field": AUDIT_FIELDS,
    "sync_kind": SYNC_KINDS,
    "sync_field": SYNC_FIELDS,
    "belonging": BELONGINGS,
    "sync_reason": SYNC_REASONS,
    "sync_policy": SYNC_POLICIES,
    "conflict_choice": CONFLICT_CHOICES,
    "revoked_kind": REVOKED_KINDS,
    "held_status": HELD_STATUSES,
}


def init_labels(app: Flask) -> None:
    """Register the filters `label` and `field_value`, and `options_of(group)` for select fields."""
    app.add_template_filter(label, "label")
    app.add_template_filter(field_value, "field_value")
    app.add_template_global(options_of, "options_of")


def label(code: object, group: str) -> str:
    """The word for a code of a group; the code itself where there is none."""
    return str(LABELS[group].get(str(code), code))


def options_of(group: str) -> list[tuple[str, str]]:
    """A group as (code, word) pairs in its own order, for select and radio fields."""
    return [(code, str(word)) for code, word in LABELS[group].items()]


def field_value(value: object, definition: FieldDefinition) -> str:
    """The value of a custom field as people read it."""
    shown = show_value(definition, value)
    return label(shown, "yes_no") if shown and definition.kind is FieldKind.YES_NO else shown
