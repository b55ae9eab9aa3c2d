from __future__ import annotations

import pytest

from server.domain.standing import (
    Bucket,
    FiveClass,
    Status,
    bucket_of,
    worst_class,
    worst_status,
)


@pytest.mark.parametrize(
    ("dpd", "bucket"),
    [
        (0, "M0"),
        (1, "M1"),
        (30, "M1"),
        (31, "M2"),
        (60, "M2"),
        (61, "M3"),
        (90, "M3"),
        (91, "M4"),
        (120, "M4"),
        (121, "M5"),
        (151, "M6"),
        (180, "M6"),
        (181, "M7+"),
        (4000, "M7+"),
    ],
)
def test_a_bucket_holds_thirty_days(dpd: int, bucket: str) -> None:
    assert bucket_of(dpd) is Bucket(bucket)


def test_classes_rank_from_mild_to_worst() -> None:
    assert sorted(FiveClass, key=lambda five_class: five_class.rank) == list(FiveClass)
    assert worst_class([FiveClass.DOUBTFUL, FiveClass.NORMAL]) is FiveClass.DOUBTFUL
    assert worst_class([]) is FiveClass.NORMAL


def test_the_three_worst_classes_are_non_performing() -> None:
    assert [five_class for five_class in FiveClass if five_class.is_non_performing] == [
        FiveClass.SUBSTANDARD,
        FiveClass.DOUBTFUL,
        FiveClass.LOSS,
    ]


def test_a_customer_stands_as_the_worst_loan_does() -> None:
    assert worst_status([Status.SETTLED, Status.OVERDUE, Status.NORMAL]) is Status.OVERDUE
    assert worst_status([Status.SETTLED, Status.NORMAL]) is Status.NORMAL
    assert worst_status([Status.SETTLED]) is Status.SETTLED


def test_a_customer_without_loans_has_no_status() -> None:
    assert worst_status([]) is None


def test_a_loan_that_left_the_books_is_over() -> None:
    assert {status for status in Status if status.is_over} == {
        Status.SETTLED,
        Status.TRANSFERRED,
        Status.WRITTEN_OFF,
    }
