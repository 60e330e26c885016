"""What may be set about accounts: how passwords are kept, bearer tokens, mail.

The configuration file fills these, as `[passwords]`, `[tokens]` and `[mail]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

# Without "=?": it begins an encoded word (RFC 2047), which Python's `email` would decode in `To`,
# line ends and all, and so a second header or recipient would come in.
_ADDRESS = re.compile(
    r"(?!.*=\?)[^\s@\x00-\x1f\x7f<>,;:\"()\[\]\\]+@[^\s@\x00-\x1f\x7f<>,;:\"()\[\]\\]+"
)

ADDRESS_BYTES = 254
"""The longest e-mail address (RFC 5321 section 4.5.3.1.3, less the brackets of a path)."""


def is_address(text: str) -> bool:
    """Whether this can be an e-mail address, and nothing but one: no header, no second address."""
    return len(text.encode()) <= ADDRESS_BYTES and _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class PasswordSettings:
    """How the passwords of accounts are kept. What changes is true of each at its next login."""

    memory_kib: int = 19456
    """Memory that one argon2id hash takes, in KiB (OWASP's Password Storage Cheat Sheet)."""
    passes: int = 2
    """How often a hash goes through that memory: with the default, 30 ms of one core."""
    lanes: int = 1
    """Cores that work at one hash: more would make all who chat wait while somebody logs in."""
    threads: int = 2
    """Passwords that are looked at once; who comes later waits."""
    scram_iterations: int = 100_000
    """Rounds of PBKDF2 in the keys of SCRAM-SHA-256, which each client must do to log in. RFC 7677
    section 4 wants 4096 at least; whoever steals the database guesses faster the fewer there
    are."""
    minimum_length: int = 6
    """Characters of the shortest password: as few as people are used to from IRC's services. What
    everybody tries first is refused, and guesses are throttled; where accounts matter more, 12 is a
    good number."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for what argon2 or SCRAM could not do."""
        for name in ("passes", "lanes", "threads", "minimum_length"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        # RFC 9106 section 3.1: parallelism up to 2^24 - 1, memory from 8 KiB for each lane.
        if self.lanes > 64 or self.passes > 1000 or self.threads > 64:
            raise ValueError("lanes and threads must be at most 64, passes at most 1000")
        if not 8 * self.lanes <= self.memory_kib <= 4 * 1024 * 1024:
            raise ValueError("memory_kib must be at least 8 for each lane, and at most 4194304")
        if not 4096 <= self.scram_iterations <= 10_000_000:
            raise ValueError("scram_iterations must be 4096 to 10000000")
        if self.minimum_length > 64:
            raise ValueError("minimum_length must be at most 64")


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """How long history is kept, and how safely."""

    durability: Literal["disk", "os", "memory"] = "disk"
    """When a message counts as kept, and who said it is told so: once it is on the disk and lasts
    whatever happens (`disk`), once the operating system has it, which outlives the server but not
    the machine (`os`), or at once (`memory`)."""
    days: float = 0
    """How long messages are kept; 0 for ever."""
    messages_per_room: int = 0
    """How many messages are kept of a room, or of a conversation of two; 0 for all."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for less than nothing."""
        if not 0 <= self.days <= 1e6:
            raise ValueError("days must be from 0 to 1000000")
        if self.messages_per_room < 0:
            raise ValueError("messages_per_room must not be negative")


_SECRET = ("HS256", "HS384", "HS512")
_PUBLIC = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Logging in with the signed token of another site (SASL OAUTHBEARER, JWT)."""

    algorithms: tuple[str, ...] = ()
    """How tokens may be signed (RFC 7518): `HS256` and its like with a shared secret, or `RS256`,
    `PS256`, `ES256`, `EdDSA` and their like with a public key; empty for no tokens."""
    key: str = field(default="", repr=False)
    """The shared secret, or the public key in PEM."""
    key_file: str = ""
    """A file with that key, in the place of `key`, as seen from this file."""
    issuer: str = ""
    """What the token must name as `iss`; empty for anything."""
    audience: str = ""
    """What it must name as `aud`; empty for tokens without one."""
    claim: str = "sub"
    """The claim that names the account."""
    leeway_seconds: float = 30
    """How far the clocks may differ."""
    make_accounts: bool = False
    """Whether an account that does not exist is made with its first token."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for what would let in tokens that nobody has signed."""
        for name in self.algorithms:
            if name not in _SECRET + _PUBLIC:
                known = ", ".join(_SECRET + _PUBLIC)
                raise ValueError(f"algorithms: {name} is none that is safe; known: {known}")
        secret = [name for name in self.algorithms if name in _SECRET]
        if secret and len(secret) < len(self.algorithms):
            # The public key, known to everybody, would be taken for the shared secret.
            raise ValueError("algorithms: one key cannot be a shared secret and a public key")
        if self.key and self.key_file:
            raise ValueError("there is a key and a key_file: one must go")
        if self.algorithms and not (self.key or self.key_file):
            raise ValueError("tokens need a key or a key_file")
        if self.key:
            self._check_key(bool(secret))
        if self.leeway_seconds < 0:
            raise ValueError("leeway_seconds must not be less than 0")

    def _check_key(self, is_secret: bool) -> None:
        if is_secret and "-----BEGIN" in self.key:
            raise ValueError("key is a public key, and the algorithms want a shared secret")
        if is_secret and len(self.key.encode()) < 32:
            # RFC 7518 section 3.2: "a key of the same size as the hash output or larger MUST be
            # used".
            raise ValueError("key must be at least 32 bytes")
        if not is_secret and self.algorithms and "-----BEGIN PUBLIC KEY" not in self.key:
            raise ValueError("key must be a public key in PEM")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How to send mail, so that the addresses of new accounts can be confirmed."""

    host: str = ""
    """The mail server; empty for no mail, and no address is confirmed."""
    port: int = 587
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; `none` is for a mail server on this machine."""
    user: str = ""
    """Who to log in as; empty for no login."""
    password: str = field(default="", repr=False)
    """The password of that user."""
    password_file: str = ""
    """A file with that password, in the place of `password`, as seen from this file."""
    sender: str = ""
    """The address that the mail comes from."""
    subject: str = "Your account {account} on {network}"
    """The subject; `{account}`, `{network}` and `{code}` stand for what they say."""
    text: str = ""
    """The text, in the same way; empty for one that tells what to do."""
    timeout_seconds: float = 10
    """How long the mail server may take to answer."""
    code_hours: float = 24
    """How long a code is good; an account that is not confirmed until then is deleted."""
    resend_seconds: float = 60
    """Time between two mails to one account."""
    resends: int = 5
    """Mails to one account in all."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for what could not be sent."""
        if not 0 < self.port <= 65535:
            raise ValueError("port must be 1 to 65535")
        if self.host and not is_address(self.sender):
            raise ValueError("sender must be an e-mail address")
        if self.password and self.password_file:
            raise ValueError("there is a password and a password_file: one must go")
        if self.user and self.security == "none" and self.host not in _HERE:
            raise ValueError("a password must not go out unencrypted: security must be tls")
        if not self.subject.isprintable():
            raise ValueError("subject must be one line")
        for text in (self.subject, self.letter):
            try:
                text.format(account="", network="", code="")
            except (KeyError, IndexError, ValueError, AttributeError) as error:
                raise ValueError("only {account}, {network} and {code} are known") from error
        if "{code}" not in self.letter:
            raise ValueError("text must have the {code} in it")
        for name in ("timeout_seconds", "code_hours", "resends"):
            if not 0 < getattr(self, name) < 1e6:
                raise ValueError(f"{name} must be more than 0")
        if self.resend_seconds < 0:
            raise ValueError("resend_seconds must not be less than 0")

    @property
    def letter(self) -> str:
        """The text that is sent."""
        return self.text or _LETTER


_LETTER = """\
Somebody, hopefully you, has registered the account {account} on {network}
with this address. To confirm it, send this line to the chat:

/quote VERIFY {account} {code}

If it was not you, do nothing: the account will be gone soon.
"""

_HERE = ("localhost", "127.0.0.1", "::1")
