"""What an ID number or credit code says while it is typed, and whether a customer has it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.customers.queries.taken import blind_id, holders_of_ids
from server.domain.access import Actor, Permission
from server.domain.ages import age_is_unusual, age_on
from server.domain.identity import read_resident_id
from server.domain.organisation import read_credit_code


@dataclass(frozen=True, slots=True)
class IdFacts:
    """A number that passed its checks. `warnings` are codes; birth and the like are a person's.

    `holder` is the number of the customer who has it, `elsewhere` says one of another branch has.
    """

    born_on: dt.date | None = None
    gender: str = ""
    age: int | None = None
    province: str = ""
    warnings: tuple[str, ...] = ()
    holder: str = ""
    elsewhere: bool = False


def read_id_no(session: Session, actor: Actor, text: str, kind: str) -> IdFacts:
    """Read a typed number. Raises `Invalid("id_no", reason)` for one that is none."""
    actor.require(Permission.CUSTOMERS_WRITE)
    if kind == "company":
        code = read_credit_code(text, "id_no")
        holder, elsewhere = _holder(session, actor, code.code)
        return IdFacts(warnings=code.warnings, holder=holder, elsewhere=elsewhere)
    found = read_resident_id(text, actor.today)
    holder, elsewhere = _holder(session, actor, found.number)
    unusual = ("unusual_age",) if age_is_unusual(found.born_on, actor.today) else ()
    return IdFacts(
        born_on=found.born_on,
        gender=found.sex.value,
        age=age_on(found.born_on, actor.today),
        province=found.province,
        warnings=(*found.warnings, *unusual),
        holder=holder,
        elsewhere=elsewhere,
    )


def _holder(session: Session, actor: Actor, number: str) -> tuple[str, bool]:
    index = blind_id(number)
    holder = holders_of_ids(session, [index]).get(index)
    if holder is None:
        return "", False
    return (holder[0], False) if actor.reaches(holder[1]) else ("", True)
