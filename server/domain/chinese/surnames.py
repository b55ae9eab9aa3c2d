"""Surnames: which have two characters, and which are read unlike the same character elsewhere."""

from __future__ import annotations

from typing import Final

_COMPOUND: Final = """
欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳
公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙
壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘
西门 南荣 即墨 达奚 褚师 纳兰 完颜 叶赫 钮祜 爱新 哥舒 贺兰 耶律 斛律 淳于 单于 欧侯
歐陽 東方 獨孤 南宮 聞人 諸葛 尉遲 濮陽 公孫 仲孫 鍾離 長孫 鮮于 閭丘 巫馬 顓孫 穀梁 軒轅 東郭
西門 納蘭 完顏 葉赫 賀蘭 赫連 澹臺 司馬
"""
COMPOUND: Final = frozenset(_COMPOUND.split())

# Only where the dictionary of ordinary words would say something else.
READINGS: Final = {
    "乐": "yue",
    "乐正": "yue zheng",
    "佴": "nai",
    "区": "ou",
    "區": "ou",
    "单": "shan",
    "單": "shan",
    "卜": "bu",
    "句": "gou",
    "召": "shao",
    "员": "yun",
    "員": "yun",
    "子车": "zi ju",
    "尉遲": "yu chi",
    "折": "she",
    "曾": "zeng",
    "朴": "piao",
    "查": "zha",
    "樂": "yue",
    "洗": "xian",
    "澹臺": "tan tai",
    "牟": "mu",
    "盖": "ge",
    "种": "chong",
    "秘": "bi",
    "繁": "po",
    "繆": "miao",
    "缪": "miao",
    "翟": "zhai",
    "蓋": "ge",
    "藏": "zang",
    "覃": "qin",
    "角": "jue",
    "解": "xie",
    "适": "kuo",
    "重": "chong",
    "阚": "kan",
    "隗": "wei",
    "黑": "he",
    "仇": "qiu",
}


def has_compound_surname(name: str) -> bool:
    """Whether `name` is a compound surname with a given name behind it."""
    return len(name) >= 3 and name[:2] in COMPOUND


def surname_of(name: str) -> str:
    """The surname that begins a Chinese name; a compound one needs three characters or more."""
    return name[:2] if has_compound_surname(name) else name[:1]
