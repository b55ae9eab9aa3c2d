"""What the acts and the things of the audit trail are called; each slice adds its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as lazy

ACTIONS: Final[Mapping[str, Any]] = {
    "session.start": lazy("登录"),
    "session.end": lazy("退出或结束登录"),
    "user.lock": lazy("账号因连续输错密码被锁定"),
    "user.password": lazy("修改自己的密码"),
    "user.create": lazy("新建员工"),
    "user.update": lazy("修改员工"),
    "user.deactivate": lazy("停用员工"),
    "user.activate": lazy("启用员工"),
    "user.unlock": lazy("解除员工锁定"),
    "user.reset_password": lazy("重置员工密码"),
    "user.end_sessions": lazy("结束员工的全部登录"),
    "branch.create": lazy("新建机构"),
    "branch.update": lazy("修改机构"),
    "branch.deactivate": lazy("停用机构"),
    "branch.activate": lazy("启用机构"),
    "product.create": lazy("新建产品"),
    "product.update": lazy("修改产品"),
    "product.deactivate": lazy("停用产品"),
    "product.activate": lazy("启用产品"),
    "customer.create": lazy("登记客户"),
    "customer.update": lazy("修改客户资料"),
    "customer.reveal": lazy("查看客户敏感信息"),
    "field.create": lazy("新建字段"),
    "field.update": lazy("修改字段"),
    "field.delete": lazy("删除字段"),
    "parameter.change": lazy("变更参数"),
    "parameter.withdraw": lazy("撤回尚未生效的参数变更"),
    "access.refused": lazy("越权操作被拒绝"),
    "access.not_found": lazy("访问不存在或无权的内容"),
}

ENTITIES: Final[Mapping[str, Any]] = {
    "user": lazy("员工"),
    "branch": lazy("机构"),
    "product": lazy("产品"),
    "field": lazy("字段"),
    "parameter": lazy("参数"),
    "permission": lazy("权限"),
    "customer": lazy("客户"),
    "loan": lazy("贷款"),
    "repayment": lazy("还款"),
    "feedback": lazy("反馈"),
    "attachment": lazy("附件"),
    "import": lazy("导入"),
}
