"""Questions about accounts: what the store, a hash or a key must be asked for.

Law: every answer says in `why` what was wrong, empty if nothing was; an answer of None means that
nobody could be asked at present.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from trio_chat.core.accounts import Account
from trio_chat.core.questions import Question

Why = Literal[
    "",
    "wrong",  # no such account, or not its password, certificate, token, code
    "disabled",  # by an operator
    "unverified",  # its e-mail address has not been confirmed
    "second-factor",  # the code of the second factor is missing
    "taken",  # the name, nick or certificate is somebody's
    "invite",  # the invitation is missing, used up, out of date or unknown
    "weak",  # the password is too easy to guess
    "email",  # the address is none, or no mail could be sent to it
    "full",  # there is a limit, and it is reached
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it was granted, and for which account; `text` is what more there is to say."""

    why: Why = ""
    account: Account | None = None
    text: str = ""


# -- logging in


@dataclass(frozen=True, slots=True)
class CheckLogin(Question):
    """Whether this is the password of an account. The answer is a `Verdict`.

    With a second factor, the password is followed by a space and the code of six digits.
    """

    account: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckCertificate(Question):
    """Whose certificate this is (SASL EXTERNAL). The answer is a `Verdict`.

    `fingerprint` is the SHA-256 of the certificate in lower-case hexadecimal; `account` is empty,
    or the one that it must be.
    """

    fingerprint: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class CheckToken(Question):
    """Whose bearer token this is (SASL OAUTHBEARER). The answer is a `Verdict`."""

    token: str = field(repr=False)
    account: str = ""


@dataclass(frozen=True, slots=True)
class StartScram(Question):
    """What to reply to the client's first message (RFC 5802). The answer is a `Scram`.

    For an account that does not exist it is one that cannot be told from another.
    """

    first: str


@dataclass(frozen=True, slots=True)
class FinishScram(Question):
    """Whether the client's last message proves that it knows the password. Answer: a `Scram`.

    `nonce` is the server's part, from the answer to `StartScram`.
    """

    first: str
    nonce: str
    final: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scram:
    """One message of the server's in a SCRAM exchange; with `why` set the exchange has failed."""

    message: str = ""
    nonce: str = ""
    why: Why = ""
    account: Account | None = None
    """Who has proved to be its owner, with the last message."""


# -- having an account


@dataclass(frozen=True, slots=True)
class Register(Question):
    """Make an account. The answer is a `Verdict`; with "unverified" a code has been sent.

    `invite` is the token that allows it, needed if `needs_invite`.
    """

    account: str
    password: str = field(repr=False)
    email: str = ""
    invite: str = field(default="", repr=False)
    needs_invite: bool = False


@dataclass(frozen=True, slots=True)
class Verify(Question):
    """Whether this code confirms an account's e-mail address. The answer is a `Verdict`."""

    account: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetPassword(Question):
    """Give an account another password. The answer is a `Verdict`.

    `old` is what must be right; None if an operator does it.
    """

    account: str
    new: str = field(repr=False)
    old: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SetNicks(Question):
    """Hold these nicks for an account beside its name. The answer is a `Verdict`."""

    account: str
    nicks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddCertificate(Question):
    """Let a certificate log in to an account. The answer is a `Verdict`."""

    account: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class RemoveCertificate(Question):
    """Let it no longer. The answer is a `Verdict`: "wrong" if it did not before."""

    account: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ListCertificates(Question):
    """Which certificates log in to an account. The answer is a tuple of fingerprints."""

    account: str


@dataclass(frozen=True, slots=True)
class StartSecondFactor(Question):
    """Make the secret of a second factor (RFC 6238). The answer is a `Verdict`.

    Its `text` is the `otpauth:` address. It counts from the first right code: `FinishSecondFactor`.
    """

    account: str


@dataclass(frozen=True, slots=True)
class FinishSecondFactor(Question):
    """Turn the second factor on (or off again) with a right code. The answer is a `Verdict`."""

    account: str
    code: str = field(repr=False)
    on: bool = True


@dataclass(frozen=True, slots=True)
class ExportAccount(Question):
    """All that is kept of an account. The answer is a `Verdict`, its text JSON in one line."""

    account: str


@dataclass(frozen=True, slots=True)
class EraseAccount(Question):
    """Delete an account and what is kept of it. The answer is a `Verdict`.

    `password` is what must be right; None if an operator does it.
    """

    account: str
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DisableAccount(Question):
    """Let nobody log in to an account (or again). The answer is a `Verdict`."""

    account: str
    disabled: bool = True


@dataclass(frozen=True, slots=True)
class SetAlwaysOn(Question):
    """Let the user of an account stay without a client, or not. The answer is a `Verdict`.

    None is for what the server does with accounts that have not said.
    """

    account: str
    on: bool | None


@dataclass(frozen=True, slots=True)
class SetHistory(Question):
    """Keep what the owner of an account says, or not. The answer is a `Verdict`."""

    account: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Invite(Question):
    """Make an invitation to register. The answer is a `Verdict`, its text the token.

    It is good for `uses` accounts and for `seconds`; `by` is who made it.
    """

    by: str
    uses: int
    seconds: float
