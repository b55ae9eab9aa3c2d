"""What the worker's jobs, and the states of their runs, are called. A new job adds its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as lazy

JOBS: Final[Mapping[str, Any]] = {
    "covers.turn": lazy("客户代管到期和开始"),
    "replication.mark": lazy("记下同步的日界"),
    "loans.refresh": lazy("更新贷款逾期和分类"),
    "visits.promises": lazy("判定还款承诺"),
    "replication.days": lazy("把当天的金额发给外勤设备"),
    "replication.documents": lazy("为外勤设备准备资料"),
    "reminders.staff": lazy("提醒员工"),
    "reminders.customers": lazy("提醒客户"),
    "reminders.tasks": lazy("提醒补录节假日"),
    "backups.nightly": lazy("备份"),
    "backups.verify": lazy("核验备份"),
    "accounts.sweep": lazy("清理过期登录"),
    "intake.sweep": lazy("清理旧的导入文件"),
    "replication.blobs": lazy("清理未完成的照片"),
    "customers.prune": lazy("清理早已删除的联系方式和地址"),
    "replication.names": lazy("把改过的产品名称发给外勤设备"),
    "replication.prune": lazy("清理旧的同步记录"),
    "operations.sweep": lazy("清理旧的运行记录"),
    "operations.keys": lazy("用新密钥重新加密"),
    "database.statistics": lazy("更新数据库统计"),
    "intake.import": lazy("导入台账"),
    "push.deliver": lazy("发送通知"),
    "push.sweep": lazy("清理旧的发送记录"),
}

RUN_STATES: Final[Mapping[str, Any]] = {
    "never": lazy("还没运行过"),
    "idle": lazy("空闲"),
    "asked": lazy("等待运行"),
    "running": lazy("运行中"),
    "stuck": lazy("卡住了"),
    "done": lazy("成功"),
    "failed": lazy("失败"),
    "abandoned": lazy("已中断"),
}
