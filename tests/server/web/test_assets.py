"""Built files travel compressed to browsers that take it, whole to the others, and nothing else."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask

from server.web import assets

SCRIPT = b"export const answer = 42;\n" * 200


@pytest.fixture(autouse=True)
def built(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build of one script with its compressed forms, as `make build` lays them."""
    folder = tmp_path / "build"
    folder.mkdir()
    (folder / "page-1.js").write_bytes(SCRIPT)
    (folder / "page-1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "page-1.js.br").write_bytes(b"as brotli would write it")
    monkeypatch.setattr(assets, "BUILD_DIR", folder)
    monkeypatch.setitem(app.extensions, "taizhang-assets", {"sw.js": "page-1.js"})
    return folder


@pytest.mark.parametrize(
    ("taken", "encoding", "size"),
    [
        ("", None, len(SCRIPT)),
        ("gzip, deflate", "gzip", len(gzip.compress(SCRIPT))),
        ("gzip, deflate, br, zstd", "br", 24),
        ("gzip, br;q=0", "gzip", len(gzip.compress(SCRIPT))),
    ],
)
def test_a_browser_gets_the_smallest_form_that_it_takes(
    app: Flask, taken: str, encoding: str | None, size: int
) -> None:
    answer = app.test_client().get(
        "/static/page-1.js", headers={"Accept-Encoding": taken}, buffered=True
    )
    assert answer.headers.get("Content-Encoding") == encoding
    assert len(answer.data) == size
    assert answer.mimetype == "text/javascript"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_each_form_has_a_tag_of_its_own(app: Flask) -> None:
    tags = {
        app.test_client()
        .get("/static/page-1.js", headers={"Accept-Encoding": taken}, buffered=True)
        .headers["ETag"]
        for taken in ("", "gzip", "br")
    }
    assert len(tags) == 3


def test_the_workers_script_is_asked_for_anew_each_time(app: Flask) -> None:
    answer = app.test_client().get("/sw.js", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "text/javascript"


@pytest.mark.parametrize("path", ["nothing.js", "../../pyproject.toml", "%2e%2e/%2e%2e/Makefile"])
def test_nothing_else_is_sent(app: Flask, built: Path, path: str) -> None:
    (built.parent / "Makefile").write_text("all:")
    for taken in ("", "gzip"):
        answer = app.test_client().get(f"/static/{path}", headers={"Accept-Encoding": taken})
        assert answer.status_code == 404
