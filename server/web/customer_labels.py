"""What the fields of a customer are called, in forms, refusals and histories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as lazy

CUSTOMER_FIELDS: Final[Mapping[str, Any]] = {
    "customer_no": lazy("客户编号"),
    "name": lazy("姓名或名称"),
    "officer_id": lazy("客户经理"),
    "branch_id": lazy("机构"),
    "id_no": lazy("证件号码"),
    "id_expiry_on": lazy("证件有效期"),
    "id_evidence": lazy("校验不符的依据"),
    "gender": lazy("性别"),
    "birth_on": lazy("出生日期"),
    "spouse_name": lazy("配偶姓名"),
    "bank_card": lazy("银行卡号"),
    "contacts": lazy("联系方式"),
    "mobile": lazy("本人电话"),
    "addresses": lazy("地址"),
    "employer": lazy("工作单位"),
    "occupation": lazy("职业"),
    "monthly_income": lazy("月收入"),
    "remark": lazy("备注"),
    "extra": lazy("本行字段"),
    "revealed": lazy("查看的内容"),
}
