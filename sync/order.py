"""Whether a mutation is next, known, altered, early, or of a copied phone.

Each device numbers its mutations 1, 2, 3 and so on; the server keeps the last number it took and,
for ever, the id and hash of each mutation. Forgetting ids would make a late repeat look like the
work of a copied phone and apply it twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sync.errors import Clone, Gap


class Step(StrEnum):
    """What to do with one mutation of a push."""

    ACCEPT = "accept"
    STORED = "stored"  # answer with the stored result
    ALTERED = "altered"  # a known id with other contents: quarantine, report, never apply


@dataclass(frozen=True, slots=True)
class Sent:
    """A mutation as far as order is concerned; `digest` is its hash."""

    n: int
    id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Walk:
    """A push judged whole: a step for each mutation and the last number taken afterwards."""

    steps: tuple[Step, ...]
    last: int


def decide(last: int, sent: Sent, known: str | None) -> Step:
    """Judge one mutation of a device whose last number is `last`.

    `known` is the hash stored under its id by whatever device, or None. Raises Gap where numbers
    are missing before it, Clone where its number belongs to another mutation; a device that can
    repair neither takes a new device id and numbers afresh what is not acknowledged.
    """
    if sent.n > last + 1:
        raise Gap(last + 1)
    if known is not None:
        return Step.STORED if known == sent.digest else Step.ALTERED
    if sent.n <= last:
        raise Clone(sent.n)
    return Step.ACCEPT


def walk(last: int, push: Sequence[Sent], known: Mapping[str, str]) -> Walk:
    """Judge a whole push; `known` holds the stored hash of each of its ids that is stored.

    A refusal refuses the whole push, so that nothing of it is applied.
    """
    hashes, steps = dict(known), []
    for sent in push:
        steps.append(decide(last, sent, hashes.get(sent.id)))
        hashes.setdefault(sent.id, sent.digest)
        last = max(last, sent.n)
    return Walk(tuple(steps), last)
