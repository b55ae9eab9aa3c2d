"""How far an address may be shown: down to the district, never the street or the village."""

from __future__ import annotations

import re
from typing import Final

_PROVINCE: Final = re.compile(
    r"(?:北京|上海|天津|重庆)市?|[^省市区县盟旗0-9]{2,7}?(?:省|自治区|特别行政区)"
)
_PREFECTURE: Final = re.compile(r"[^省市区县盟旗0-9路街村苑号]{1,11}?(?:市|自治州|地区|盟)")
# Within the name of a county no street, estate or village may hide; 镇 and 乡 only begin one or
# stand before its last character (镇海区, 桐乡市). 小区, 园区 and their like are no districts.
_COUNTY: Final = re.compile(
    r"(?:[镇乡])?(?:[^省市区县旗0-9路街道弄巷村苑园号楼幢栋室坊组屯镇乡]|[镇乡](?=[县市区])){1,12}?"
    r"(?<![小社校景库厂矿])(?:自治县|自治旗|区|县|旗|市)"
)


def district_of(address: str) -> str:
    """The beginning of `address` that names province, city and district or county.

    Empty when it does not begin with such names. A word that may be an estate is left out, so
    the answer is rather too short than too long.
    """
    end = 0
    for level in (_PROVINCE, _PREFECTURE, _COUNTY):
        found = level.match(address, end)
        if found:
            end = found.end()
    return address[:end]
