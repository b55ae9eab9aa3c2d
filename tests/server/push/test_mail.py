"""Mail: to a real SMTP server on the loopback, in the reader's language, and never twice."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from server.config import ChannelSettings, ConfigurationError
from server.push.sending.mail import MailServer, read_mail_server
from server.push.sending.senders import Senders
from tests.server.bank import NOW
from tests.server.push.conftest import Post
from tests.server.push.test_connecting import certificate
from tests.server.push.test_hooks import a_text

__all__ = ["certificate"]


class Box:
    """The mails that came; `answer` is what the server says to the next."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.to += envelope.rcpt_tos
        if self.answer == "hang up":
            server.transport.abort()
        return self.answer

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such box"
        if address.startswith("busy"):
            return "450 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def box() -> Box:
    return Box()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def mail_server(box: Box) -> Iterator[str]:
    """A server without TLS, and its URL."""
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    yield f"smtp://127.0.0.1:{server.port}?tls=off"
    server.stop()


def senders_of(url: str, **more: Any) -> Senders:
    settings = ChannelSettings(
        public_url="https://ledger.bank.example",
        smtp_url=url,
        mail_from="台账 <ledger@bank.example>",
    )
    return Senders(settings, **more)


@pytest.fixture
def by_mail(post: Post, mail_server: str, read_by: Any) -> Post:
    """The officer hears by mail alone."""
    post.senders.close()
    post.senders = senders_of(mail_server)
    read_by(channels=frozenset({"mail"}), mail="officer@bank.example")
    return post


def plain_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_notice_leaves_as_a_mail_with_a_link_to_its_page(by_mail: Post, box: Box) -> None:
    notice = by_mail.tell("due_soon", params={"name": "张三丰", "contract_no": "HT1", "offset": 0})
    by_mail.deliver()
    mail = box.mails[0]
    row = by_mail.only()
    assert box.to == ["officer@bank.example"]
    assert mail["Message-ID"] == f"<{row.id}@bank.example>"
    assert mail["From"].addresses[0].display_name == "台账"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"]
    link = f"https://ledger.bank.example/notices/{notice}"
    assert link in plain_of(mail)
    page = mail.get_body(("html",))
    assert page is not None
    assert f'<a href="{link}">' in page.get_content()
    assert "三丰" not in box.mails[0].as_string() + plain_of(mail)
    assert (row.state, row.once) == ("sent", True)


def test_a_mail_is_in_the_readers_language_and_its_page_escapes(
    by_mail: Post, box: Box, read_by: Any
) -> None:
    read_by(channels=frozenset({"mail"}), mail="o@bank.example", language="en", show_amounts=True)
    params = {"name": "<b>A&B</b>", "contract_no": "HT1", "due_on": "2026-03-10", "offset": 0}
    by_mail.tell("due_soon", params=params)
    by_mail.deliver()
    mail = box.mails[0]
    assert mail["Content-Language"] == "en"
    page = mail.get_body(("html",))
    assert page is not None
    assert "<b>" not in page.get_content()


def test_a_mail_whose_answer_was_lost_is_not_sent_again(by_mail: Post, box: Box) -> None:
    box.answer = "hang up"
    by_mail.tell()
    by_mail.deliver()
    assert (by_mail.only().state, by_mail.only().error) == ("unknown", "mail_no_answer")
    by_mail.later(hours=1)
    assert by_mail.deliver() == 0
    assert len(box.mails) == 1


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [("451 later", "waiting", "mail_451"), ("554 never", "failed", "mail_554")],
)
def test_what_a_server_refuses_is_tried_again_or_not(
    by_mail: Post, box: Box, answer: str, state: str, error: str
) -> None:
    box.answer = answer
    by_mail.tell()
    by_mail.deliver()
    assert (by_mail.only().state, by_mail.only().error) == (state, error)


@pytest.mark.parametrize(
    ("to", "state", "error"),
    [
        ("nobody@bank.example", "failed", "mail_550"),
        ("busy@bank.example", "waiting", "mail_450"),
        ("a@b\r\nDATA", "failed", "mail_address"),
        ("no address", "failed", "mail_address"),
    ],
)
def test_an_address_that_takes_none(
    by_mail: Post, read_by: Any, to: str, state: str, error: str
) -> None:
    read_by(channels=frozenset({"mail"}), mail=to)
    by_mail.tell()
    by_mail.deliver()
    assert (by_mail.only().state, by_mail.only().error) == (state, error)


