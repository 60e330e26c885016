"""Logging in to an account while registering, by SASL (IRCv3 sasl-3.1 and sasl-3.2).

Laws:

* The password goes out as it is (PLAIN) only through TLS or within this machine. SCRAM-SHA-512 or
  SCRAM-SHA-256 (RFC 7677), which never send it, are preferred; there the server has to prove
  that it knows it.
* No I/O: messages of the server go in, what to answer comes out.
* Nothing here shows a password when it is printed.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import partial

from trio_chat.client.errors import LoginFailed
from trio_chat.wire.message import Message

CHUNK = 400
"""Base64 in one AUTHENTICATE; less of it says that it was the last (sasl-3.1)."""

LONGEST_CHALLENGE = 8192
"""Base64 the server may send in a row; SCRAM's own messages take some 200 bytes."""

FEWEST_ITERATIONS = 4096
"""Of SCRAM: "a minimum of 4096" (RFC 7677 section 4), lest a false server learn much by one try."""

MOST_ITERATIONS = 1_000_000
"""Of SCRAM: half a second of this machine's time, which is the server's to choose."""

FAILURES = frozenset({"902", "904", "905", "906", "907"})

Steps = Generator[bytes, bytes, None]
"""A mechanism: from each challenge to the response to it."""


@dataclass(frozen=True, slots=True)
class Login:
    """An account and its password; without one, the certificate of `TLS(cert=...)` has to do."""

    account: str
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raises `ValueError` for what cannot be sent."""
        if not self.account or "\0" in self.account:
            raise ValueError(f"no account: {self.account!r}")
        if self.password is not None and (not self.password or "\0" in self.password):
            raise ValueError("the password is empty, or has a NUL in it")


class Exchange:
    """One login, from the server's offer to its verdict; `is_private` is about the connection.

    Every method raises `LoginFailed`.
    """

    def __init__(self, login: Login, *, is_private: bool) -> None:
        self._login = login
        self._is_private = is_private
        self._left = ["EXTERNAL"] if login.password is None else ["SCRAM-SHA-256", "PLAIN"]
        self._offered = ""
        self._mechanism = ""
        self._steps: Steps = _external(login)
        self._answered = 0
        """Challenges of the mechanism that were answered; none means that it was not taken up."""
        self._received = ""
        self.is_done = False

    def offer(self, mechanisms: str) -> None:
        """The mechanisms on offer, with commas between; empty if the server does not tell."""
        self._offered = mechanisms
        if mechanisms:
            known = mechanisms.upper().split(",")
            if self._left[:1] == ["SCRAM-SHA-256"] and not self._mechanism:
                # Few servers have it: only where it is listed, or it costs each other a refusal.
                self._left.insert(0, "SCRAM-SHA-512")
            self._left = [name for name in self._left if name in known]

    def begin(self) -> Message:
        """Ask for the next mechanism."""
        if self._left[:1] == ["PLAIN"] and not self._is_private:
            raise LoginFailed("the server wants the password as it is: connect with TLS")
        if not self._left:
            which = f": it has {self._offered}" if self._offered else ""
            raise LoginFailed(f"the server has no way to log in that this client knows{which}")
        self._mechanism = self._left.pop(0)
        self._steps = _MECHANISMS[self._mechanism](self._login)
        self._answered = 0
        self._received = ""
        return Message("AUTHENTICATE", (self._mechanism,))

    def answer(self, message: Message) -> Iterator[Message]:
        """What to say to a message of the server."""
        command, params = message.command, message.params
        if command == "AUTHENTICATE" and params:
            yield from self._take(params[0])
        elif command == "903":
            if self._answered != _RESPONSES.get(self._mechanism):
                # With SCRAM, it has not proved that it knows the password.
                raise LoginFailed("the server let us in before the login was complete")
            self.is_done = True
            yield Message("CAP", ("END",))
        elif command == "908" and len(params) > 2:
            self.offer(params[-2])
        elif command == "904" and not self._answered and self._left:
            yield self.begin()  # this mechanism it does not have, whatever it said
        elif command in FAILURES or _is_about_login(message):
            raise LoginFailed(params[-1] if params else "the server does not say why")
        elif command == "001":
            raise LoginFailed("the server let us in without a login")

    def _take(self, chunk: str) -> Iterator[Message]:
        self._received += "" if chunk == "+" else chunk
        if len(self._received) > LONGEST_CHALLENGE:
            raise LoginFailed("the server's challenge is too long")
        if len(chunk) == CHUNK:
            return
        received, self._received = self._received, ""
        try:
            challenge = b64decode(received, validate=True)
            response = self._steps.send(challenge) if self._answered else next(self._steps)
        except (binascii.Error, StopIteration):
            raise LoginFailed("the server does not keep to SASL") from None
        self._answered += 1
        yield from _chunks(response)


def _is_about_login(message: Message) -> bool:
    """Whether a reply refuses AUTHENTICATE as such."""
    about = message.params[1:2] if message.command == "421" else message.params[:1]
    return message.command in ("421", "FAIL") and about == ("AUTHENTICATE",)


def _chunks(response: bytes) -> Iterator[Message]:
    text = b64encode(response).decode()
    for start in range(0, len(text), CHUNK):
        yield Message("AUTHENTICATE", (text[start : start + CHUNK],))
    if len(text) % CHUNK == 0:  # also for an empty one
        yield Message("AUTHENTICATE", ("+",))


def _external(login: Login) -> Steps:
    """The account to act as (RFC 4422, appendix A); the certificate speaks for itself."""
    yield login.account.encode()


def _plain(login: Login) -> Steps:
    """`[authzid] NUL authcid NUL passwd` (RFC 4616 section 2)."""
    yield f"\0{login.account}\0{login.password}".encode()


def _scram(mechanism: str, login: Login) -> Steps:
    from scramp import ScramClient, ScramException  # here, since few need it

    try:
        # "," and "=" are for the syntax (RFC 5802 section 5.1, "n:").
        name = login.account.replace("=", "=3D").replace(",", "=2C")
        client = ScramClient([mechanism], name, login.password)
        first = (yield client.get_client_first().encode()).decode()
        _check_iterations(first)
        client.set_server_first(first)
        final = (yield client.get_client_final().encode()).decode()
        client.set_server_final(final)
    except (ScramException, ValueError, KeyError) as error:
        raise LoginFailed(f"SCRAM failed: {error}") from None
    yield b""  # "clients MUST still send an empty response" (sasl-3.1)


def _check_iterations(first: str) -> None:
    """Raises `ValueError` before the server's first message makes us work."""
    told = [part[2:] for part in first.split(",") if part.startswith("i=")]
    if len(told) != 1 or not FEWEST_ITERATIONS <= int(told[0]) <= MOST_ITERATIONS:
        raise ValueError(f"the server wants {', '.join(told) or 'no'} iterations")


_MECHANISMS: dict[str, Callable[[Login], Steps]] = {
    "EXTERNAL": _external,
    "PLAIN": _plain,
    "SCRAM-SHA-256": partial(_scram, "SCRAM-SHA-256"),
    "SCRAM-SHA-512": partial(_scram, "SCRAM-SHA-512"),
}

_RESPONSES = {"EXTERNAL": 1, "PLAIN": 1, "SCRAM-SHA-256": 3, "SCRAM-SHA-512": 3}
"""How many responses each takes; no verdict comes before the last."""
