"""The examples of the guide for integrators hold: what it tells to check is what is sent."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from server.push.sending.hooks import signature

GUIDES = Path(__file__).parents[3] / "docs/guides"


def block(guide: str, language: str, word: str) -> str:
    """The example of a language that holds a word."""
    text = (GUIDES / guide).read_text()
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return next(str(each) for each in blocks if word in each)


@pytest.mark.parametrize("guide", ["integrator.md", "integrator.zh-CN.md"])
def test_the_python_of_the_guide_knows_a_genuine_request(guide: str) -> None:
    names: dict[str, Any] = {}
    exec(block(guide, "python", "is_genuine"), names)
    is_genuine, body, now = names["is_genuine"], '{"标题":1}'.encode(), int(time.time())
    assert is_genuine(signature("secret", body, now), body, "secret")
    assert not is_genuine(signature("secret", body, now), body + b" ", "secret")
    assert not is_genuine(signature("secret", body, now), body, "another")
    assert not is_genuine(signature("secret", body, now - 301), body, "secret")


@pytest.mark.parametrize("guide", ["integrator.md", "integrator.zh-CN.md"])
def test_the_shell_of_the_guide_signs_alike(guide: str) -> None:
    script = block(guide, "sh", "openssl dgst")
    script = script[: script.index("curl")] + 'printf "%s\\n%s\\n%s" "$t" "$v1" "$body"'
    ran = subprocess.run(
        ["sh", "-c", script],
        env={"SECRET": "of the bank", "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    moment, signed, body = ran.stdout.split("\n", 2)
    assert signature("of the bank", body.encode(), int(moment)) == f"t={moment},v1={signed}"
