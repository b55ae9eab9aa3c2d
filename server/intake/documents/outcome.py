"""The outcome of `flask import` as JSON and as lines for people."""

from __future__ import annotations

from typing import Any

from server.intake.actions import Imported


def outcome_document(imported: Imported) -> dict[str, Any]:
    """`{"created", "updated", "unchanged", "refused", "reasons": [{row, field, reason}]}`."""
    return {
        **imported.counts,
        "reasons": [
            {"row": each.row_no, "field": fault.field, "reason": fault.reason}
            for each in imported.refused
            for fault in each.faults
        ],
    }
