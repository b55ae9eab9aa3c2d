"""Which standard column a heading means.

A heading is evened out (full width, blanks, `*`, brackets), its unit is taken off and kept as a
scale; then it is looked up as it stands, then without words that only say "the borrower's" or
"this loan's", then as the ending or a part of a longer heading. Whatever could be two columns is
None: a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from server.domain.parsing.rates import RateUnit
from server.domain.parsing.synonyms import COLUMNS, IGNORED, PARTIES, PARTY_FIELDS, Column, Kind
from server.domain.typed import MAX_TYPED, tight

LENDER_WORD: Final = "LENDER_WORD"
"""贷款人 is the lender in law and the borrower in many ledgers: to be asked once."""


class Unit(StrEnum):
    """A unit that stood in the heading."""

    YUAN = "YUAN"
    PERCENT = "PERCENT"
    PERMILLE = "PERMILLE"
    PER_TEN_THOUSAND = "PER_TEN_THOUSAND"
    MONTH = "MONTH"
    YEAR = "YEAR"
    DAY = "DAY"
    BASIS_POINT = "BASIS_POINT"

    @property
    def of_rate(self) -> RateUnit | None:
        """The same for `rates.parse_rate`; None for what counts no rate."""
        return RateUnit(self.value) if self.value in RateUnit.__members__ else None


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading means. `field` is None when it is to be ignored or asked.

    Bare numbers under it are multiplied by `scale` (万元 is 10,000 yuan, 年 is 12 months) or read
    as `unit`. `is_sure` is False for a guess from a part of the heading. `candidates` are the
    fields a person may be offered.
    """

    field: str | None
    scale: int = 1
    unit: Unit | None = None
    is_sure: bool = True
    flag: str | None = None
    candidates: tuple[str, ...] = ()


_UNITS: Final = {
    "元": (Unit.YUAN, 1),
    "人民币": (Unit.YUAN, 1),
    "人民币元": (Unit.YUAN, 1),
    "rmb": (Unit.YUAN, 1),
    "cny": (Unit.YUAN, 1),
    "yuan": (Unit.YUAN, 1),
    "千元": (Unit.YUAN, 1000),
    "万": (Unit.YUAN, 10_000),
    "万元": (Unit.YUAN, 10_000),
    "人民币万元": (Unit.YUAN, 10_000),
    "百万元": (Unit.YUAN, 1_000_000),
    "亿元": (Unit.YUAN, 100_000_000),
    "%": (Unit.PERCENT, 1),
    "年%": (Unit.PERCENT, 1),
    "月%": (Unit.PERCENT, 1),
    "‰": (Unit.PERMILLE, 1),
    "月‰": (Unit.PERMILLE, 1),
    "年‰": (Unit.PERMILLE, 1),
    "‱": (Unit.PER_TEN_THOUSAND, 1),
    "日‱": (Unit.PER_TEN_THOUSAND, 1),
    "bp": (Unit.BASIS_POINT, 1),
    "bps": (Unit.BASIS_POINT, 1),
    "基点": (Unit.BASIS_POINT, 1),
    "月": (Unit.MONTH, 1),
    "个月": (Unit.MONTH, 1),
    "年": (Unit.YEAR, 12),
    "天": (Unit.DAY, 1),
    "日": (Unit.DAY, 1),
}
_BRACKETS: Final = re.compile(
    r"[(\[{【〔「『<《]([^()\[\]{}【】〔〕「」『』<>《》]*)[)\]}】〕」』>》]"
)
_UNIT_TAIL: Final = re.compile(
    r"[-_/:]?(?:单位:?)?((?:人民币)?(?:百万元|亿元|万元|千元|元)|[月年]?[%‰]|‱)$"
)
_NOISE: Final = re.compile(r"[*★☆※:;,.!?。、'\"`|]+|^[0-9]{1,2}[.、)]|^必填|^选填")
_BORROWER: Final = re.compile(
    r"^(?:主?借款人|借款户|贷款户|贷款人|贷户|客户|申请人|本人|借款企业)(?:的|基本)?(?:信息)?[-_/]?"
)
_FILLER: Final = re.compile(
    r"^(?:本笔|当前|目前|现有?|最新|本期|期末|月末|截至|原|总|其中|个人|我行|本行|贷款|借款|借据|合同|信息|基本信息|放款信息"
    r"|贷款信息|还款信息|担保信息|联系信息|客户信息)[-_/]?"
)
_SUFFIX: Final = re.compile(r"(?:情况|信息|明细|数|栏|合计)$")
# What a longer heading may not have left over once its synonym is taken out: then it speaks of
# something else (the date of a class, the phone of a guarantor).
_OTHER_THING: Final = re.compile(
    r"日期?|时间|号码?|编号|代码|账[号户]|卡号|电话|手机|姓名|名称|地址|证件?|金额|余额|本金|利息|利率|比[例率]|天数|期数|次数"
    r"|方式|类[型别]|状态|原因|结果|年[龄度]|职[务业]|关系|单位|人|占比|平均|上[月期年]|较|变动|增减|计划"
    r"|应[还收]|已[还收]|实[还收]|累计|减免|授信|抵押|质押|担保|保险|评估|上次|最近|调整|申请|审批|登记|录入|发放|结清"
)
_NAME: Final = re.compile(r"(?:的?姓名|名称|名字|名)?")
_ID: Final = re.compile(r"(?:居民)?(?:身份证|证件)(?:号码?|编号)?|(?:公民)?身份号码")
_PHONE: Final = re.compile(r"(?:联系|移动)?(?:电话|手机|方式)(?:号码?)?")


def map_heading(heading: str) -> Heading:
    """Find the column a heading means. Never raises: a heading of another type has no field."""
    if not isinstance(heading, str) or len(heading) > MAX_TYPED:
        return Heading(None)
    return _map(tight(heading).casefold())


