"""Pages of files that need their owners beside them: those of a loan, adding some, one file.

They hang on the blueprint of attachments, so that their names are those of any other such page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, url_for

from server.attachments import queries
from server.attachments.views import ACCEPTED, add_files, blueprint
from server.customers import queries as customers
from server.database import Session
from server.desk.queries import customer_owner, loan_owner
from server.domain.access import Actor
from server.loans import queries as loans
from server.products import queries as products
from server.web.doors import reads, writes

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue


@blueprint.get("/loans/<uuid:loan_id>/attachments")
@reads
def of_loan(session: Session, actor: Actor, loan_id: UUID) -> ResponseReturnValue:
    """List the files of a loan."""
    loan = loans.loan(session, actor, str(loan_id))
    owner = loan_owner(session, actor, loan.id)
    return render_template(
        "attachments/of_loan.html",
        loan=loan,
        customer=loans.customer_of(session, actor, loan.customer_id),
        attachments=queries.attachments_of(session, actor, owner),
        accepted=ACCEPTED,
    )


@blueprint.post("/loans/<uuid:loan_id>/attachments")
@writes
def add_to_loan(session: Session, actor: Actor, loan_id: UUID) -> ResponseReturnValue:
    """Keep files with a loan."""
    owner = loan_owner(session, actor, str(loan_id))
    return add_files(session, actor, owner, back=url_for("attachments.of_loan", loan_id=owner.id))


@blueprint.post("/customers/<uuid:customer_id>/attachments")
@writes
def add_to_customer(session: Session, actor: Actor, customer_id: UUID) -> ResponseReturnValue:
    """Keep files with a customer."""
    owner = customer_owner(session, actor, str(customer_id))
    back = url_for("customers.show", customer_id=owner.id, _anchor="attachments")
    return add_files(session, actor, owner, back=back)


@blueprint.get("/attachments/<uuid:attachment_id>")
@reads
def show(session: Session, actor: Actor, attachment_id: UUID) -> ResponseReturnValue:
    """Show one file: what it is, and the image itself when it is one."""
    row = queries.attachment(session, actor, str(attachment_id))
    return render_template("attachments/show.html", file=row, trail=_trail(session, actor, row))


def _trail(
    session: Session, actor: Actor, row: queries.AttachmentRow
) -> list[tuple[str, str | None]]:
    """The way to a file: addresses and names of what it belongs to."""
    if row.owner_kind == "product":
        product = products.product(session, actor, row.owner_id)
        return [(url_for("products.show", product_id=product.id), product.name)]
    above: list[Any] = []
    customer_id = row.owner_id
    if row.owner_kind == "loan":
        loan = loans.loan(session, actor, row.owner_id)
        customer_id = loan.customer_id
        above = [(url_for("attachments.of_loan", loan_id=loan.id), loan.contract_no)]
    customer = customers.find_customer(session, actor, customer_id)
    anchor = None if above else "attachments"
    here = url_for("customers.show", customer_id=customer.id, _anchor=anchor)
    return [(here, customer.name), *above]
