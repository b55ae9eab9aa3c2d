"""Addresses that others chose: which of them a request may go to, judged as they are typed."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx

_MOST_URL: Final = 2000
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_INTERNAL_ENDINGS: Final = frozenset(("localhost", "local", "internal", "lan", "home", "arpa"))


class AddressRefused(ValueError):
    """An address that no request goes to. `reason` is a code: `scheme`, `host`, `internal`..."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_url(url: str, allowed: Iterable[str] = ()) -> httpx.URL:
    """Read an address that somebody gave. Raises `AddressRefused`.

    It must be https to a host with a public name or address. Hosts in `allowed` (`host` or
    `host:port`) may be internal, and may be asked without TLS.
    """
    import httpx  # noqa: PLC0415 (an eighth of a second that only this needs)

    if not 0 < len(url) <= _MOST_URL or not url.isascii() or not url.isprintable():
        raise AddressRefused("url")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise AddressRefused("url") from None
    if parsed.scheme not in ("https", "http") or not parsed.host:
        raise AddressRefused("scheme")
    if parsed.userinfo:
        raise AddressRefused("user")
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    if is_allowed(parsed.host, port, allowed):
        return parsed
    if parsed.scheme != "https":
        raise AddressRefused("scheme")
    if not _has_public_name(parsed.host):
        raise AddressRefused("internal")
    return parsed


def is_allowed(host: str, port: int, allowed: Iterable[str]) -> bool:
    """Whether a host is among those that the operator named."""
    return any(each in (host, f"{host}:{port}") for each in allowed)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, also where it wraps another."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    wrapped: list[ipaddress.IPv4Address | None] = []
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = [ip.ipv4_mapped, ip.sixtofour]
        if ip in _NAT64:
            wrapped.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    if any(inner is not None and not is_public(str(inner)) for inner in wrapped):
        return False
    if any(inner is not None for inner in wrapped):
        return True
    return ip.is_global and not ip.is_multicast


def _has_public_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # A name without a dot, or one of digits alone, is for resolvers to make something of.
        last = host.rstrip(".").rpartition(".")
        return bool(last[0]) and not last[2].isdecimal() and last[2] not in _INTERNAL_ENDINGS
    return is_public(host)
