"""The words of the ledger for the product's codes: those by which the import knows them."""

from __future__ import annotations

from typing import Final

METHOD_WORDS: Final = {
    "EQUAL_INSTALMENT": "等额本息",
    "EQUAL_PRINCIPAL": "等额本金",
    "INTEREST_ONLY": "先息后本",
    "BULLET": "利随本清",
    "FLAT": "等本等息",
    "BALLOON": "气球贷",
}
DAY_COUNT_WORDS: Final = {"M30_360": "30/360", "ACT_360": "ACT/360", "ACT_365": "ACT/365"}
SECURITY_WORDS: Final = {
    "credit": "信用",
    "guarantee": "保证",
    "mortgage": "抵押",
    "pledge": "质押",
    "combined": "组合",
}
STATUS_WORDS: Final = {
    "PENDING": "待放款",
    "NORMAL": "正常",
    "OVERDUE": "逾期",
    "EXTENDED": "展期",
    "RESTRUCTURED": "重组",
    "SETTLED": "结清",
    "WRITTEN_OFF": "核销",
    "TRANSFERRED": "转让",
}
CLASS_WORDS: Final = {
    "NORMAL": "正常",
    "SPECIAL_MENTION": "关注",
    "SUBSTANDARD": "次级",
    "DOUBTFUL": "可疑",
    "LOSS": "损失",
}
GENDER_WORDS: Final = {"M": "男", "F": "女"}
RATE_TYPE_WORDS: Final = {"FIXED": "固定", "FLOATING": "浮动"}
CUSTOMER_TYPE_WORDS: Final = {"PERSON": "个人", "COMPANY": "企业"}
ID_TYPE_WORDS: Final = {"RESIDENT_ID": "身份证", "BUSINESS_LICENCE": "营业执照"}
YES_NO_WORDS: Final = {"YES": "是", "NO": "否"}
