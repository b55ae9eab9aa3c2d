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