def test_where_the_server_is_away_it_is_tried_again(by_mail: Post) -> None:
    by_mail.senders = senders_of(f"smtp://127.0.0.1:{free_port()}?tls=off")
    by_mail.tell()
    by_mail.deliver()
    assert (by_mail.only().state, by_mail.only().error) == ("waiting", "mail_connection")


def test_where_no_server_is_set_up_no_mail_waits(by_mail: Post) -> None:
    by_mail.senders = Senders(ChannelSettings())
    by_mail.tell()
    by_mail.deliver()
    assert (by_mail.only().state, by_mail.only().error) == ("dropped", "no_mail")


def test_a_text_to_a_customer_may_leave_as_a_mail(by_mail: Post, box: Box) -> None:
    from server.push.actions import queue_text

    queue_text(by_mail.session, a_text(by_mail.bank, phone="", mail="zhang@example.com"))
    by_mail.session.commit()
    by_mail.deliver()
    assert box.to == ["zhang@example.com"]
    assert box.mails[0]["Subject"] == "还款提醒"
    assert '"100.00"元' in plain_of(box.mails[0])


def test_without_encryption_nothing_is_sent_unless_the_setting_says_so(
    by_mail: Post, mail_server: str, box: Box
) -> None:
    by_mail.senders = senders_of(mail_server.removesuffix("?tls=off"))
    by_mail.tell()
    by_mail.deliver()
    assert (by_mail.only().state, by_mail.only().error) == ("failed", "mail_no_tls")
    assert box.mails == []


def test_under_starttls_the_sender_signs_in(by_mail: Post, box: Box, certificate: Any) -> None:
    seen = []

    def authenticator(_s: Any, _session: Any, _e: Any, _m: str, given: LoginPassword) -> AuthResult:
        seen.append((given.login, given.password))
        return AuthResult(success=given.password == b"wo:rd")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Controller(
        box,
        hostname="127.0.0.9",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=authenticator,
        auth_required=True,
    )
    server.start()
    trust = ssl.create_default_context(cafile=str(certificate))
    try:
        for word, state in (("wrong", "waiting"), ("wo%3Ard", "sent")):
            url = f"smtp://ledger:{word}@127.0.0.9:{server.port}"
            by_mail.senders = senders_of(url, context=trust)
            by_mail.tell()
            by_mail.deliver()
            assert state in set(outcomes(by_mail))
    finally:
        server.stop()
    assert seen == [(b"ledger", b"wrong"), (b"ledger", b"wo:rd")]
    assert len(box.mails) == 1


def outcomes(post: Post) -> list[str]:
    from sqlalchemy import select

    from server.push.models import Delivery

    post.session.rollback()
    return list(post.session.scalars(select(Delivery.state)))


def test_the_address_of_a_server_is_read() -> None:
    assert read_mail_server("") is None
    assert read_mail_server("smtp://a:b%40c@mail.bank") == MailServer(
        "mail.bank", 587, "starttls", "a", "b@c"
    )
    assert read_mail_server("smtps://mail.bank") == MailServer("mail.bank", 465, "tls")
    assert read_mail_server("smtp://h:25?tls=off") == MailServer("h", 25, "none")


@pytest.mark.parametrize("url", ["mail.bank", "http://mail.bank", "smtp://", "smtp://h:port"])
def test_an_address_that_names_no_server_stops_the_start(url: str) -> None:
    settings = ChannelSettings(smtp_url=url, mail_from="a@b.example")
    with pytest.raises(ConfigurationError, match="TAIZHANG_SMTP_URL"):
        Senders(settings)


def test_mail_without_a_sender_stops_the_start() -> None:
    with pytest.raises(ConfigurationError, match="TAIZHANG_SMTP_FROM"):
        Senders(ChannelSettings(smtp_url="smtp://mail.bank"))
    assert NOW.tzinfo is not None
