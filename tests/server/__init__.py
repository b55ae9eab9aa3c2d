"""Tests of the server, slice by slice, on both databases; passwords cost the least to hash."""

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from server.crypto import passwords

passwords.use(PasswordHasher.from_parameters(CHEAPEST))
