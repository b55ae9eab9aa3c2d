"""The hybrid logical clock: wall time where it can be trusted, a counter where it cannot.

A stamp is 48 bits of milliseconds since 1970, a 16-bit counter and a device id. Its text has a
fixed width before the device, so text sorts as stamps do under a bytewise (C) collation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from sync.errors import Malformed

MAX_MS: Final = (1 << 48) - 1
MAX_COUNTER: Final = (1 << 16) - 1
MAX_AHEAD_MS: Final = 60_000

_TEXT: Final = re.compile(r"([0-9a-f]{12})-([0-9a-f]{4})-([0-9a-z][0-9a-z-]{0,63})", re.ASCII)
_DEVICE: Final = re.compile(r"[0-9a-z][0-9a-z-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """When something was written: later stamps compare as greater; no two devices share one."""

    ms: int
    counter: int
    device: str

    def __str__(self) -> str:
        return f"{self.ms:012x}-{self.counter:04x}-{self.device}"


def is_device(text: str) -> bool:
    """Tell whether this can name a device: 1 to 64 small letters, digits and hyphens."""
    return _DEVICE.fullmatch(text) is not None


def read_stamp(text: object, field: str = "stamp") -> Stamp:
    """Read the text of a stamp. Raises Malformed(field, 'stamp') for anything else."""
    match = _TEXT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Malformed(field, "stamp")
    return Stamp(int(match[1], 16), int(match[2], 16), match[3])


def tick(last: Stamp, now_ms: int) -> Stamp:
    """Stamp a new write of `last.device`; it is after `last` however the wall clock jumps."""
    if now_ms > last.ms:
        return replace(last, ms=_bounded(now_ms), counter=0)
    return _successor(last)


def receive(last: Stamp, heard: Stamp, now_ms: int) -> Stamp:
    """Move the clock of `last.device` past a stamp it heard, so that what it writes is later.

    A server passes what it heard through `correct` first: a wrong phone must not pull it along.
    """
    newest = last if (last.ms, last.counter) >= (heard.ms, heard.counter) else heard
    return tick(replace(newest, device=last.device), now_ms)


def offset(device_ms: int, server_ms: int) -> int:
    """How many milliseconds to add to a device's stamps to get the server's time.

    `device_ms` is the time of the stamp the device took for this push, not its wall clock: a clock
    that once ran ahead and was put right keeps its high stamps, and the offset then covers them.
    """
    return server_ms - device_ms


def correct(raw: Stamp, offset_ms: int, server_ms: int, after: Stamp | None = None) -> Stamp:
    """The stamp as the server orders by it: by its own time, at most a minute in the future.

    `after` is the last corrected stamp of the same device: its writes keep their order even where
    the limit folds them into one millisecond (there the counter may carry over the limit).
    """
    ceiling = _bounded(server_ms + MAX_AHEAD_MS)
    moved = replace(raw, ms=min(_bounded(raw.ms + offset_ms), ceiling))
    if after is None or (moved.ms, moved.counter) > (after.ms, after.counter):
        return moved
    return _successor(replace(after, device=raw.device))


def _successor(stamp: Stamp) -> Stamp:
    if stamp.counter < MAX_COUNTER:
        return replace(stamp, counter=stamp.counter + 1)
    if stamp.ms >= MAX_MS:
        raise OverflowError("the clock has run out of stamps")
    return replace(stamp, ms=stamp.ms + 1, counter=0)


def _bounded(ms: int) -> int:
    return max(0, min(ms, MAX_MS))
