"""The ledger's server: a house of slices over a pure domain (see ARCHITECTURE.md)."""

from typing import Final

VERSION: Final = "0.1.0"
"""The release, as pyproject.toml says it; devices are told."""
