"""The one module that reads the environment; everything else is handed a `Config`.

The secrets come from the environment. Those that are not set, as on a laptop that tries the ledger
out, are made once and kept in DATA_DIR/secrets.env, readable by the owner alone, so that the
server, the worker and every command agree. A real bank sets them: beside the data they protect
nothing from whoever copies the folder, and are lost with it (docs/decisions/).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from server.crypto.keyring import new_keyring_text
from server.crypto.streams import new_stream_keys_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BACKUP_KEY: Final = "TAIZHANG_BACKUP_KEY"
SECRETS: Final[dict[str, Callable[[], str]]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "TAIZHANG_KEYRING": new_keyring_text,
    BACKUP_KEY: new_stream_keys_text,
}
"""Each secret and how a fresh one is made."""


class ConfigurationError(RuntimeError):
    """A setting is missing or unreadable; the text names the variable, never its value."""


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Where backups go (a folder, or `s3://bucket/prefix`), under which keys, how many are kept.

    `is_key_beside`: the key was made here and lies with the data. `daily`, `weekly` and `monthly`
    say for how many days, weeks and months with a backup the newest one is kept.
    """

    place: str = ""
    key: str = ""
    is_key_beside: bool = False
    daily: int = 7
    weekly: int = 5
    monthly: int = 12


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How notices leave the house.

    `public_url` is the ledger's own address, for links in mails. `smtp_url` is empty where no mail
    is sent; `mail_from` is an address or `Name <address>`. `push_contact` is a mail address that
    push services may write to. `push_hosts` and `hook_hosts` (`host` or `host:port`) may be
    internal ones; all others must be public.
    """

    public_url: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    push_contact: str = ""
    push_hosts: tuple[str, ...] = ()
    hook_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one deployment.

    `keyring` is the text of TAIZHANG_KEYRING (see `crypto.keyring`), `secret_key` signs cookies.
    `metrics_dir` is where the web processes of one server count together.
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
    backups: BackupSettings = field(default_factory=BackupSettings)
    channels: ChannelSettings = field(default_factory=ChannelSettings)
    log_as_json: bool = False
    metrics_token: str = ""
    metrics_dir: str = ""


def read_config(environment: Mapping[str, str] | None = None) -> Config:
    """Read the settings. Raises `ConfigurationError` when one cannot be used."""
    env = dict(os.environ if environment is None else environment)
    data_dir = Path(env.get("DATA_DIR") or "var").resolve()
    is_key_beside = not env.get(BACKUP_KEY)
    wanted = [name for name in SECRETS if not env.get(name)]
    if wanted:
        kept = _kept_secrets(data_dir / "secrets.env", wanted)
        env = kept | {k: v for k, v in env.items() if v}
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
        backups=BackupSettings(
            place=env.get("TAIZHANG_BACKUP_DIR") or str(data_dir / "backups"),
            key=_secret(env, BACKUP_KEY),
            is_key_beside=is_key_beside,
            daily=_number(env, "TAIZHANG_BACKUP_DAILY", 7),
            weekly=_number(env, "TAIZHANG_BACKUP_WEEKLY", 5),
            monthly=_number(env, "TAIZHANG_BACKUP_MONTHLY", 12),
        ),
        channels=ChannelSettings(
            public_url=env.get("TAIZHANG_PUBLIC_URL", "").rstrip("/"),
            smtp_url=env.get("TAIZHANG_SMTP_URL", ""),
            mail_from=env.get("TAIZHANG_SMTP_FROM", ""),
            push_contact=env.get("TAIZHANG_PUSH_CONTACT", ""),
            push_hosts=_listed(env.get("TAIZHANG_PUSH_HOSTS", "")),
            hook_hosts=_listed(env.get("TAIZHANG_HOOK_HOSTS", "")),
        ),
        log_as_json=_one_of(env, "TAIZHANG_LOG", "text", "json") == "json",
        metrics_token=env.get("TAIZHANG_METRICS_TOKEN", ""),
        metrics_dir=env.get("PROMETHEUS_MULTIPROC_DIR", ""),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip().lower() for each in text.split(",") if each.strip())


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
        raise ConfigurationError(f"{name} is neither set nor in DATA_DIR/secrets.env")
    return value


def _kept_secrets(file: Path, wanted: Sequence[str]) -> dict[str, str]:
    """Read the secrets kept from the first start; on the first start, make and keep them.

    Processes that start together all read what the first of them linked into place.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".secrets-")
        with os.fdopen(handle, "w") as output:
            output.write(new_secrets_text(wanted))
        try:
            Path(file).hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    if BACKUP_KEY in wanted and BACKUP_KEY not in _read_lines(file):
        _add_backup_key(file)
    return _read_lines(file)


def _add_backup_key(file: Path) -> None:
    """A folder of an earlier release has no key for backups yet. The first process adds it."""
    with file.open("a+") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        if BACKUP_KEY not in _read_lines(file):
            text = file.read_text()
            kept.write("\n" if text and not text.endswith("\n") else "")
            kept.write(new_secrets_text([BACKUP_KEY]))
            kept.flush()
            os.fsync(kept.fileno())


def _read_lines(file: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in file.read_text().splitlines() if "=" in line)
    return {name.strip(): value for name, _, value in lines}


def new_secrets_text(names: Sequence[str] = tuple(SECRETS)) -> str:
    """Make fresh secrets as the lines of an environment file."""
    return "".join(f"{name}={SECRETS[name]()}\n" for name in names)


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isdecimal():
        raise ConfigurationError(f"{name} must be a whole number")
    return int(text)


def _one_of(env: Mapping[str, str], name: str, default: str, *others: str) -> str:
    value = env.get(name) or default
    if value not in {default, *others}:
        raise ConfigurationError(f"{name} must be one of {', '.join((default, *others))}")
    return value
