"""Passwords of accounts: which will do, how they are kept, and whether one is right.

Laws:

* A password is bounded before anything is done with it.
* Every password is prepared the same way (SASLprep, RFC 4013) before it is hashed or compared, so
  that PLAIN and SCRAM agree on what it is (RFC 4616 section 2, RFC 5802 section 2.2).
* To check one takes as long for an account that does not exist as for one that does.
* Hashing is done aside: the chat comes first.
* argon2 and scramp are imported when they are needed: a server starts without them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import cached_property
from typing import TYPE_CHECKING, Any

from trio_chat.archive.aside import aside
from trio_chat.archive.settings import PasswordSettings
from trio_chat.store.accounts import Secrets

if TYPE_CHECKING:
    import argon2

PASSWORD_BYTES = 300
"""The longest password: what fits one AUTHENTICATE of 400 bytes in base 64."""

_COMMON = """
123456 1234567 123123 111111 000000 654321 666666 121212 112233 123321 qwerty qwertz azerty asdfgh
zxcvbn qazwsx 1q2w3e abc123 a1b2c3 monkey dragon letmein master shadow sunshine iloveyou welcome
admin1 login1 princess freedom hello1 passw0rd pass123 pass1234 testing abcdef abcdefg
password password1 password12 password123 passw0rd p@ssw0rd p@ssword password! 12345678
123456789 1234567890 123123123 12341234 11111111 00000000 88888888 87654321 987654321 0987654321
12345678910 0123456789 112233445566 11223344 147258369 123456789a a123456789 qwertyui qwertyuiop
qwerty12 qwerty123 qwerty1234 qwertzui qwertzuiop azertyui azertyuiop asdfghjk asdfghjkl
asdf1234 zxcvbnm1 1q2w3e4r 1q2w3e4r5t 1qaz2wsx q1w2e3r4 qazwsxedc zaq12wsx abcdefgh abcd1234
abc12345 a1b2c3d4 aa123456 iloveyou iloveyou1 sunshine princess football baseball basketball
superman spiderman starwars pokemon1 trustno1 letmein1 letmeinnow welcome1 welcome123 admin123
admin1234 administrator changeme changeme1 whatever master123 dragon123 monkey123 shadow123
michael1 jennifer jordan23 charlie1 computer internet test1234 testtest guest123 secret123
login123 hello123 helloworld correcthorsebatterystaple passwort passwort1 passwort123 motdepasse
contraseña hallo123 liverpool chelsea1
"""

COMMON = frozenset(_COMMON.split())
"""What everybody tries first; shorter ones are refused for their length."""


class Weak(Exception):
    """A password that will not do; the text says why."""


class Passwords:
    """Hashes of passwords with the present parameters; `key` is the server's own secret."""

    def __init__(self, settings: PasswordSettings, key: bytes) -> None:
        self.settings = settings
        self._key = key
        self._dummy = self._dummy_hash()

    @cached_property
    def _hasher(self) -> argon2.PasswordHasher:
        import argon2

        settings = self.settings
        return argon2.PasswordHasher(
            time_cost=settings.passes, memory_cost=settings.memory_kib, parallelism=settings.lanes
        )

    @cached_property
    def scram(self) -> Any:
        """The mechanism by which passwords are kept for SCRAM, and asked for."""
        import scramp

        return scramp.ScramMechanism("SCRAM-SHA-256")

    # -- a new password

    def keep(self, password: str, name: str = "", email: str = "") -> Secrets:
        """What to keep of a new password. Raises `Weak` for one that will not do."""
        prepared = self._fit(password, name, email)
        return self._secrets(prepared)

    def _fit(self, password: str, name: str, email: str) -> str:
        least = self.settings.minimum_length
        if len(password.encode(errors="replace")) > PASSWORD_BYTES:
            raise Weak(f"A password has at most {PASSWORD_BYTES} bytes")
        if (prepared := prepare(password)) is None:
            raise Weak("The password has characters in it that no password can have")
        if len(prepared) < least:
            raise Weak(f"A password needs at least {least} characters")
        folded = prepared.casefold()
        if folded in COMMON or len(set(folded)) == 1:
            raise Weak("The password is one that everybody tries first")
        known = {name.casefold(), email.casefold(), email.casefold().partition("@")[0]} - {""}
        if folded in known or folded[::-1] in known:
            raise Weak("The password is the name or the address of its account")
        return prepared

    def _secrets(self, prepared: str) -> Secrets:
        hasher, scram = self._hasher, self.scram  # first: an import holds locks

        def hashed() -> Secrets:
            salt, stored_key, server_key, iterations = scram.make_auth_info(
                prepared, iteration_count=self.settings.scram_iterations
            )
            return Secrets(hasher.hash(prepared), salt, iterations, stored_key, server_key)

        return aside(hashed)

    # -- checking

    def is_right(self, secrets: Secrets | None, password: str) -> bool:
        """Whether this is the password; None, or secrets that are empty, stand for no password."""
        from argon2.exceptions import VerifyMismatchError

        hasher = self._hasher  # first: an import holds locks
        kept = secrets.hash if secrets is not None else ""
        fits = len(password.encode(errors="replace")) <= PASSWORD_BYTES
        prepared = prepare(password) if fits else None
        try:
            right = aside(lambda: hasher.verify(kept or self._dummy, prepared or ""))
        except VerifyMismatchError:
            return False
        return right and bool(kept) and prepared is not None

    def renewed(self, secrets: Secrets, password: str) -> Secrets | None:
        """What to keep of a password that was right, None if that is what is kept already."""
        is_old = self._hasher.check_needs_rehash(secrets.hash)
        if not is_old and secrets.scram_iterations == self.settings.scram_iterations:
            return None
        prepared = prepare(password)
        assert prepared is not None
        return self._secrets(prepared)

    # -- nobody's secrets

    def feigned(self, folded: str) -> Secrets:
        """The secrets of an account that does not exist: the same for a name at every try.

        RFC 5802 section 9 has nothing on it; without it, the salt would tell who has an account.
        """
        return Secrets(
            self._dummy,
            self.derive(f"salt {folded}")[:SALT_BYTES],
            self.settings.scram_iterations,
            self.derive(f"stored {folded}"),
            self.derive(f"server {folded}"),
        )

    def derive(self, purpose: str) -> bytes:
        """32 bytes for a purpose, that only this server knows."""
        return hmac.digest(self._key, purpose.encode(), hashlib.sha256)

    def _dummy_hash(self) -> str:
        """A hash that no password has, with the present parameters (RFC 9106's string form)."""
        settings = self.settings
        salt, hash_ = (
            base64.b64encode(part).decode().rstrip("=")
            for part in (self.derive("dummy salt")[:16], self.derive("dummy hash"))
        )
        parameters = f"m={settings.memory_kib},t={settings.passes},p={settings.lanes}"
        return f"$argon2id$v=19${parameters}${salt}${hash_}"


SALT_BYTES = 32
"""Bytes of the salt that scramp makes: one of another length would give away a feigned one."""


def prepare(password: str) -> str | None:
    """A password as it is compared, by SASLprep (RFC 4013); None for what it forbids."""
    from scramp import ScramException
    from scramp.utils import saslprep

    try:
        return str(saslprep(password))
    except ScramException:
        return None
