"""Journeys in a real Chromium against the ledger as `make run` starts it, each a whole story."""
