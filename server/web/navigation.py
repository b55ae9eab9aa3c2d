"""The way through the desk: each entry shows when its page exists and the actor may open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from flask import current_app, g, request, url_for
from flask_babel import lazy_gettext as lazy

from server.domain.access import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


@dataclass(frozen=True, slots=True)
class _Entry:
    endpoint: str
    label: Any
    icon: str
    permission: Permission | None


@dataclass(frozen=True, slots=True)
class _Section:
    """Entries under one heading; the first section needs none."""

    label: Any
    entries: tuple[_Entry, ...]


_SECTIONS: Final = (
    _Section(
        None,
        (
            _Entry("desk.today", lazy("今日"), "house", None),
            _Entry("notices.index", lazy("通知"), "bell", None),
        ),
    ),
    _Section(
        lazy("台账"),
        (
            _Entry("customers.index", lazy("客户"), "users", Permission.CUSTOMERS_READ),
            _Entry("loans.index", lazy("贷款"), "wallet", Permission.LOANS_READ),
            _Entry("repayments.index", lazy("还款记录"), "hand-coins", Permission.LOANS_READ),
            _Entry("visits.index", lazy("走访"), "footprints", Permission.CUSTOMERS_READ),
            _Entry("feedback.index", lazy("反馈"), "message-square", Permission.FEEDBACK_LOG),
        ),
    ),
    _Section(
        lazy("待办"),
        (
            _Entry("settling.index", lazy("冲突与待定"), "git-merge", Permission.CONFLICTS_SETTLE),
            _Entry("handovers.index", lazy("现金上交"), "inbox", Permission.HANDOVERS_SIGN),
        ),
    ),
    _Section(
        lazy("资料进出"),
        (
            _Entry("intake.index", lazy("导入"), "arrow-left-right", Permission.INTAKE_IMPORT),
            _Entry("reports.index", lazy("导出"), "download", Permission.REPORTS_EXPORT),
        ),
    ),
    _Section(
        lazy("管理"),
        (
            _Entry("products.index", lazy("产品"), "package", Permission.PRODUCTS_READ),
            _Entry("products.fields", lazy("字段"), "list-checks", Permission.PRODUCTS_MANAGE),
            _Entry(
                "products.parameters", lazy("参数"), "sliders-horizontal", Permission.PRODUCTS_READ
            ),
            _Entry("admin.users", lazy("员工"), "circle-user", Permission.USERS_MANAGE),
            _Entry("admin.branches", lazy("机构管理"), "building-2", Permission.USERS_MANAGE),
            _Entry("covers.index", lazy("客户代管"), "user-round-check", Permission.COVERS_GIVE),
            _Entry("fleet.index", lazy("外勤设备"), "smartphone", Permission.DEVICES_MANAGE),
            _Entry("admin.channels", lazy("通知渠道"), "share-2", Permission.OPERATIONS_MANAGE),
            _Entry("operations.jobs", lazy("后台任务"), "history", Permission.OPERATIONS_MANAGE),
            _Entry("backups.index", lazy("备份"), "archive", Permission.OPERATIONS_MANAGE),
            _Entry("reminders.index", lazy("提醒记录"), "bell", Permission.AUDIT_READ),
            _Entry("admin.audit", lazy("审计记录"), "shield-check", Permission.AUDIT_READ),
        ),
    ),
)
_ENTRIES: Final = tuple(entry for section in _SECTIONS for entry in section.entries)


Count: TypeAlias = "Callable[[], int]"
_COUNTS: Final = "taizhang_navigation_counts"


def add_count(app: Flask, endpoint: str, count: Count) -> None:
    """Let a room show how many wait at its entry; asked for whole pages alone."""
    app.extensions.setdefault(_COUNTS, {})[endpoint] = count


def init_navigation(app: Flask) -> None:
    """Offer `navigation`, `bank_name` and `may(permission)` to every template."""
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    return {
        "navigation": _sections(),
        "bank_name": current_app.config["BANK_NAME"],
        "may": _may,
    }


def _may(permission: str) -> bool:
    actor = getattr(g, "actor", None)
    return actor is not None and actor.may(Permission(permission))


def _sections() -> list[dict[str, Any]]:
    here = _here()
    sections = (
        {"label": section.label, "links": [_link(entry, here) for entry in _open_in(section)]}
        for section in _SECTIONS
    )
    return [section for section in sections if section["links"]]


def _open_in(section: _Section) -> list[_Entry]:
    pages = current_app.view_functions
    return [
        entry for entry in section.entries if entry.endpoint in pages and _opens(entry.permission)
    ]


def _link(entry: _Entry, here: str | None) -> dict[str, Any]:
    return {
        "url": url_for(entry.endpoint),
        "label": entry.label,
        "icon": entry.icon,
        "active": entry.endpoint == here,
        "count": _count(entry.endpoint),
    }


def _count(endpoint: str) -> int | None:
    counts: dict[str, Count] = current_app.extensions.get(_COUNTS, {})
    is_part = request.headers.get("HX-Request-Type") == "partial"
    if endpoint not in counts or is_part or getattr(g, "actor", None) is None:
        return None
    return counts[endpoint]()


def _opens(permission: Permission | None) -> bool:
    """Whether the actor may open an entry; one without a permission is everybody's."""
    return permission is None or _may(permission)


def _here() -> str | None:
    """The entry the request belongs to: its own page, one named after it, else its room's index.

    `admin.user_new` belongs to `admin.users`, `customers.edit` to `customers.index`.
    """
    asked = request.endpoint or ""
    room = asked.partition(".")[0]
    for entry in _ENTRIES:
        one = _singular(entry.endpoint)
        if asked in (entry.endpoint, one) or asked.startswith(f"{one}_"):
            return entry.endpoint
    return f"{room}.index" if f"{room}.index" in current_app.view_functions else None


def _singular(endpoint: str) -> str:
    return endpoint.removesuffix("es" if endpoint.endswith("ches") else "s")
