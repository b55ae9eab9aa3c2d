"""Mail by the bank's own server. A mail that may have left is not sent again."""

from __future__ import annotations

import datetime as dt
import html
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from server.push.sending.outcome import SENT, Fate, Outcome

SECONDS: Final = 15.0
_ADDRESS: Final = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,190}")
_PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """How mail leaves. `secured`: `starttls` (refused where the server has none), `tls`, `none`."""

    host: str
    port: int
    secured: str = "starttls"
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `id` makes its Message-ID, the same however often it is tried."""

    id: str
    to: str
    title: str
    body: str
    url: str
    language: str
    at: dt.datetime


def read_mail_server(url: str) -> MailServer | None:
    """Read `smtp://user:password@host:587` or `smtps://host`; None for "".

    `smtp` asks for STARTTLS; `smtp://host:25?tls=off` sends in clear, for a server on the same
    machine. Raises `ValueError` with a text that names the fault but never the password.
    """
    if not url:
        return None
    try:
        parsed = urlsplit(url)
        port = parsed.port
    except ValueError:
        raise ValueError("TAIZHANG_SMTP_URL is no address") from None
    if parsed.scheme not in _PORTS or not parsed.hostname:
        raise ValueError("TAIZHANG_SMTP_URL must be smtp://host or smtps://host")
    off = parse_qs(parsed.query).get("tls") == ["off"]
    secured = "tls" if parsed.scheme == "smtps" else "none" if off else "starttls"
    return MailServer(
        parsed.hostname,
        port or _PORTS[parsed.scheme],
        secured,
        unquote(parsed.username or ""),
        unquote(parsed.password or ""),
    )


class MailSender:
    """Sends mails from `sender`, which is an address or `Name <address>`."""

    def __init__(
        self, server: MailServer, sender: str, *, context: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._sender = sender
        self._context = context or ssl.create_default_context()

    def send(self, mail: Mail) -> Outcome:
        """Send one mail and say what became of it."""
        if not _ADDRESS.fullmatch(mail.to):
            return Outcome(Fate.REFUSED, "mail_address")
        content = written(mail, self._sender).as_bytes(policy=WIRE)
        try:
            with self._opened() as smtp:
                refused = self._addressed(smtp, mail.to)
                return refused or _handed_over(smtp, content)
        except smtplib.SMTPNotSupportedError:
            return Outcome(Fate.REFUSED, "mail_no_tls")
        except smtplib.SMTPAuthenticationError:
            return Outcome(Fate.LATER, "mail_sign_in")
        except ssl.SSLError:
            return Outcome(Fate.LATER, "mail_tls")
        except (smtplib.SMTPException, OSError):
            return Outcome(Fate.LATER, "mail_connection")

    @contextmanager
    def _opened(self) -> Iterator[smtplib.SMTP]:
        to = self._server
        if to.secured == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                to.host, to.port, timeout=SECONDS, context=self._context
            )
        else:
            smtp = smtplib.SMTP(to.host, to.port, timeout=SECONDS)
        try:
            smtp.ehlo()
            if to.secured == "starttls":
                smtp.starttls(context=self._context)
                smtp.ehlo()
            if to.user:
                smtp.login(to.user, to.password)
            yield smtp
        finally:
            smtp.close()

    def _addressed(self, smtp: smtplib.SMTP, to: str) -> Outcome | None:
        for code, _answer in (smtp.mail(parseaddr(self._sender)[1]), smtp.rcpt(to)):
            if code >= 500:
                return Outcome(Fate.REFUSED, f"mail_{code}")
            if code >= 400:
                return Outcome(Fate.LATER, f"mail_{code}")
        return None


def _handed_over(smtp: smtplib.SMTP, content: bytes) -> Outcome:
    """From here on a mail may have left, whatever is answered or not."""
    try:
        code, _answer = smtp.data(content)
    except smtplib.SMTPDataError as refusal:
        code = refusal.smtp_code
    except (smtplib.SMTPException, OSError):
        return Outcome(Fate.UNKNOWN, "mail_no_answer")
    if code == 250:
        return SENT
    return Outcome(Fate.LATER if 400 <= code < 500 else Fate.REFUSED, f"mail_{code}")


def written(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it travels: plain text, and the same as a plain page."""
    message = EmailMessage(policy=WIRE)
    message["Subject"] = " ".join(mail.title.split())
    message["From"] = sender
    message["To"] = mail.to
    message["Date"] = format_datetime(mail.at)
    domain = parseaddr(sender)[1].rpartition("@")[2] or "taizhang.invalid"
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(each for each in (mail.body, mail.url) if each) + "\n")
    message.add_alternative(_page(mail), subtype="html")
    message["Content-Language"] = "en" if mail.language == "en" else "zh-CN"
    return message


def _page(mail: Mail) -> str:
    title, body, url = (html.escape(each) for each in (mail.title, mail.body, mail.url))
    link = f'<p><a href="{url}">{url}</a></p>' if url else ""
    language = "en" if mail.language == "en" else "zh-CN"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{title}</title></head><body><h1>{title}</h1><p>{body}</p>{link}</body></html>\n"
    )
