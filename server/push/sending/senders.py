"""The senders of a process, made from the settings once: their connections are kept open."""

from __future__ import annotations

import datetime as dt
import ssl
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final

from server.config import ChannelSettings, ConfigurationError
from server.push.sending.hooks import HookSender, Target, Told
from server.push.sending.mail import Mail, MailSender, read_mail_server
from server.push.sending.outcome import Fate, Outcome
from server.push.sending.web_push import Message, WebPushSender

if TYPE_CHECKING:
    from server.push.sending.connecting import Outside

_NOBODY: Final = "taizhang@taizhang.invalid"
NO_MAIL: Final = Outcome(Fate.REFUSED, "mail_not_set_up")


@dataclass(frozen=True, slots=True)
class HookCall:
    """What a hook is told, and which one."""

    target: Target
    told: Told


class Senders:
    """Sends each kind of message by its channel. Raises `ConfigurationError` where it is made.

    `context`, `seconds` and `rests` are for tests, whose receivers have certificates of their own
    and little time.
    """

    def __init__(
        self,
        settings: ChannelSettings,
        *,
        context: ssl.SSLContext | None = None,
        seconds: float | None = None,
        rests: float | None = None,
    ) -> None:
        self.settings = settings
        self._context = context
        self._seconds = seconds
        self._rests = rests
        self._clients: dict[tuple[str, ...], Outside] = {}
        self._making = Lock()
        self._mail_sender = _mail_sender(settings, context)
        self._contact = settings.push_contact or parseaddr(settings.mail_from)[1] or _NOBODY
        self._web_push = lru_cache(maxsize=2)(self._web_push_by)

    @property
    def sends_mail(self) -> bool:
        """Whether a mail server is set up."""
        return self._mail_sender is not None

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()

    def send(self, message: Message | Mail | HookCall, private: str, now: dt.datetime) -> Outcome:
        """Send one message; `private` is the bank's key for web push."""
        if isinstance(message, Message):
            return self._web_push(private).send(message, now)
        if isinstance(message, HookCall):
            client = self._outside(self.settings.hook_hosts)
            return HookSender(client).send(message.target, message.told, now)
        return NO_MAIL if self._mail_sender is None else self._mail_sender.send(message)

    def _web_push_by(self, private: str) -> WebPushSender:
        return WebPushSender(self._outside(self.settings.push_hosts), private, self._contact)

    def _outside(self, allowed: tuple[str, ...]) -> Outside:
        """The client for some hosts, made by the first message: most processes send none."""
        from server.push.sending.connecting import (  # noqa: PLC0415 (httpx, 0.2 s)
            RESTS,
            SECONDS,
            Outside,
        )

        with self._making:
            if allowed not in self._clients:
                self._clients[allowed] = Outside(
                    allowed,
                    context=self._context,
                    seconds=SECONDS if self._seconds is None else self._seconds,
                    rests=RESTS if self._rests is None else self._rests,
                )
            return self._clients[allowed]


_installed: list[Senders] = []


def install(senders: Senders) -> None:
    """Make these the senders of the process."""
    _installed[:] = [senders]


def active() -> Senders:
    """The senders of the process. Raises `RuntimeError` before `install`."""
    if not _installed:
        raise RuntimeError("no senders are installed")
    return _installed[0]


def _mail_sender(settings: ChannelSettings, context: ssl.SSLContext | None) -> MailSender | None:
    try:
        server = read_mail_server(settings.smtp_url)
    except ValueError as fault:
        raise ConfigurationError(str(fault)) from None
    if server is None:
        return None
    if "@" not in parseaddr(settings.mail_from)[1]:
        raise ConfigurationError("TAIZHANG_SMTP_FROM must be an address where mail is sent")
    return MailSender(server, settings.mail_from, context=context)