def map_headings(headings: Iterable[str]) -> tuple[Heading, ...]:
    """Each heading of a row; a field that several claim goes to the surest and first of them."""
    found = [map_heading(heading) for heading in headings]
    taken: dict[str, int] = {}
    for place in sorted(range(len(found)), key=lambda at: (not found[at].is_sure, at)):
        taken.setdefault(found[place].field or "", place)
    return tuple(
        each if each.field is None or taken[each.field] == place else _asked(each)
        for place, each in enumerate(found)
    )


def column_of(field: str) -> Column | None:
    """The standard column of a field name."""
    return _BY_FIELD.get(field)


def _asked(heading: Heading) -> Heading:
    return Heading(None, heading.scale, heading.unit, False, None, (heading.field or "",))


@lru_cache(maxsize=4096)
def _map(text: str) -> Heading:
    whole = _key(text)
    if not whole or whole in IGNORED:
        return Heading(None)
    bare, (unit, scale) = _without_unit(text)
    if whole in _EXACT:  # before brackets are dropped: 利率(月‰) is no 利率
        return _heading(_EXACT[whole], unit, scale, text)
    if bare in IGNORED:
        return Heading(None)
    field = _exact(bare, unit, text)
    if field:
        return _heading(field, unit, scale, text)
    party = _of_party(bare)
    if party is not None:
        return _heading(party or None, unit, scale, text)
    candidates = _contained(bare)
    if len(candidates) == 1:
        return _heading(candidates[0], unit, scale, text, is_sure=False)
    return Heading(None, scale, unit, False, None, candidates)


def _heading(
    field: str | None, unit: Unit | None, scale: int, text: str, *, is_sure: bool = True
) -> Heading:
    column = _BY_FIELD.get(field or "")
    kind = column.kind if column else None
    if unit is Unit.YUAN and kind is not Kind.MONEY:
        unit, scale = None, 1
    if scale != 1 and kind not in {Kind.MONEY, Kind.NUMBER}:
        scale = 1
    flag = LENDER_WORD if field == "customer_name" and text.startswith("贷款人") else None
    return Heading(field, scale, unit, is_sure, flag)


def _exact(bare: str, unit: Unit | None, text: str) -> str | None:
    """Look up a heading, also without the words before it that say nothing."""
    for form in _forms(bare):
        field = _EXACT.get(form)
        if field:
            return _monthly(field, unit, text)
    return None


def _monthly(field: str, unit: Unit | None, text: str) -> str:
    """利率 in ‰, or with 月 in its brackets, is a monthly rate."""
    by_month = unit is Unit.PERMILLE and "年" not in text
    if field == "annual_rate" and (by_month or re.search(r"\(月", text)):
        return "monthly_rate_permille"
    return field


def _forms(bare: str) -> Iterator[str]:
    """A heading and its shorter forms, longest first, without repeating."""
    seen = [bare]
    for form in seen:
        for pattern in (_BORROWER, _FILLER, _SUFFIX):
            shorter = pattern.sub("", form)
            if shorter and shorter not in seen and shorter != form:
                seen.append(shorter)
    yield from seen


def _of_party(bare: str) -> str | None:
    """The field of a heading about another person; `""` when it has none, None if of no other."""
    for form in _forms(bare):
        for party, word in _PARTY_WORDS:
            if form.startswith(word):
                rest = form[len(word) :].lstrip("-_/的")
                for what, pattern in (("name", _NAME), ("id", _ID), ("phone", _PHONE)):
                    if pattern.fullmatch(rest):
                        return PARTY_FIELDS.get((party, what), "")
                return ""
    return None


def _contained(bare: str) -> tuple[str, ...]:
    """The fields whose synonym ends the heading, or else stands in it; only of the longest."""
    if any(word in bare for _, word in _PARTY_WORDS):
        return ()
    # A synonym of two characters (金额, 说明) ends headings of every sort: it must stand alone.
    inside = [key for key in _EXACT if len(key) > 2 and key in bare and not key.isascii()]
    ending = [key for key in inside if bare.endswith(key)]
    pool = ending or inside
    longest = max(map(len, pool), default=0)
    best = [key for key in pool if len(key) == longest]
    fields = tuple(dict.fromkeys(_EXACT[key] for key in best))
    if len(fields) != 1:
        return fields
    return () if _OTHER_THING.search(bare.replace(best[0], "", 1)) else fields


def _key(text: str) -> str:
    return re.sub(r"[\s_\-]+", "", _NOISE.sub("", text)) if text != "#" else text


def _without_unit(text: str) -> tuple[str, tuple[Unit | None, int]]:
    """The heading without brackets and unit, and the unit with its scale."""
    found: tuple[Unit | None, int] = (None, 1)
    for inside in _BRACKETS.findall(text):
        hint = re.sub(r"^单位:?", "", inside)
        found = _UNITS.get(hint, found)
    bare = _key(_BRACKETS.sub("", text))
    tail = _UNIT_TAIL.search(bare)
    if tail and tail.start() > 0:
        found = _UNITS.get(tail[1], found)
        bare = bare[: tail.start()]
    return bare, found


def _lookup() -> dict[str, str]:
    table: dict[str, str] = {}
    for column in COLUMNS:
        for heading in (column.field, column.label, *column.synonyms):
            table.setdefault(_key(tight(heading).casefold()), column.field)
    return table


_EXACT: Final = _lookup()
_BY_FIELD: Final = {column.field: column for column in COLUMNS}
_PARTY_WORDS: Final = sorted(
    ((party, word) for party, words in PARTIES.items() for word in words),
    key=lambda pair: -len(pair[1]),
)
