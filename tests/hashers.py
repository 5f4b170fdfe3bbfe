"""Passwords of tests: hashed as the application does, in a hundredth of the time."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2 with the least work it takes; what is asked of real passwords is the settings' own test."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
