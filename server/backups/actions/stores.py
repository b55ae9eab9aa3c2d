"""Where backups lie: a folder or a bucket, behind one set of verbs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import uuid4

from server.crypto.streams import Source

S3: Final = "s3://"
_NAME: Final = re.compile(r"taizhang-(\d{8}T\d{6})Z-([0-9a-f]{5})[0-9a-f]{3}\.backup")


@dataclass(frozen=True, slots=True)
class Stored:
    """A backup that lies whole in its place."""

    name: str
    size: int
    made_at: dt.datetime


class Draft(Protocol):
    """A backup on its way into its place: seen by nobody before `commit`."""

    def write(self, data: bytes, /) -> object: ...
    def commit(self) -> None: ...
    def abandon(self) -> None: ...


class Store(Protocol):
    """A place of backups. Every verb raises `BackupRefused` where the place does not do it."""

    place: str

    def begin(self, name: str) -> Draft: ...
    def open(self, name: str) -> AbstractContextManager[Source]: ...
    def list(self) -> Sequence[Stored]: ...
    def drop(self, name: str) -> None: ...
    def sweep(self) -> int: ...


def new_name(now: dt.datetime) -> str:
    """A name nobody has, by the microsecond; names sort by time."""
    moment = now.astimezone(dt.UTC)
    return f"taizhang-{moment:%Y%m%dT%H%M%S}Z-{moment.microsecond:05x}{uuid4().hex[:3]}.backup"


def made_at(name: str) -> dt.datetime | None:
    """When a backup of that name was begun; None for a name that is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        second = dt.datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
        return second.replace(microsecond=int(found[2], 16))
    except ValueError:
        return None
