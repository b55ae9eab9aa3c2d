"""What the states of an import, the outcomes of its rows and the kinds of ID are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as lazy

RUN_STATUSES: Final[Mapping[str, Any]] = {
    "uploaded": lazy("待对应列"),
    "reading": lazy("正在预览"),
    "previewed": lazy("待确认"),
    "importing": lazy("正在导入"),
    "done": lazy("已完成"),
    "cancelled": lazy("已取消"),
    "failed": lazy("没有完成"),
}
OUTCOMES: Final[Mapping[str, Any]] = {
    "created": lazy("新增"),
    "updated": lazy("更新"),
    "unchanged": lazy("不变"),
    "refused": lazy("不能导入"),
}
ID_TYPES: Final[Mapping[str, Any]] = {
    "RESIDENT_ID": lazy("居民身份证"),
    "TEMPORARY_ID": lazy("临时身份证"),
    "HOUSEHOLD_BOOK": lazy("户口簿"),
    "PASSPORT": lazy("护照"),
    "OFFICER_ID": lazy("军官证"),
    "HM_PERMIT": lazy("港澳居民来往内地通行证"),
    "TW_PERMIT": lazy("台湾居民来往大陆通行证"),
    "FOREIGN_RESIDENCE": lazy("外国人永久居留证"),
    "BUSINESS_LICENCE": lazy("营业执照"),
    "OTHER": lazy("其他证件"),
}
IMPORT_ACTIONS: Final[Mapping[str, Any]] = {
    "import.upload": lazy("上传待导入的文件"),
    "import.map": lazy("对应列并预览"),
    "import.start": lazy("开始导入"),
    "import.cancel": lazy("取消导入"),
    "import.finish": lazy("导入完成"),
    "import.fail": lazy("导入没有完成"),
    "import.download": lazy("下载未导入的行"),
}
COLUMNS: Final[Mapping[str, Any]] = {
    "customer_no": lazy("客户编号"),
    "customer_name": lazy("客户姓名"),
    "customer_type": lazy("客户类型"),
    "id_type": lazy("证件类型"),
    "id_no": lazy("证件号码"),
    "id_expiry_on": lazy("证件到期日"),
    "uscc": lazy("统一社会信用代码"),
    "gender": lazy("性别"),
    "birth_on": lazy("出生日期"),
    "mobile": lazy("手机号"),
    "mobile2": lazy("备用电话"),
    "address": lazy("住址"),
    "employer": lazy("工作单位"),
    "occupation": lazy("职业"),
    "monthly_income": lazy("月收入"),
    "spouse_name": lazy("配偶姓名"),
    "emergency_contact": lazy("紧急联系人"),
    "emergency_phone": lazy("紧急联系人电话"),
    "contract_no": lazy("合同号"),
    "iou_no": lazy("借据号"),
    "product": lazy("贷款品种"),
    "purpose": lazy("贷款用途"),
    "credit_limit": lazy("授信额度"),
    "principal_amount": lazy("贷款金额"),
    "principal_balance": lazy("贷款余额"),
    "annual_rate": lazy("年利率"),
    "monthly_rate_permille": lazy("月利率‰"),
    "penalty_uplift": lazy("罚息上浮"),
    "rate_type": lazy("利率类型"),
    "lpr_spread_bp": lazy("LPR加点"),
    "disbursed_on": lazy("放款日"),
    "maturity_on": lazy("到期日"),
    "term_months": lazy("期限(月)"),
    "repay_method": lazy("还款方式"),
    "repay_day": lazy("还款日"),
    "instalment_amount": lazy("每期应还"),
    "security_type": lazy("担保方式"),
    "collateral": lazy("抵质押物"),
    "collateral_value": lazy("押品评估值"),
    "guarantor_name": lazy("保证人"),
    "guarantor_id_no": lazy("保证人证件号"),
    "interest_due": lazy("欠息"),
    "penalty_due": lazy("罚息"),
    "overdue_principal": lazy("逾期本金"),
    "dpd": lazy("逾期天数"),
    "overdue_periods": lazy("逾期期数"),
    "five_class": lazy("五级分类"),
    "loan_status": lazy("贷款状态"),
    "extended": lazy("是否展期"),
    "restructured": lazy("是否重组"),
    "officer": lazy("客户经理"),
    "branch": lazy("经办机构"),
    "repay_account": lazy("还款账号"),
    "last_paid_on": lazy("最近还款日"),
    "last_visit_on": lazy("最近走访日"),
    "writeoff_on": lazy("核销日期"),
    "remark": lazy("备注"),
    "first_due_on": lazy("首期还款日"),
    "frequency_months": lazy("还款间隔月数"),
    "amort_periods": lazy("摊还期数"),
    "grace_periods": lazy("还本宽限期数"),
    "grace_days": lazy("宽限天数"),
    "day_count": lazy("计息规则"),
    "compound_due": lazy("复利"),
    "fee_due": lazy("欠费"),
    "oldest_due_on": lazy("逾期起始日"),
    "customer_remark": lazy("客户备注"),
}
"""The standard columns of a ledger, by field: the domain's own labels, for translation."""


def column_label(field: str) -> str:
    """What a column is called in the reader's language; the field itself where it is unknown."""
    return str(COLUMNS.get(field, field))
