"""The Jinja2 environment of the field templates: the one that the compiled templates equal.

Contexts are JSON, so an attribute is an entry of an object and nothing else; what is missing is an
error; text, whole numbers and null (as nothing) are all that `{{ … }}` shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined, Undefined
from jinja2.exceptions import UndefinedError
from jinja2.filters import FILTERS as BUILT_IN
from jinja2.utils import Namespace
from markupsafe import Markup

from server.field import filters

TEMPLATES: Final = Path(__file__).resolve().parents[1] / "templates"


@dataclass(frozen=True, slots=True)
class Speech:
    """What a page speaks with: language, the bank's zone, catalogue, and where built files lie."""

    language: str
    zone: str
    translate: Callable[[str], str]
    translate_count: Callable[[str, str, int], str]
    asset: Callable[[str], str]


class FieldEnvironment(Environment):
    """Jinja2 over JSON."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`object.name`: the entry of that name; on what is no object, Jinja2's own (a loop)."""
        if isinstance(obj, Mapping | list | str | int | Undefined):
            return self.getitem(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`object[key]`, `list[number]`."""
        if isinstance(obj, Undefined):
            raise UndefinedError(f"{argument} of what is undefined")
        is_place = isinstance(obj, list | tuple) and type(argument) is int
        if not is_place and not isinstance(obj, Mapping):
            return self.undefined(obj=obj, name=argument)
        try:
            return obj[argument]
        except (LookupError, TypeError):
            return self.undefined(obj=obj, name=argument)


def field_environment(
    speech: Callable[[], Speech], loader: BaseLoader | None = None
) -> FieldEnvironment:
    """The environment; `speech` is asked whenever a template speaks."""
    environment = FieldEnvironment(
        loader=loader or FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_shown,
    )
    environment.globals.clear()
    environment.globals.update(_spoken(speech))
    kept = ("default", "d", "length", "first", "last", "join", "items", "upper", "trim")
    environment.filters.clear()
    for name in (*kept, "string", "xmlattr", "urlencode"):
        environment.filters[name] = BUILT_IN[name]
    environment.filters.update(_listed(speech))
    return environment


def _shown(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, Undefined) or type(value) in (str, int, Markup):
        return value
    raise TypeError(f"{type(value).__name__} cannot be shown")


def _spoken(speech: Callable[[], Speech]) -> dict[str, Any]:
    def say(msgid: str, **values: object) -> Markup:
        return Markup(speech().translate(msgid)) % values  # noqa: S704 - sentences are ours

    def say_count(one: str, many: str, num: int, **values: object) -> Markup:
        text = speech().translate_count(one, many, num)
        return Markup(text) % {"num": num, **values}  # noqa: S704

    def asset(name: str) -> str:
        return speech().asset(name)

    return {"_": say, "ngettext": say_count, "asset": asset, "namespace": Namespace}


def _listed(speech: Callable[[], Speech]) -> dict[str, Callable[..., str]]:
    return {
        "yuan": filters.yuan,
        "capitals": filters.capitals,
        "count": filters.count,
        "percent": filters.percent,
        "day": filters.day,
        "file_size": filters.file_size,
        "mask_phone": filters.mask_phone,
        "short_day": lambda date: filters.short_day(date, speech().language),
        "moment": lambda at: filters.moment(at, speech().zone),
        "clock": lambda at: filters.clock(at, speech().zone),
    }
