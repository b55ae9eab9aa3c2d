"""Dated changes of settings: what stands on a day, and the list an administrator edits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final

from server.domain.errors import Invalid
from server.domain.parameters.rules import Parameters
from server.domain.parameters.setting import Setting, read_value, write_value


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """From `effective_on` the setting `name` (`"overdue.tolerance"`) has the JSON `value`."""

    name: str
    effective_on: date
    value: Any


@dataclass(frozen=True, slots=True)
class Listed:
    """A setting as a page lists it: its name, what it means, and its default as JSON."""

    name: str
    setting: Setting
    default: Any


DEFAULTS: Final = Parameters()


def _settings() -> Mapping[str, Setting]:
    return {
        f"{group.name}.{rule.name}": rule.metadata["setting"]
        for group in fields(Parameters)
        for rule in fields(getattr(DEFAULTS, group.name))
    }


SETTINGS: Final = _settings()


def listed_parameters() -> tuple[Listed, ...]:
    """Every setting, in the order of the rules."""
    return tuple(
        Listed(name, setting, parameter_value(DEFAULTS, name)) for name, setting in SETTINGS.items()
    )


def parameter_value(parameters: Parameters, name: str) -> Any:
    """The JSON value a setting has in `parameters`; raises `Invalid(name, "unknown")`."""
    setting = _setting(name)
    group, _, rule = name.partition(".")
    return write_value(setting, getattr(getattr(parameters, group), rule))


def check_change(change: ParameterChange, changes: Iterable[ParameterChange] = ()) -> None:
    """Refuse a change that is wrong by itself or beside the changes that stand.

    Raises `Invalid(name, reason)` with the setting's name: `unknown`, `type`, `date`,
    `too_small`, `too_large`, `out_of_range` or `order` (contradicts another setting). Days on
    which a later change takes effect are looked at too, as the new value reaches into them.
    """
    standing = [*changes, change]
    later = {other.effective_on for other in standing if other.effective_on > change.effective_on}
    for on in sorted({change.effective_on, *later}):
        parameters_on(on, standing)


def parameters_on(on: date, changes: Iterable[ParameterChange] = ()) -> Parameters:
    """The defaults overlaid by the changes in effect on `on`.

    The change that took effect last wins; of two on one day, the later in `changes`. Raises
    `Invalid` as `check_change` does.
    """
    groups: dict[str, dict[str, Any]] = {}
    for change in sorted(changes, key=lambda change: change.effective_on):
        if change.effective_on > on:
            break
        group, _, rule = change.name.partition(".")
        value = read_value(change.name, _setting(change.name), change.value)
        groups.setdefault(group, {})[rule] = value
    return replace(DEFAULTS, **{name: _overlaid(name, values) for name, values in groups.items()})


def _overlaid(group: str, values: Mapping[str, Any]) -> Any:
    rules = replace(getattr(DEFAULTS, group), **values)
    try:
        rules.check()
    except Invalid as refused:
        raise Invalid(f"{group}.{refused.field}", refused.reason, **refused.detail) from refused
    return rules


def _setting(name: str) -> Setting:
    if not isinstance(name, str) or name not in SETTINGS:
        raise Invalid(str(name), "unknown")
    return SETTINGS[name]
