"""The one module that reads the environment; everything else is handed a `Config`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping


class ConfigurationError(RuntimeError):
    """A setting is missing or unreadable; the text names the variable, never its value."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one deployment.

    `keyring` is the text of TAIZHANG_KEYRING (see `crypto.keyring`), `secret_key` signs cookies.
    """

    database_url: str
    data_dir: Path
    secret_key: str
    keyring: str
    timezone: ZoneInfo
    bank_name: str
    https: bool
    development: bool
    trusted_proxies: int
    max_upload_bytes: int


def read_config(environment: Mapping[str, str] | None = None) -> Config:
    """Read the settings. Raises `ConfigurationError` when a secret is missing."""
    env = os.environ if environment is None else environment
    data_dir = Path(env.get("DATA_DIR", "var")).resolve()
    return Config(
        database_url=_database_url(env.get("DATABASE_URL", ""), data_dir),
        data_dir=data_dir,
        secret_key=_secret(env, "SECRET_KEY"),
        keyring=_secret(env, "TAIZHANG_KEYRING"),
        timezone=ZoneInfo(env.get("TAIZHANG_TIMEZONE", "Asia/Shanghai")),
        bank_name=env.get("TAIZHANG_BANK_NAME", "台账示范银行"),
        https=env.get("TAIZHANG_HTTPS", "0") == "1",
        development=env.get("TAIZHANG_DEVELOPMENT", "0") == "1",
        trusted_proxies=_number(env, "TAIZHANG_TRUSTED_PROXIES", 0),
        max_upload_bytes=_number(env, "TAIZHANG_MAX_UPLOAD_MB", 32) * 1024 * 1024,
    )


def _database_url(url: str, data_dir: Path) -> str:
    if not url:
        return f"sqlite:///{data_dir / 'taizhang.db'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _secret(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        raise ConfigurationError(f"{name} is not set; `python -m server.crypto` makes one")
    return value


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isdecimal():
        raise ConfigurationError(f"{name} must be a whole number")
    return int(text)
