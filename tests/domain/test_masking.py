from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.masking import MASKS, card_tail, mask

digits = st.text("0123456789", max_size=30)


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("name", "张", "*"),
        ("name", "", ""),
        ("name", "张三丰", "张**"),
        ("name", "上官婉儿", "上官**"),
        ("name", "司马光", "司马*"),
        ("name", "John Smith", "J*********"),
        ("id", "110199199003070017", "110***********0017"),
        ("id", "1234567", "*******"),
        ("phone", "+86 138 0000 0000", "138****0000"),
        ("phone", "0571-87654321", "0571-******21"),
        ("landline", "010-12345678", "010-******78"),
        ("landline", "0571-8765432-801", "0571-*********01"),
        ("phone", "87654321", "******21"),
        ("phone", "1", "*"),
        ("card", "6222 0200 0000 0000 018", "622202*********0018"),
        ("card", "12345678901", "***********"),
        ("email", "nobody", "***"),
        ("email", "@b.cn", "***@b.cn"),
        ("address", "", ""),
        ("address", "浙江省义乌市稠城街道香山小区3幢", "浙江省义乌市****"),
        (
            "address",
            "内蒙古自治区呼和浩特市新城区海拉尔东路1号",
            "内蒙古自治区呼和浩特市新城区****",
        ),
        ("address", "新疆维吾尔自治区伊犁哈萨克自治州察布查尔锡伯自治县某镇1号", None),
        ("address", "上海市浦东新区世纪大道1号", "上海市浦东新区****"),
        ("address", "贵州省六盘水市六枝特区某路1号", "贵州省六盘水市六枝特区****"),
        ("address", "浙江省嘉兴市桐乡市梧桐街道1号", "浙江省嘉兴市桐乡市****"),
        ("address", "浙江省宁波市镇海区某路1号", "浙江省宁波市镇海区****"),
        ("address", "广东省东莞市南城街道鸿福路1号", "广东省东莞市****"),
        ("address", "幸福小区3幢", "****"),
        ("address", "阳光花苑西区3幢", "****"),
        ("address", "李家村3组12号", "****"),
    ],
)
def test_a_mask_shows_what_its_rule_says(kind: str, value: str, masked: str | None) -> None:
    expected = masked or "新疆维吾尔自治区伊犁哈萨克自治州察布查尔锡伯自治县****"

    assert mask(kind, value) == ("" if value == "" else expected)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        mask("nickname", "小张")

    assert refused.value.reason == "unknown"


@given(digits)
def test_a_masked_number_never_shows_more_than_its_ends(number: str) -> None:
    for kind, ends in (("id", 7), ("card", 10), ("phone", 7)):
        shown = mask(kind, number).replace("*", "").replace("-", "")
        assert len(shown) <= ends
        assert len(shown) < len(number) or not number


@given(st.text("张三李四欧阳阿依古丽", min_size=2, max_size=8))
def test_a_masked_name_keeps_length_and_hides_at_least_one_character(name: str) -> None:
    masked = mask("name", name)

    assert len(masked) == len(name)
    assert set(masked[2:]) <= {"*"}
    assert "*" in masked


@given(st.sampled_from(sorted(MASKS)), st.text(max_size=60))
def test_every_mask_takes_every_text(kind: str, text: str) -> None:
    assert isinstance(mask(kind, text), str)


@given(st.text("文三路号幢室村组弄0123456789", min_size=1, max_size=12))
def test_streets_and_house_numbers_never_pass_the_mask(street: str) -> None:
    assert mask("address", f"浙江省杭州市西湖区{street}") == "浙江省杭州市西湖区****"
    assert mask("address", street) == "****"


def test_a_tail_is_only_given_of_a_long_number() -> None:
    assert card_tail("6222020000000000018") == "0018"
    assert card_tail("12345678") == ""
