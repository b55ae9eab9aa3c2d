"""Which templates the worker needs: those its scripts name, and what these extend and import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from jinja2 import Environment, meta

_NAMED = re.compile(r"[\"'`](field/[\w/]+\.html)[\"'`]")


def named_in(scripts: Iterable[str]) -> set[str]:
    """The templates that TypeScript names as `"field/….html"`."""
    return {name for script in scripts for name in _NAMED.findall(script)}


def reachable(
    wanted: Iterable[str], sources: Mapping[str, str], environment: Environment
) -> set[str]:
    """`wanted` and every template they stand on; names without a source are left out."""
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in found or name not in sources:
            continue
        found.add(name)
        tree = environment.parse(sources[name], name)
        waiting += [one for one in meta.find_referenced_templates(tree) if one is not None]
    return found
