"""The manifest and the script of the worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.web import assets


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


def test_the_manifest_names_the_app_its_icons_and_shortcuts(client: FlaskClient) -> None:
    answer = client.get("/manifest.webmanifest")
    told = answer.get_json()
    assert answer.mimetype == "application/manifest+json"
    assert (told["id"], told["start_url"], told["scope"]) == ("/field/", "/field/", "/")
    assert told["name"].startswith("测试银行")
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    assert all(shortcut["url"].startswith("/field/") for shortcut in told["shortcuts"])


def test_the_worker_answers_for_the_field_app_alone_and_is_always_asked_for_anew(
    app: Flask, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sw-1.js").write_text("// the worker")
    monkeypatch.setattr(assets, "BUILD_DIR", tmp_path)
    monkeypatch.setitem(app.extensions, "taizhang-assets", {"sw.js": "sw-1.js"})
    answer = client.get("/sw.js", buffered=True)
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/field/"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_without_a_build_there_is_no_worker(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "taizhang-assets", {})
    assert client.get("/sw.js").status_code == 404
