"""The night carries over what the day does not touch and derives the rest: none is wrong."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.errors import Invalid
from server.domain.events import FeeCharge, RateChange
from server.loans.actions import amend_loan, differences, refresh_due_states
from server.loans.models import LoanState
from tests.server.bank import TODAY, Bank
from tests.server.loans.test_states import _Story


def _roll(session: Session, day: dt.date) -> int:
    done = 0
    while step := refresh_due_states(session, day):
        done += step
    return done


@pytest.mark.parametrize("seed", range(4))
def test_after_any_number_of_nights_every_state_is_what_the_events_say(
    session: Session, bank: Bank, seed: int
) -> None:
    chance = random.Random(seed)
    stories = [_Story(bank, 100 * seed + n) for n in range(8)]
    for story in stories:
        for _ in range(chance.randrange(8)):
            story.step()
    chief = bank.actor("chief")
    for story in stories[::2]:  # what is written today and counts from a later day
        ahead = TODAY + dt.timedelta(days=chance.randrange(1, 60))
        head: dict[str, Any] = {"id": "", "value_on": ahead, "posted_on": TODAY}
        for event in (
            RateChange(**head, annual_rate=Decimal("0.051")),
            FeeCharge(**head, amount=5_000),
        ):
            try:
                amend_loan(session, chief, story.loan_id, event, "将来")
            except Invalid:
                continue
    session.commit()
    day = TODAY
    for _ in range(14):
        day += dt.timedelta(days=chance.choice((1, 1, 1, 2, 9, 31)))
        _roll(session, day)
        session.commit()
        assert list(differences(session)) == []
        late = select(func.count()).where(LoanState.settled_on.is_(None), LoanState.as_of < day)
        assert session.scalar(late) == 0


def test_a_second_round_of_the_same_night_does_nothing(session: Session, bank: Bank) -> None:
    for n in range(3):
        _Story(bank, n)
    session.commit()
    tomorrow = TODAY + dt.timedelta(days=1)
    assert _roll(session, tomorrow) == 3
    assert _roll(session, tomorrow) == 0
