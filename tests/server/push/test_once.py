"""A delivery is sent once: two workers at once, and workers that are killed in between."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, text

from server.database.extension import current_session, db
from server.push import actions
from server.push.actions import SaveHook, deliver_next
from server.push.models import Delivery
from server.push.queries.deliveries import due_in_order, looked_for
from server.push.sending.senders import Senders
from tests.server.bank import NOW
from tests.server.conftest import KEYRING
from tests.server.push.conftest import Post, settings_for
from tests.server.push.receiver import Says

ROOT = Path(__file__).parents[3]


def killed_at(post: Post, app: Flask, tmp_path: Path, moment: str) -> None:
    """A worker's step in a process of its own, killed at a moment."""
    post.session.commit()
    db.session.remove()
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    arguments = [url, str(tmp_path), post.receiver.host, moment]
    done = subprocess.run(
        [sys.executable, "-m", "tests.server.push.dying", *arguments],
        cwd=ROOT,
        env={**os.environ, "TEST_KEYRING": KEYRING},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    post.session = current_session()


def test_killed_before_anything_left_it_is_sent_by_the_next(
    post: Post, app: Flask, tmp_path: Path
) -> None:
    notice = post.tell()
    killed_at(post, app, tmp_path, "claimed")
    assert post.receiver.came == []
    assert post.only().state == "sending"
    assert post.deliver() == 0
    post.later(minutes=5, seconds=1)
    assert post.deliver() == 1
    assert post.only().state == "sent"
    assert [post.browser.read(came)["id"] for came in post.receiver.came] == [notice]


def test_killed_before_it_was_written_down_the_same_id_comes_again(
    post: Post, app: Flask, tmp_path: Path
) -> None:
    """The receiver drops the second: one topic at the push service, one tag on the device."""
    notice = post.tell()
    killed_at(post, app, tmp_path, "sent")
    post.later(minutes=5, seconds=1)
    post.deliver()
    assert (post.only().state, post.only().attempts) == ("sent", 2)
    said = [post.browser.read(came) for came in post.receiver.came]
    assert [each["id"] for each in said] == [notice, notice]
    assert len({each["tag"] for each in said}) == 1
    assert len({came.headers["topic"] for came in post.receiver.came}) == 1


def add_hook(post: Post, kind: str, **more: Any) -> str:
    command = SaveHook("群", kind, "staff", url=post.receiver.url("/hook"), **more)
    hosts = [post.receiver.host]
    saved = actions.save_hook(
        post.session, post.bank.actor("administrator"), command, allowed=hosts
    )
    post.session.commit()
    return saved.id


def test_a_hook_that_may_have_been_told_is_told_again_under_the_same_key(
    post: Post, app: Flask, tmp_path: Path, read_by: Any
) -> None:
    read_by(channels=frozenset({"hook"}))
    add_hook(post, "json")
    post.tell()
    killed_at(post, app, tmp_path, "sent")
    post.later(minutes=6)
    post.deliver()
    keys = [came.headers["idempotency-key"] for came in post.receiver.came]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_robot_that_may_have_been_told_is_not_told_again(
    post: Post, app: Flask, tmp_path: Path, read_by: Any
) -> None:
    read_by(channels=frozenset({"hook"}))
    post.receiver.say(Says(200, body=b'{"errcode":0}'))
    add_hook(post, "wecom")
    post.tell()
    killed_at(post, app, tmp_path, "sent")
    post.later(minutes=6)
    assert post.deliver() == 0
    assert (post.only().state, post.only().error) == ("unknown", "no_outcome")
    assert len(post.receiver.came) == 1


def test_an_outcome_that_comes_too_late_does_not_undo_the_next_ones(post: Post) -> None:
    """A worker that was asleep for six minutes wakes up and tells what became of its request."""
    post.tell()
    slept = post.worker

    def falls_asleep() -> dt.datetime:
        if not post.receiver.came:
            post.later(minutes=6)
            post.receiver.say(201)
            post.deliver()
            post.receiver.say(500)
        return post.now

    deliver_next(post.session, slept, post.senders, falls_asleep)
    assert post.only().state == "sent"


def test_two_workers_at_once_send_each_delivery_once(post: Post, app: Flask) -> None:
    post.receiver.say(Says(hang=0.02))
    patient = Senders(settings_for(post.receiver), rests=0.0)  # a busy machine is no failure
    post.senders.close()
    post.senders = patient
    notices = [post.tell(key=f"n{number}") for number in range(60)]
    worker, failures = post.worker, list[BaseException]()
    start = threading.Barrier(3)

    def work() -> None:
        try:
            with app.app_context():
                start.wait()
                while deliver_next(current_session(), worker, post.senders, lambda: NOW):
                    current_session().rollback()
                db.session.remove()
        except BaseException as failure:  # noqa: BLE001 (told by the test below)
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    told = Counter(post.browser.read(came)["id"] for came in post.receiver.came)
    assert told == Counter(notices)
    post.session.rollback()
    assert set(post.session.scalars(select(Delivery.state))) == {"sent"}


def test_nothing_is_locked_while_something_is_being_sent(post: Post, app: Flask) -> None:
    """Another person writes while the push service takes its time."""
    wrote = []

    def write(_came: Any) -> None:
        with app.app_context():
            session = current_session()
            from server.database.engine import begin_writing
            from server.database.notices import tell

            begin_writing(session)
            tell(session, post.bank.people["manager"], "x", ("loan", post.bank.product_id), at=NOW)
            session.commit()
            db.session.remove()
            wrote.append(True)

    post.receiver.at_each = write
    post.tell()
    post.deliver()
    assert wrote == [True]
    assert post.only().state == "sent"


def test_a_step_with_nothing_to_do_takes_no_lock(post: Post, statements: list[str]) -> None:
    statements.clear()
    assert post.deliver() == 0
    assert [each.split()[0] for each in statements if each != "BEGIN"] == ["SELECT"]


def test_looking_for_what_is_due_reads_no_ended_deliveries(post: Post, app: Flask) -> None:
    if not app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        return  # PostgreSQL reads so few rows without any index
    dialect = post.session.get_bind().dialect
    for wanted in (looked_for(NOW), due_in_order(NOW, urgent=False)):
        statement = str(wanted.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        plan = post.session.execute(text(f"EXPLAIN QUERY PLAN {statement}")).all()
        assert "ix_deliveries_open" in str(plan), plan
