from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.chinese import capitals, fen_from_capitals, name_pinyin, surname_of
from server.domain.errors import Invalid
from server.domain.money import MAX_FEN

TABLE = json.loads(
    (Path(__file__).parents[1] / "cases" / "capitals.json").read_text(encoding="utf-8")
)


def test_the_table_of_capitals_is_written_and_read_back() -> None:
    assert len(TABLE) >= 60
    for case in TABLE:
        assert capitals(case["fen"]) == case["capitals"]
        assert fen_from_capitals(case["capitals"]) == case["fen"]


@given(st.integers(-MAX_FEN, MAX_FEN))
def test_capitals_come_back_as_the_same_amount(fen: int) -> None:
    assert fen_from_capitals(capitals(fen)) == fen


@given(st.text("0123", min_size=1, max_size=14))
def test_amounts_full_of_zeros_come_back_and_never_double_the_zero(digits: str) -> None:
    written = capitals(int(digits))

    assert fen_from_capitals(written) == int(digits)
    assert "零零" not in written


def test_beyond_the_largest_amount_nothing_is_written() -> None:
    for fen in (MAX_FEN + 1, -MAX_FEN - 1):
        with pytest.raises(Invalid):
            capitals(fen)


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("十万", 100_000),
        ("两万", 20_000),
        ("一万二", 12_000),
        ("两万五", 25_000),
        ("一百五", 150),
        ("三千二", 3_200),
        ("一万零二", 10_002),
        ("一百零五", 105),
        ("十五", 15),
        ("两千五百万", 25_000_000),
        ("一亿二", 120_000_000),
        ("貳佰萬圓正", 2_000_000),
        ("人民币壹拾万零柒仟元整", 107_000),
        ("二十万零五百", 200_500),
        ("〇", 0),
    ],
)
def test_numerals_of_every_day_are_read(text: str, yuan: int) -> None:
    assert fen_from_capitals(text) == yuan * 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "元",
        "整",
        "万",
        "壹贰元",
        "十百",
        "三万五万",
        "一二三",
        "五块二",
        "12元",
        "abc",
        "负",
        "千万亿" * 30,
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        fen_from_capitals(text)


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("张三", "zhangsan", "zs"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("曾经", "zengjing", "zj"),
        ("仇英", "qiuying", "qy"),
        ("解晓东", "xiexiaodong", "xxd"),
        ("查良镛", "zhaliangyong", "zly"),
        ("区少坤", "oushaokun", "osk"),
        ("任盈盈", "renyingying", "ryy"),
        ("盖叫天", "gejiaotian", "gjt"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("尉迟", "yuchi", "yc"),
        ("万俟卨", "moqixie", "mqx"),
        ("欧阳娜娜", "ouyangnana", "oynn"),
        ("吕布", "lvbu", "lb"),
        ("阿依古丽·买买提", "ayigulimaimaiti", "ayglmmt"),
        ("Ｊohn", "john", "j"),
        ("", "", ""),
    ],
)
def test_a_name_is_read_as_its_bearer_says_it(name: str, full: str, initials: str) -> None:
    found = name_pinyin(name)

    assert (found.full, found.initials) == (full, initials)


def test_a_company_begins_with_no_surname() -> None:
    assert name_pinyin("单位食堂", person=False).full == "danweishitang"
    assert name_pinyin("重庆银行", person=False).full == "chongqingyinhang"


def test_names_sort_by_syllable_then_by_writing() -> None:
    names = ["张三", "李四", "章三", "安一", "张安"]

    in_order = sorted(names, key=lambda name: name_pinyin(name).sort_key)
    assert in_order == ["安一", "李四", "张安", "张三", "章三"]


def test_a_compound_surname_needs_a_given_name() -> None:
    assert surname_of("欧阳娜娜") == "欧阳"
    assert surname_of("欧阳") == "欧"
    assert surname_of("张三") == "张"


@given(st.text(max_size=20))
def test_every_text_has_a_reading(text: str) -> None:
    found = name_pinyin(text)

    assert len(found.initials) <= max(len(found.full), 0)
