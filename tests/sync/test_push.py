from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from sync.errors import Malformed
from sync.push import MAX_MUTATIONS, MAX_PUSH_BYTES, read_push
from tests.sync.builders import DEVICE, envelope, uuid7


def _body(**changed: Any) -> bytes:
    push = {"device": DEVICE, "clock": 1_700_000_000_000, "mutations": [envelope()]} | changed
    return json.dumps(push).encode()


def test_a_push_is_read_with_the_header_of_each_mutation() -> None:
    two = [envelope(), envelope(id=uuid7(8), n=2, set={"phone": 1.5})]

    push = read_push(_body(mutations=two))

    assert (push.device, push.clock) == (DEVICE, 1_700_000_000_000)
    assert list(push.envelopes) == two
    assert [(header.id, header.n) for header in push.headers] == [(uuid7(1), 1), (uuid7(8), 2)]


def test_a_poisoned_mutation_does_not_refuse_the_push() -> None:
    poisoned = envelope(set=None, entity="\u0000", stamp=[], base_number=-1, made_at=1e300)

    assert read_push(_body(mutations=[poisoned])).headers[0].n == 1


WRONG: list[tuple[bytes, str, str]] = [
    (b"", "", "json"),
    (b"{", "", "json"),
    (b"\xff\xfe", "", "json"),
    (b"[]", "", "type"),
    (b'{"device": NaN}', "", "json"),
    (b'{"device": "a", "device": "b"}', "", "repeated_key"),
    (b'{"n": ' + b"9" * 5_000 + b"}", "", "json"),
    (b"[" * 100_000, "", "json"),
    (b" " * (MAX_PUSH_BYTES + 1), "", "too_long"),
    (_body(device="Phone"), "device", "device"),
    (_body(clock=-1), "clock", "range"),
    (_body(clock=None), "clock", "type"),
    (_body(mutations=None), "mutations", "type"),
    (_body(mutations={}), "mutations", "type"),
    (_body(mutations=[None] * (MAX_MUTATIONS + 1)), "mutations", "too_many"),
    (_body(mutations=[None]), "mutations.0.", "type"),
    (_body(mutations=[envelope(), envelope(n=0)]), "mutations.1.n", "range"),
    (_body(mutations=[envelope(device="other")]), "mutations.0.device", "other_device"),
]


@pytest.mark.parametrize(("body", "field", "reason"), WRONG, ids=range(len(WRONG)))
def test_a_malformed_push_is_refused_whole(body: bytes, field: str, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_push(body)

    assert (refused.value.field, refused.value.reason) == (field, reason)


@pytest.mark.parametrize("depth", [100, 300, 600, 900, 950, 980])
def test_nesting_without_end_is_read_or_refused_but_never_breaks(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    body = _body(mutations=[envelope(set="DEEP")]).decode().replace('"DEEP"', deep)

    with contextlib.suppress(Malformed):
        assert read_push(body.encode()).headers
