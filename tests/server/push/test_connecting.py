"""Where a request may go: addresses as they are typed, and as they turn out when connecting."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from server.push.sending.addresses import AddressRefused, check_url, is_public
from server.push.sending.connecting import HostRests, Outside
from tests.server.push.receiver import Receiver, receiving


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "nothing",
    ],
)
def test_what_is_not_of_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "url"),
        ("https://" + "a" * 3000, "url"),
        ("https://push.example.com/\n", "url"),
        ("https://推送.example.com/", "url"),
        ("https://[::1", "url"),
        ("ftp://push.example.com/x", "scheme"),
        ("http://push.example.com/x", "scheme"),
        ("//push.example.com/x", "scheme"),
        ("https:///x", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("https://user:word@push.example.com/x", "user"),
        ("https://localhost/x", "internal"),
        ("https://intranet/x", "internal"),
        ("https://db.internal/x", "internal"),
        ("https://127.0.0.1/x", "internal"),
        ("https://127.1/x", "internal"),
        ("https://2130706433/x", "internal"),
        ("https://[::1]/x", "internal"),
        ("https://[::ffff:10.0.0.1]/x", "internal"),
        ("https://169.254.169.254/latest/meta-data", "internal"),
    ],
)
def test_an_address_that_leads_inside_is_refused(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        check_url(url)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "url",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def_-",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QGu",
        "https://wns2-par02p.notify.windows.com/w/?token=BQ%2bA",
        "https://push.example.com:8443/x",
    ],
)
def test_the_addresses_of_push_services_are_taken(url: str) -> None:
    assert str(check_url(url)) == url


def test_a_host_that_the_operator_named_may_be_inside_and_without_tls() -> None:
    assert check_url("http://sms.bank:8080/send", ["sms.bank"]).host == "sms.bank"
    assert check_url("http://sms.bank:8080/send", ["sms.bank:8080"]).port == 8080
    with pytest.raises(AddressRefused):
        check_url("http://sms.bank:9090/send", ["sms.bank:8080"])


def test_a_name_that_turns_inside_when_it_is_connected_to_is_refused(receiver: Receiver) -> None:
    """It was public when it was checked, and leads to the loopback a moment later."""
    turned = Outside(resolver=lambda _host, _port: ["127.0.0.1"])
    with pytest.raises(AddressRefused) as refused:
        turned.post(f"https://push.example.com:{receiver.port}/x", b"", {})
    assert refused.value.reason == "internal"
    mixed = Outside(resolver=lambda _host, _port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(AddressRefused):
        mixed.post("https://push.example.com/x", b"", {})
    assert receiver.came == []
    turned.close()
    mixed.close()


def test_only_the_address_that_was_checked_is_connected_to(receiver: Receiver) -> None:
    """The name is looked up once for a connection: there is no second answer to it."""
    asked = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    outside = Outside([f"push.test:{receiver.port}"], resolver=resolver)
    answer = outside.post(f"http://push.test:{receiver.port}/x", b"", {})
    assert answer.status == 201
    assert asked == [("push.test", receiver.port)]
    outside.close()


def test_a_host_that_did_not_answer_is_left_alone_for_a_while(receiver: Receiver) -> None:
    receiver.server.server_close()
    outside = Outside([receiver.host], rests=60)
    with pytest.raises(httpx.ConnectError):
        outside.post(receiver.url(), b"", {})
    with pytest.raises(HostRests):
        outside.post(receiver.url(), b"", {})
    outside.close()


def test_no_proxy_of_the_environment_is_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    outside = Outside([receiver.host])
    assert outside.post(receiver.url(), b"", {}).status == 201
    outside.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for push.test and nobody else, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "push.test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("push.test"), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def secured(certificate: Path) -> Iterator[Receiver]:
    """A receiver under TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receiving(context) as made:
        yield made


def trusting(certificate: Path, receiver: Receiver, name: str) -> Outside:
    return Outside(
        [f"{name}:{receiver.port}"],
        context=ssl.create_default_context(cafile=str(certificate)),
        resolver=lambda _host, _port: ["127.0.0.1"],
        rests=0,
    )


def test_under_tls_the_name_is_verified_and_the_connection_kept(
    secured: Receiver, certificate: Path
) -> None:
    outside = trusting(certificate, secured, "push.test")
    for _ in range(2):
        answer = outside.post(f"https://push.test:{secured.port}/x", b"body", {"ttl": "1"})
        assert answer.status == 201
    assert [came.body for came in secured.came] == [b"body", b"body"]
    outside.close()


def test_a_certificate_of_another_name_or_of_nobody_we_know_is_refused(
    secured: Receiver, certificate: Path
) -> None:
    other = trusting(certificate, secured, "other.test")
    with pytest.raises(httpx.ConnectError):
        other.post(f"https://other.test:{secured.port}/x", b"", {})
    unknown = Outside([f"push.test:{secured.port}"], resolver=lambda _host, _port: ["127.0.0.1"])
    with pytest.raises(httpx.ConnectError):
        unknown.post(f"https://push.test:{secured.port}/x", b"", {})
    assert secured.came == []
    other.close()
    unknown.close()
