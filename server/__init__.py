"""The ledger's server: a house of slices over a pure domain (see ARCHITECTURE.md)."""
