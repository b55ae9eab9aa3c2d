"""The words of old ledgers for the codes of the product: methods, security, classes, states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from server.domain.errors import Invalid
from server.domain.parsing.cells import cell_text
from server.domain.typed import Reading

UNKNOWN: Final = "UNKNOWN"
AMBIGUOUS: Final = "AMBIGUOUS"
ASSUMED: Final = "ASSUMED"

YES: Final = "YES"
NO: Final = "NO"

_ASK: Final = "?"
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "repay_method": {
        "EQUAL_INSTALMENT": (
            "等额本息 等额本息还款 等额本息法 按月等额本息 等额还款 本息等额 等额本息还款法"
        ),
        "EQUAL_PRINCIPAL": (
            "等额本金 等额本金还款 等额本金法 按月等额本金 等本递减 递减还款 等额本金还款法"
        ),
        "INTEREST_ONLY": (
            "先息后本 按月付息到期还本 按季付息到期还本 按月付息 按季付息 按月结息到期还本 "
            "按季结息到期还本 按月还息到期还本 按季还息到期还本 按期付息到期还本 按期付息一次还本 "
            "按月付息一次还本 按月结息 按季结息 按月付息到期一次还本 按季付息到期一次还本 "
            "定期付息到期还本 分期付息到期还本 分期付息一次还本 按半年付息到期还本 "
            "按年付息到期还本 按月还息到期一次还本 按季还息到期一次还本 按月清息 按季清息"
        ),
        "BULLET": (
            "利随本清 一次性还本付息 到期一次还本付息 到期还本付息 一次还本付息 "
            "到期一次性还本付息 到期本息 本利同清"
        ),
        "FLAT": "等本等息 等本等费 等本等息还款",
        "BALLOON": "气球贷 气球还款 气球贷款",
        _ASK: "等额等息 分期还款 按月还款 其他 按季还款 分期 不定期还款 灵活还款 自由还款 随借随还",
    },
    "security_type": {
        "CREDIT": "信用 信用贷款 纯信用 信用类 信用方式 无担保 免担保",
        "GUARANTEE": (
            "保证 保证担保 担保 保证贷款 保证类 自然人保证 联保 多户联保 公司保证 农户联保 "
            "第三方保证 担保公司担保"
        ),
        "MORTGAGE": (
            "抵押 抵押担保 抵押贷款 房产抵押 不动产抵押 住房抵押 最高额抵押 土地抵押 动产抵押 "
            "车辆抵押 抵押类"
        ),
        "PLEDGE": "质押 质押担保 质押贷款 存单质押 权利质押 质押类 动产质押 股权质押",
        "COMBINED": "组合 组合担保 混合担保 混合 组合类",
        _ASK: "抵质押 其他",
    },
    "five_class": {
        "NORMAL": "正常 正常类 正常贷款 一级 正常1 正常2 正常3",
        "SPECIAL_MENTION": "关注 关注类 关注贷款 二级 关注1 关注2 关注3",
        "SUBSTANDARD": "次级 次级类 次级贷款 三级 次级1 次级2",
        "DOUBTFUL": "可疑 可疑类 可疑贷款 四级",
        "LOSS": "损失 损失类 损失贷款 五级",
        _ASK: "不良 不良贷款 逾期",
    },
    "loan_status": {
        "PENDING": "待放款 未放款 待发放 未发放",
        "NORMAL": "正常 未结清 在贷 存续 未到期 还款中 正常还款 有效 生效 执行中 履行中",
        "OVERDUE": "逾期 已逾期 拖欠 逾期未还 欠款",
        "EXTENDED": "展期 已展期 展期中",
        "RESTRUCTURED": "重组 已重组",
        "SETTLED": "结清 已结清 已还清 还清 终结 已归还 提前结清 正常结清 关闭 已结束",
        "WRITTEN_OFF": "核销 已核销 呆账核销",
        "TRANSFERRED": "转让 已转让",
        _ASK: "不良 呆滞 呆账 其他",
    },
    "gender": {
        "M": "男 男性 男士 先生 m male 1",
        "F": "女 女性 女士 小姐 f female 2",
    },
    "yes_no": {
        YES: "是 有 对 已 y yes true t 1 √ ✓ ✔ 已办 1次 2次 3次 真",
        NO: "否 没有 未 不是 n no false f 0 × x ✗ 0次 假",
    },
    "customer_type": {
        "PERSON": "个人 自然人 对私 个人客户 农户 个体工商户 个体户 个体 私人 person individual",
        "COMPANY": (
            "企业 公司 对公 法人 单位 企业客户 对公客户 小微企业 机构 公司客户 company corporate "
            "business"
        ),
    },
    "id_type": {
        "RESIDENT_ID": "身份证 居民身份证 二代身份证 二代证 第二代居民身份证 id idcard",
        "TEMPORARY_ID": "临时身份证 临时居民身份证",
        "HOUSEHOLD_BOOK": "户口簿 户口本",
        "PASSPORT": "护照 passport",
        "OFFICER_ID": "军官证 士兵证 警官证 军人证",
        "HM_PERMIT": "港澳通行证 港澳居民来往内地通行证 回乡证 港澳居民居住证",
        "TW_PERMIT": "台胞证 台湾居民来往大陆通行证 台湾居民居住证",
        "FOREIGN_RESIDENCE": "外国人永久居留身份证 外国人居留证 外国人永久居留证",
        "BUSINESS_LICENCE": "营业执照 统一社会信用代码 统一社会信用代码证 组织机构代码证",
        "OTHER": "其他 其他证件",
    },
    "rate_type": {
        "FIXED": "固定 固定利率 固定利率贷款 fixed",
        "FLOATING": "浮动 浮动利率 lpr浮动 lpr lpr加点 随lpr浮动 floating variable",
    },
}
_ASSUMED: Final = MappingProxyType(
    {
        # Loans to buy a home are nearly always paid so; the contract may say otherwise.
        ("repay_method", "按揭"): "EQUAL_INSTALMENT",
        ("repay_method", "按揭贷款"): "EQUAL_INSTALMENT",
        ("repay_method", "按揭还款"): "EQUAL_INSTALMENT",
        # Nothing is said of the interest: by the custom of the trade it is paid as it falls due.
        ("repay_method", "到期还本"): "INTEREST_ONLY",
        ("repay_method", "到期一次还本"): "INTEREST_ONLY",
        ("repay_method", "一次还本"): "INTEREST_ONLY",
    }
)
_CODES: Final = {
    kind: {word: code for code, words in table.items() for word in words.split()}
    | {code.casefold(): code for code in table if code != _ASK}
    for kind, table in _WORDS.items()
}
_NOISE: Final = re.compile(r"[\s,,、;/。()_]+")
_FREQUENCIES: Final = (("半年", 6), ("季", 3), ("年", 12), ("月", 1))
_EVERY: Final = re.compile(r"(?:按|每|分)(半年|季|年|月)")
_JOINED: Final = re.compile(r"[+、,/;&和及加]|且")


def parse_choice(kind: str, value: str | bool | int | float | None) -> Reading[str]:
    """Read a cell as a code of `kind` (`CHOICES`).

    Flags: `ASSUMED` with a value, `AMBIGUOUS` and `UNKNOWN` without, and those of every cell.
    Raises `Invalid("kind", "unknown")`.
    """
    if kind not in _CODES:
        raise Invalid("kind", "unknown")
    if value is None:
        return Reading()
    if isinstance(value, bool):
        value = "1" if value else "0"
    if isinstance(value, int | float):
        value = f"{value:g}"
    # 无 is an answer to a yes/no question, and nothing anywhere else.
    if kind == "yes_no" and value.strip() in {"无", "没有", "×", "/"}:
        return Reading(NO)
    text = cell_text(value)
    return _found(kind, text) if isinstance(text, str) else text


def repay_frequency(value: str | None) -> int | None:
    """Months between payments that a method's words name (按季付息: 3), or None."""
    text = cell_text(value) if isinstance(value, str) else None
    found = _EVERY.search(text) if isinstance(text, str) else None
    return dict(_FREQUENCIES)[found[1]] if found else None


def _found(kind: str, text: str) -> Reading[str]:
    word = text.casefold().replace(" ", "")
    plain_word = _NOISE.sub("", word)
    for form in (word, plain_word, re.sub(r"\(.*?\)", "", word)):
        code = _CODES[kind].get(form)
        if code:
            return Reading(flag=AMBIGUOUS) if code == _ASK else Reading(code)
        if (kind, form) in _ASSUMED:
            return Reading(_ASSUMED[kind, form], ASSUMED)
    if kind == "security_type":
        return _combined(word)
    return Reading(flag=UNKNOWN)


def _combined(word: str) -> Reading[str]:
    """抵押+保证 is a combination; 抵押+抵押 is not."""
    codes = {_CODES["security_type"].get(part) for part in _JOINED.split(word) if part}
    if len(codes) < 2 or None in codes or _ASK in codes:
        only = next(iter(codes), None)
        sure = len(codes) == 1 and only is not None and only != _ASK
        return Reading(only) if sure else Reading(flag=UNKNOWN)
    return Reading("COMBINED")


CHOICES: Final = tuple(_CODES)
"""The kinds `parse_choice` knows."""
