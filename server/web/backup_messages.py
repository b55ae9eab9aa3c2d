"""What the acts on backups refuse, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as lazy

BACKUP_MESSAGES: Final[Mapping[str, Any]] = {
    "backup.not_sealed": lazy("这个文件不是台账的备份。"),
    "backup.no_such_key": lazy("备份用的密钥版本不在 TAIZHANG_BACKUP_KEY 中，请加上旧密钥。"),
    "backup.wrong_key": lazy("密钥不对：TAIZHANG_BACKUP_KEY 不是做这份备份时的密钥。"),
    "backup.cut_short": lazy("备份不完整：文件在中途断了，不能使用。"),
    "backup.damaged": lazy("备份已损坏或不完整，不能使用。"),
    "backup.disk_full": lazy("磁盘空间不足：%(place)s。"),
    "backup.no_place": lazy("备份位置不能使用：%(place)s。"),
    "backup.missing": lazy("没有这份备份：%(name)s。"),
    "backup.bucket": lazy("对象存储没有接受请求（%(code)s）：%(place)s。"),
    "backup.no_boto3": lazy("要把备份存到对象存储，请先安装 s3 组件（boto3）。"),
    "backup.busy": lazy("另一个备份、核验或恢复正在进行，请稍后再试。"),
    "backup.stopped": lazy("程序正在停止，备份没有做完。"),
    "backup.in_use": lazy("还有程序开着数据库。请先停下网页和后台进程，再恢复。"),
    "backup.not_empty": lazy("数据库里已有数据。确要替换，请加 --replace；原数据库会另存。"),
    "backup.no_key": lazy("没有可用的备份密钥，请设置 TAIZHANG_BACKUP_KEY。"),
    "backup.too_new": lazy("备份来自更新的版本（%(app)s，%(revision)s），请先升级程序。"),
    "backup.other_database": lazy(
        "备份是 %(backup)s 的，当前数据库是 %(live)s：请恢复到同一种数据库。"
    ),
    "backup.other_keyring": lazy("TAIZHANG_KEYRING 不是做备份时的密钥，恢复后加密的内容打不开。"),
    "backup.counts_differ": lazy("恢复出来的行数与备份记录的不符，备份不能使用。"),
    "backup.chain_broken": lazy("备份里的审计记录不连续，备份不能使用。"),
    "backup.rows_broken": lazy("备份里的数据库已损坏，不能使用。"),
    "backup.files_differ": lazy("备份里的文件与记录的不符，备份不能使用。"),
    "backup.no_program": lazy("找不到 %(version)s 版或更新的 pg_dump 和 pg_restore，请先安装。"),
    "backup.program_failed": lazy("%(program)s 没有成功：%(said)s"),
    "backup.no_right": lazy(
        "数据库用户不能建立数据库。请由数据库管理员建一个空的数据库，写到 DATABASE_URL 后再恢复。"
    ),
    "backup.interrupted": lazy("做备份的程序中途停止，没有做完。"),
    "backup.broken": lazy("备份出错，没有做完，请看日志。"),
    "backup.files_lost": lazy("有附件文件不见了，备份里也没有。"),
    "backup.files_unreadable": lazy("有附件文件在备份之前就已损坏。"),
}
