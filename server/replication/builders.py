"""The one table of what devices hold: each kind of entity with the builder of its documents.

A slice says in its `documents.py` what a device sees of it; here the builders are only listed. A
kind that is missing is held by no device, whatever the feed says of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from server.accounts.documents import bank_documents, staff_documents
from server.customers.documents import address_documents, contact_documents, customer_documents
from server.feedback.documents import feedback_documents
from server.loans.documents import loan_documents
from server.notices.documents import notice_documents
from server.products.documents import product_documents
from server.repayments.documents import handover_documents, repayment_documents
from server.visits.documents import call_documents, promise_documents, visit_documents

Builder = Callable[[Session, Sequence[str], dt.date], Mapping[str, dict[str, Any]]]
"""`build(session, ids, today)` gives documents by id; what is not to be held is left out."""

DOCUMENTS: Final[Mapping[str, Builder]] = {
    "customer": customer_documents,
    "contact": contact_documents,
    "address": address_documents,
    "loan": loan_documents,
    "repayment": repayment_documents,
    "visit": visit_documents,
    "promise": promise_documents,
    "call": call_documents,
    "feedback": feedback_documents,
    "handover": handover_documents,
    "notice": notice_documents,
    "product": product_documents,
    "staff": staff_documents,
    "bank": bank_documents,
}


def builders(bank_name: str) -> Mapping[str, Builder]:
    """The builders of a bank of that name, a setting that only the door knows."""
    return {**DOCUMENTS, "bank": partial(bank_documents, name=bank_name)}
