"""What tests of pages ask a browser for."""

from __future__ import annotations

from flask.testing import FlaskClient


def text_of(client: FlaskClient, url: str, status: int = 200) -> str:
    """The page at an address, which answers with that status."""
    answer = client.get(url)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)
