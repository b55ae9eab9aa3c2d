"""Tests mirror the paths of the code; a test's name is a sentence."""
