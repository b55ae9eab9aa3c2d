"""Pushes in a browser: DevTools delivers them, the service worker shows them, a press is played."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page, Worker

    from tests.browser.site import Site

_ROOT: Final = Path(__file__).resolve().parents[2]
_SECONDS: Final = 15
_TELL: Final = """
import datetime as dt, json, sys
from server.wsgi import app
from server.accounts.queries import user_by_username
from server.database.engine import begin_writing
from server.database.extension import current_session
from server.database.notices import tell

asked = json.loads(sys.argv[1])
with app.app_context():
    session = current_session()
    begin_writing(session)
    user = user_by_username(session, asked.pop("username"))
    entity = asked.pop("entity") or ["user", user.id]
    about = asked.pop("about_on")
    print(tell(
        session, user.id, asked.pop("kind"), tuple(entity), at=dt.datetime.now(dt.UTC),
        about_on=about and dt.date.fromisoformat(about), **asked,
    ))
    session.commit()
"""
_NOTIFICATIONS: Final = """async () => {
  const shown = await self.registration.getNotifications();
  return shown.map(({ title, body, tag, requireInteraction }) =>
    ({ title, body, tag, requireInteraction }));
}"""
# A press cannot be made in a headless browser: the event is made as the browser makes it.
_PRESS: Final = """async ({ tag, action }) => {
  const [notification] = await self.registration.getNotifications({ tag });
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification, action }));
}"""


def tell_person(
    site: Site,
    username: str,
    kind: str,
    entity: tuple[str, str] | None = None,
    *,
    about_on: str | None = None,
    **more: Any,
) -> str:
    """Let the ledger tell somebody something; gives the notice's id."""
    asked = {"username": username, "kind": kind, "entity": entity, "about_on": about_on, **more}
    told = subprocess.run(
        [sys.executable, "-c", _TELL, json.dumps(asked)],
        env=dict(os.environ, DATA_DIR=str(site.data_dir), DATABASE_URL=""),
        cwd=_ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return told.stdout.split()[-1]


class Pushes:
    """What reaches the service worker of a page's browser from its push service."""

    def __init__(self, page: Page, origin: str) -> None:
        self._page = page
        self._origin = origin
        page.context.grant_permissions(["notifications"], origin=origin)
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._registrations: list[dict[str, Any]] = []
        self._session.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda told: self._registrations.extend(told["registrations"]),
        )
        self._session.send("ServiceWorker.enable")

    def deliver(self, data: str) -> None:
        """Deliver a push with that content."""
        self._last = data
        own = self._until(
            lambda: [each for each in self._registrations if each["scopeURL"].endswith("/field/")]
        )
        self._session.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": self._origin,
                "registrationId": own[-1]["registrationId"],
                "data": data,
            },
        )

    def shown(self, count: int = 1) -> list[dict[str, Any]]:
        """The notifications, as soon as there are so many."""
        again_at = time.monotonic() + _SECONDS / 3

        def look() -> list[dict[str, Any]]:
            nonlocal again_at
            found: list[dict[str, Any]] = self.worker.evaluate(_NOTIFICATIONS)
            if len(found) < count and time.monotonic() > again_at:
                # DevTools loses a push whose worker is just being started; services repeat it.
                again_at += _SECONDS / 3
                self.deliver(self._last)
            return found if len(found) >= count else []

        shown: list[dict[str, Any]] = self._until(look)
        return shown

    def press(self, tag: str, action: str = "") -> None:
        """Press a notification or one of its buttons."""
        self.worker.evaluate(_PRESS, {"tag": tag, "action": action})

    @property
    def worker(self) -> Worker:
        """The service worker."""
        found: list[Worker] = self._until(lambda: self._page.context.service_workers)
        return found[-1]

    def _until(self, found: Any) -> Any:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            if answer := found():
                return answer
            self._page.wait_for_timeout(100)
        raise AssertionError("it did not happen")


def payload(notice_id: str, title: str, body: str, **more: Any) -> str:
    """What the ledger sends of a notice to a tablet."""
    return json.dumps(
        {
            "v": 1,
            "id": notice_id,
            "kind": "due_digest",
            "title": title,
            "body": body,
            "url": f"/field/notices/{notice_id}",
            "tag": notice_id,
            "urgent": False,
            "badge": 1,
            "actions": [
                {"action": "open", "title": "打开"},
                {"action": "snooze", "title": "1 小时后提醒"},
            ],
            "at": "2026-03-10T00:00:00+00:00",
            "lang": "zh",
            **more,
        }
    )
