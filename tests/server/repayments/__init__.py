"""Tests of the repayments slice, on both databases."""
