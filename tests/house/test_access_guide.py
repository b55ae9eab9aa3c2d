"""The written matrix of who may do what says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from server.domain.access import MATRIX, Permission, Role

_GUIDE = Path(__file__).resolve().parents[2] / "docs/guides/access.md"


def test_the_access_guide_shows_the_matrix_of_the_code() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in _GUIDE.read_text().splitlines()
        if line.startswith("|")
    ]
    roles = [Role(re.findall(r"[a-z]+", title)[0]) for title in rows[0][2:]]
    written = {
        Permission(name.strip("`")): {
            role for role, mark in zip(roles, marks, strict=True) if mark == "●"
        }
        for name, _, *marks in rows[2:]
    }
    assert written == {
        permission: {role for role in Role if permission in MATRIX[role]}
        for permission in Permission
    }
