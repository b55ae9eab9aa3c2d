"""Settings: what is read, what is refused, and where secrets come from when nobody set them."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server.config import ConfigurationError, read_config
from server.crypto.keyring import read_keyring
from server.crypto.streams import read_stream_keys


def test_secrets_are_made_once_and_kept_for_the_owner_alone(tmp_path: Path) -> None:
    first = read_config({"DATA_DIR": str(tmp_path)})
    again = read_config({"DATA_DIR": str(tmp_path)})
    kept = tmp_path / "secrets.env"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert (first.secret_key, first.keyring) == (again.secret_key, again.keyring)
    assert read_keyring(first.keyring).newest == 1
    assert [each.name for each in tmp_path.iterdir()] == ["secrets.env"]


def test_processes_that_start_together_agree_on_the_secrets(tmp_path: Path) -> None:
    command = "from server.config import read_config; print(read_config().secret_key)"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", command],
            env={"DATA_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in started}) == 1


def test_the_environment_goes_before_what_was_kept(tmp_path: Path) -> None:
    kept = read_config({"DATA_DIR": str(tmp_path)})
    given = read_config({"DATA_DIR": str(tmp_path), "SECRET_KEY": "mine", "TAIZHANG_KEYRING": ""})
    assert (given.secret_key, given.keyring) == ("mine", kept.keyring)


def test_nothing_is_kept_where_the_environment_has_all(tmp_path: Path) -> None:
    given = {"SECRET_KEY": "mine", "TAIZHANG_KEYRING": "{}", "TAIZHANG_BACKUP_KEY": "1:x"}
    read = read_config({"DATA_DIR": str(tmp_path), **given})
    assert list(tmp_path.iterdir()) == []
    assert (read.backups.key, read.backups.is_key_beside) == ("1:x", False)


def test_only_what_is_missing_is_made(tmp_path: Path) -> None:
    given = {"SECRET_KEY": "mine", "TAIZHANG_KEYRING": "{}"}
    read = read_config({"DATA_DIR": str(tmp_path), **given})
    assert read.backups.is_key_beside
    assert (tmp_path / "secrets.env").read_text() == f"TAIZHANG_BACKUP_KEY={read.backups.key}\n"


def test_a_folder_of_an_earlier_release_is_given_a_key_for_backups(tmp_path: Path) -> None:
    kept = tmp_path / "secrets.env"
    kept.write_text("SECRET_KEY=x\nTAIZHANG_KEYRING=1:a")
    first = read_config({"DATA_DIR": str(tmp_path)})
    assert read_config({"DATA_DIR": str(tmp_path)}).backups.key == first.backups.key
    assert (first.secret_key, first.keyring) == ("x", "1:a")
    assert len(read_stream_keys(first.backups.key).keys) == 1


def test_backups_go_to_the_data_folder_unless_somebody_says_where(tmp_path: Path) -> None:
    first = read_config({"DATA_DIR": str(tmp_path)}).backups
    assert first.place == str(tmp_path.resolve() / "backups")
    assert (first.daily, first.weekly, first.monthly) == (7, 5, 12)
    said = {"TAIZHANG_BACKUP_DIR": "s3://vault/bank", "TAIZHANG_BACKUP_WEEKLY": "9"}
    second = read_config({"DATA_DIR": str(tmp_path), **said}).backups
    assert (second.place, second.weekly) == ("s3://vault/bank", 9)


def test_a_secret_missing_from_the_kept_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("SECRET_KEY=x")
    with pytest.raises(ConfigurationError, match="TAIZHANG_KEYRING"):
        read_config({"DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_platforms_database_url_is_given_its_driver(tmp_path: Path, scheme: str) -> None:
    environment = {"DATA_DIR": str(tmp_path), "DATABASE_URL": f"{scheme}://u:p@h/d"}
    assert read_config(environment).database_url == "postgresql+psycopg://u:p@h/d"
