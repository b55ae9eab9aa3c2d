"""Tests of sealing and of passwords."""
