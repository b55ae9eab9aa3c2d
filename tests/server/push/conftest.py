"""A receiver on the loopback, senders that may reach it, and a person who has a browser there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.config import ChannelSettings
from server.database.notices import tell
from server.domain.access import Actor, Role
from server.push import above, actions
from server.push.above import Above, Reader
from server.push.actions import Subscribe
from server.push.models import Delivery
from server.push.sending.senders import Senders
from tests.server.bank import NOW, Bank
from tests.server.push.receiver import Browser, Receiver, in_url, receiving


@dataclass
class Post:
    """The worker's deliveries, by a clock that the test holds."""

    session: Session
    bank: Bank
    receiver: Receiver
    senders: Senders
    browser: Browser
    subscription_id: str
    now: dt.datetime = NOW

    @property
    def worker(self) -> Actor:
        return Actor(None, "后台任务", Role.MANAGER, None, self.now, self.now.date(), "job")

    def tell(self, kind: str = "conflict_settled", **more: Any) -> str:
        """Tell the officer something and commit."""
        told = {"at": self.now, "branch_id": self.bank.branch_a, **more}
        entity = ("loan", self.bank.product_id)
        made = tell(self.session, self.bank.people["officer"], kind, entity, **told)
        self.session.commit()
        assert made is not None
        return made

    def deliver(self) -> int:
        """One step of the worker."""
        return actions.deliver_next(self.session, self.worker, self.senders, lambda: self.now)

    def later(self, **span: float) -> None:
        """Let some time pass."""
        self.now += dt.timedelta(**span)

    def only(self) -> Delivery:
        """The one delivery there is."""
        self.session.rollback()
        return self.session.scalars(select(Delivery)).one()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A push service on the loopback."""
    with receiving() as made:
        yield made


def settings_for(receiver: Receiver, **more: Any) -> ChannelSettings:
    """Settings under which the receiver may be reached."""
    hosts = (receiver.host,)
    return ChannelSettings(
        push_contact="it@bank.example", push_hosts=hosts, hook_hosts=hosts, **more
    )


@pytest.fixture
def post(session: Session, bank: Bank, receiver: Receiver) -> Iterator[Post]:
    """The officer has one browser, known to the receiver; whatever is told stays true."""
    holds = replace(above.active(), still_true=lambda *_: True, text_holds=lambda *_: True)
    above.install(holds)
    browser = Browser(receiver.url())
    senders = Senders(settings_for(receiver), seconds=1.0, rests=0.0)
    row_id = actions.subscribe(session, bank.actor("officer"), as_command(browser), [receiver.host])
    session.commit()
    made = Post(session, bank, receiver, senders, browser, row_id)
    yield made
    made.senders.close()
    senders.close()


def as_command(browser: Browser, **more: Any) -> Subscribe:
    """The command of a browser's subscription."""
    return Subscribe(browser.endpoint, in_url(browser.point), in_url(browser.auth), **more)


@pytest.fixture
def read_by(app: Flask) -> Any:
    """Change how people want to be told: fields of `Reader`, or of `Above`."""

    def change(*, handed_in: dict[str, Any] | None = None, **wishes: Any) -> None:
        before: Above = above.active()

        def readers(session: Session, people: Any) -> dict[str, Reader]:
            found = before.readers(session, people)
            return {key: replace(reader, **wishes) for key, reader in found.items()}

        above.install(replace(before, readers=readers, **(handed_in or {})))

    return change
