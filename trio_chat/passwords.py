"""Passwords: only their argon2id hashes are kept, and a password is checked against one.

Law: argon2 is imported when it is needed: a server starts without it.
"""

from __future__ import annotations

from trio_chat.archive.aside import aside
from trio_chat.core.questions import CheckPassword


def hash_password(password: str) -> str:
    """A hash to keep in the place of a password; every time another one (RFC 9106).

    Takes some 50 ms and 64 MB, so that guessing does too.
    """
    import argon2

    return argon2.PasswordHasher().hash(password)


def check_password(question: CheckPassword) -> bool:
    """Whether the password is the one of the hash. Raises `argon2.exceptions.InvalidHashError`."""
    import argon2

    try:
        return aside(lambda: argon2.PasswordHasher().verify(question.hash, question.password))
    except argon2.exceptions.VerifyMismatchError:
        return False
