"""The provinces by the first two digits of a resident ID number (GB/T 2260)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as lazy

PROVINCES: Final[Mapping[str, Any]] = {
    "11": lazy("北京市"),
    "12": lazy("天津市"),
    "13": lazy("河北省"),
    "14": lazy("山西省"),
    "15": lazy("内蒙古自治区"),
    "21": lazy("辽宁省"),
    "22": lazy("吉林省"),
    "23": lazy("黑龙江省"),
    "31": lazy("上海市"),
    "32": lazy("江苏省"),
    "33": lazy("浙江省"),
    "34": lazy("安徽省"),
    "35": lazy("福建省"),
    "36": lazy("江西省"),
    "37": lazy("山东省"),
    "41": lazy("河南省"),
    "42": lazy("湖北省"),
    "43": lazy("湖南省"),
    "44": lazy("广东省"),
    "45": lazy("广西壮族自治区"),
    "46": lazy("海南省"),
    "50": lazy("重庆市"),
    "51": lazy("四川省"),
    "52": lazy("贵州省"),
    "53": lazy("云南省"),
    "54": lazy("西藏自治区"),
    "61": lazy("陕西省"),
    "62": lazy("甘肃省"),
    "63": lazy("青海省"),
    "64": lazy("宁夏回族自治区"),
    "65": lazy("新疆维吾尔自治区"),
    "71": lazy("台湾省"),
    "81": lazy("香港特别行政区"),
    "82": lazy("澳门特别行政区"),
    "83": lazy("台湾居民居住证"),
}
