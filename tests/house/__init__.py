"""Tests of the house itself: the contracts between the rooms and what the tests stand on."""
