"""Tests of the loans slice, on both databases."""
