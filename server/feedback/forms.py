"""The forms of feedback: what was sent becomes a command."""

from __future__ import annotations

from server.customers.queries import is_id
from server.domain.errors import Invalid
from server.domain.feedback import NEXT, FeedbackKind, FeedbackStatus, read_words
from server.feedback.actions import HandleFeedback, LogFeedback
from server.feedback.models import FEEDBACK_CATEGORIES, FEEDBACK_CHANNELS
from server.feedback.queries import FeedbackFilter
from server.web.entries import Entries
from server.web.forms import FormState


def read_new(entries: Entries, customer_id: str) -> LogFeedback:
    """The form of a new case."""
    return LogFeedback(
        customer_id=customer_id,
        kind=entries.code("kind", set(FeedbackKind)),
        category=entries.code("category", FEEDBACK_CATEGORIES),
        channel=entries.code("channel", FEEDBACK_CHANNELS),
        content=_words(entries, "content"),
        received_on=entries.day("received_on"),
        loan_id=_id(entries, "loan_id"),
        about_user_id=_id(entries, "about_user_id"),
    )


def read_step(entries: Entries, feedback_id: str) -> HandleFeedback:
    """The form of a step in the handling."""
    return HandleFeedback(
        feedback_id=feedback_id,
        version=entries.whole("version", 1, 10**9),
        text=_words(entries, "text", required=False),
        status=entries.code("status", set(FeedbackStatus), required=False),
    )


def read_filter(form: FormState) -> FeedbackFilter:
    """The filters of the list, as its URL has them; what is no id or date counts as nothing."""
    return FeedbackFilter(
        status=form.text("status") or "waiting",
        kind=form.text("kind"),
        category=form.text("category"),
        branch_id=form.text("branch") if is_id(form.text("branch")) else "",
        customer_id=form.text("customer") if is_id(form.text("customer")) else "",
    )


def next_steps(status: FeedbackStatus, *, answers: bool) -> tuple[str, ...]:
    """The codes a person may choose as the next step; "" is a note alone."""
    return ("", *NEXT[status]) if answers else ("",)


def _words(entries: Entries, name: str, *, required: bool = True) -> str:
    try:
        return read_words(str(entries.state.values.get(name, "")), name, required=required)
    except Invalid as refusal:
        entries.state.refuse(refusal)
        return ""


def _id(entries: Entries, name: str) -> str | None:
    value = entries.state.text(name)
    if value and not is_id(value):
        entries.refuse(name, "unknown")
    return value if is_id(value) else None
