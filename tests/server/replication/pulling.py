"""What the tests of reading share: a person's browser as a device, over HTTP alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.database.engine import begin_writing
from sync.digest import Tally, tally
from tests.server.bank import Bank


@dataclass
class Reader:
    """A device that only reads: its rows by (kind, id), and the cursor behind them."""

    client: FlaskClient
    device: str
    cursor: str = ""
    rows: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)
    tally: Tally | None = None

    def ask(self, **query: Any) -> TestResponse:
        """Ask for the next chunk and do nothing with it."""
        asked = {"device": self.device, "cursor": self.cursor, **query}
        return self.client.get("/sync/v1/pull", query_string=asked)

    def hear(self, answer: TestResponse) -> list[list[Any]]:
        """Store a chunk with its cursor; gives its rows."""
        assert answer.status_code == 200, answer.get_data(as_text=True)
        told = answer.get_json()
        if told["start"] == "restart":
            self.rows.clear()
        self.starts.append(told["start"])
        for kind, key, number, document in told["rows"]:
            if document is None:
                self.rows.pop((kind, key), None)
            else:
                assert document["id"] == key
                self.rows[kind, key] = (number, document)
        self.cursor = told["cursor"]
        self.tally = Tally(**told["tally"]) if "tally" in told else None
        return list(told["rows"])

    def pull(self, **query: Any) -> list[list[Any]]:
        """Pull to the end; gives all rows that came."""
        came = self.hear(self.ask(**query))
        while self.tally is None:
            came += self.hear(self.ask(**query))
        return came

    @property
    def own_tally(self) -> Tally:
        """The tally of what it holds."""
        return tally((key, number) for (_, key), (number, _) in self.rows.items())

    def ids(self, kind: str) -> set[str]:
        """The ids of a kind that it holds."""
        return {key for name, key in self.rows if name == kind}


def enrolled(client: FlaskClient, name: str = "平板") -> Reader:
    """Enrol a browser that is signed in."""
    answer = client.post("/sync/v1/devices", json={"name": name, "platform": "Android"})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return Reader(client, answer.get_json()["device"])


def commit(bank: Bank) -> None:
    """Commit what the test wrote, and begin to write anew."""
    bank.session.commit()
    begin_writing(bank.session)
