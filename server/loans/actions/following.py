"""What rooms above derive from a loan's events is refreshed in the transaction that adds one.

A room says once, when the app is made, which of its actions follows (`follow_events`); loans never
learn what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sqlalchemy.orm import Session

from server.domain.access import Actor

Follower: TypeAlias = Callable[[Session, Actor, Sequence[str]], object]
"""Takes the ids of the loans whose events changed."""

_followers: list[Follower] = []


def follow_events(follower: Follower) -> None:
    """Let an action follow every change of loans' events; saying it twice changes nothing."""
    if follower not in _followers:
        _followers.append(follower)


def tell_followers(session: Session, actor: Actor, loan_ids: Sequence[str]) -> None:
    """Call all that follow."""
    for follower in _followers:
        follower(session, actor, loan_ids)
