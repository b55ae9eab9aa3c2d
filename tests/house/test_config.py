"""Settings: what is read, what is refused, and where secrets come from when nobody set them."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server.config import ConfigurationError, read_config
from server.crypto.keyring import read_keyring


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


def test_nothing_is_kept_where_the_environment_has_both(tmp_path: Path) -> None:
    read_config({"DATA_DIR": str(tmp_path), "SECRET_KEY": "mine", "TAIZHANG_KEYRING": "{}"})
    assert list(tmp_path.iterdir()) == []


def test_a_secret_missing_from_the_kept_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("SECRET_KEY=x")
    with pytest.raises(ConfigurationError, match="TAIZHANG_KEYRING"):
        read_config({"DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_platforms_database_url_is_given_its_driver(tmp_path: Path, scheme: str) -> None:
    environment = {"DATA_DIR": str(tmp_path), "DATABASE_URL": f"{scheme}://u:p@h/d"}
    assert read_config(environment).database_url == "postgresql+psycopg://u:p@h/d"
