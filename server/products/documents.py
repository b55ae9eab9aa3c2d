"""What a device holds of products: those that are offered, by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.products.models import Product


def product_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Products by id, as `Product` in documents.ts; one that is offered no more is left out."""
    rows = session.execute(
        select(Product.id, Product.name).where(Product.id.in_(ids), Product.active)
    )
    return {row.id: {"id": row.id, "name": row.name} for row in rows}
