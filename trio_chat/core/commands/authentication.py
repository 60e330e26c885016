"""AUTHENTICATE: logging in to an account before or after coming in (IRCv3 sasl 3.1 and 3.2).

Laws:

* An exchange ends with 903, or with 904, 905 or 906, whatever is sent; until then every line of
  AUTHENTICATE belongs to it.
* One may log in again at any time, to another account too (sasl-3.2, "SASL Reauthentication"); a
  login that fails leaves everything as it was. ERR_SASLALREADY is for a user who is here through
  several clients: one of them must not take the others along to another account.
* What is answered does not tell whether an account exists.
* A failure counts as a wrong password to OPER does, and the last one ends the connection; an
  address has only so many failures whatever its connections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from trio_chat.core.account_questions import (
    CheckCertificate,
    CheckLogin,
    CheckToken,
    FinishScram,
    Scram,
    StartScram,
    Verdict,
    Why,
)
from trio_chat.core.accounts import Account
from trio_chat.core.asking import ask
from trio_chat.core.commands.lookup import word
from trio_chat.core.commands.registration import go_on_logged_in
from trio_chat.core.departure import drop
from trio_chat.core.effects import Deliver, Effect, Log
from trio_chat.core.held_names import take_in
from trio_chat.core.login import log_in
from trio_chat.core.mechanisms import mechanisms
from trio_chat.core.questions import Question
from trio_chat.core.replies import Refusal, refusal_message, reply
from trio_chat.core.residents import device_name
from trio_chat.core.state import Session, World
from trio_chat.wire import caps, sasl
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_NICKLOCKED,
    ERR_SASLABORTED,
    ERR_SASLALREADY,
    ERR_SASLFAIL,
    ERR_SASLTOOLONG,
    RPL_SASLMECHS,
    RPL_SASLSUCCESS,
)
from trio_chat.wire.printable import printable

FAILED = "SASL authentication failed"

_WHY: dict[Why | None, str] = {
    None: "it cannot be checked at present, try again later",
    "disabled": "the account is disabled",
    "unverified": "its e-mail address has not been confirmed yet",
    "second-factor": "after the password comes a space and the code of the second factor",
}
"""What a client is told beyond `FAILED`; of anything else, nothing."""


@dataclass(slots=True)
class Exchange:
    """Where a client stands in logging in: its mechanism, and what of a message has come."""

    mechanism: str
    name: str = ""
    """The account it has asked for, if it has said so."""
    incoming: sasl.Incoming = field(default_factory=sasl.Incoming)
    first: str = ""
    """SCRAM: the client's first message; `nonce` is the server's part of the answer."""
    nonce: str = ""
    removals: int = 0
    """How many accounts had been removed when the last question was asked."""
    account: Account | None = None
    """SCRAM: who has proved to be its owner, and has only to say that the server has, too."""
    refused: bool = False
    """OAUTHBEARER: whether the client has been told why not, and has only to say it has read so."""


def authenticate(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`AUTHENTICATE mechanism`, then its messages in chunks of base64; `AUTHENTICATE *` aborts."""
    said = message.params[0]
    exchange = session.sasl
    if said == sasl.ABORT:
        session.sasl = None
        raise Refusal(ERR_SASLABORTED, "SASL authentication aborted")
    if not session.caps & caps.SASL:
        session.sasl = None
        raise Refusal(ERR_SASLFAIL, f"{FAILED}: the capability sasl is not negotiated")
    if exchange is None:
        yield from _begin(world, session, said)
        return
    try:
        data = exchange.incoming.collect(said)
        if data is not None:
            yield from _MESSAGES[exchange.mechanism](world, session, exchange, data)
    except sasl.TooLong as wrong:
        yield from _fail(world, session, f"SASL message too long: {wrong}", ERR_SASLTOOLONG)
    except sasl.Unsound as wrong:
        yield from _fail(world, session, f"{FAILED}: {wrong}")


def _begin(world: World, session: Session, name: str) -> Iterator[Effect]:
    offered = mechanisms(world, world.settings.accounts, session.has_own_tls)
    mechanism = name.upper()
    if mechanism not in offered:
        yield reply(
            world, session, RPL_SASLMECHS, ",".join(offered), "are available SASL mechanisms"
        )
        raise Refusal(ERR_SASLFAIL, f"{FAILED}: there is no such mechanism")
    session.sasl = Exchange(mechanism)
    yield from _say(session, b"")


def _say(session: Session, data: bytes) -> Iterator[Effect]:
    """A message of the server's in an exchange; without a source, as clients know it."""
    for chunk in sasl.chunks(data):
        yield Deliver((session,), Message("AUTHENTICATE", (chunk,)))


# -- the mechanisms


def _plain(world: World, session: Session, exchange: Exchange, data: bytes) -> Iterator[Effect]:
    said = sasl.parse_plain(data)
    exchange.name = _checked_name(world, session, said.authcid, said.authzid)
    question = CheckLogin(exchange.name, said.password)
    yield from _try(world, session, exchange, question, _judged)


def _external(world: World, session: Session, exchange: Exchange, data: bytes) -> Iterator[Effect]:
    exchange.name = _checked_name(world, session, sasl.parse_external(data))
    if not session.fingerprint:
        raise sasl.Unsound("your client has shown no certificate")
    question = CheckCertificate(session.fingerprint, exchange.name)
    yield from _try(world, session, exchange, question, _judged)


def _bearer(world: World, session: Session, exchange: Exchange, data: bytes) -> Iterator[Effect]:
    if exchange.refused:
        yield from _fail(world, session, FAILED)
        return
    said = sasl.parse_bearer(data)
    exchange.name = _checked_name(world, session, said.authzid)
    question = CheckToken(said.token, exchange.name)
    yield from _try(world, session, exchange, question, _bearer_judged)


def _scram(world: World, session: Session, exchange: Exchange, data: bytes) -> Iterator[Effect]:
    if exchange.account is not None:
        # "clients MUST still send an empty response" (sasl-3.1)
        if data:
            raise sasl.Unsound("there was nothing more to say")
        yield from _succeed(world, session, exchange, exchange.account)
    elif not exchange.first:
        said = sasl.parse_scram_first(data)
        exchange.name = _checked_name(world, session, said.username, said.authzid)
        exchange.first = said.text
        yield from _try(world, session, exchange, StartScram(said.text), _scram_started)
    else:
        question = FinishScram(exchange.first, exchange.nonce, sasl.parse_scram_final(data))
        yield _ask(world, session, exchange, question, _scram_finished)


_MESSAGES: dict[str, Callable[[World, Session, Exchange, bytes], Iterator[Effect]]] = {
    sasl.PLAIN: _plain,
    sasl.EXTERNAL: _external,
    sasl.SCRAM: _scram,
    sasl.OAUTHBEARER: _bearer,
}


def _checked_name(world: World, session: Session, said: str, authzid: str = "") -> str:
    """The account's name; raises `Unsound` if none can have it, or if it wants to be another.

    As on Ergo and soju, it may be followed by the name of the device: `account@device`.
    """
    name, device = sasl.split_device(said)
    if printable(name) != name:
        raise sasl.Unsound("that is no account")
    if authzid and world.fold(sasl.split_device(authzid)[0]) != world.fold(name):
        raise sasl.Unsound("one cannot log in for another")
    if device and not session.registered:
        session.device = device_name(device)
    return name


def _ask(
    world: World,
    session: Session,
    exchange: Exchange,
    question: Question,
    then: Callable[[World, Session, Exchange, Any], Iterator[Effect]],
) -> Effect:
    """The effect that has a question answered; `then` goes on with the exchange."""

    def go_on(world: World, session: Session, answer: Any) -> Iterator[Effect]:
        return then(world, session, exchange, answer)

    exchange.removals = world.accounts.removals
    return ask(session, question, "AUTHENTICATE", go_on)


def _try(
    world: World,
    session: Session,
    exchange: Exchange,
    question: Question,
    then: Callable[[World, Session, Exchange, Any], Iterator[Effect]],
) -> Iterator[Effect]:
    """Ask what may be a guess: for every address only so often."""
    wait = world.throttle(session, world.throttles.login_failures)
    if wait:
        text = f"too many tries from your address, wait {int(wait) + 1} seconds"
        yield from _fail(world, session, f"{FAILED}: {text}")
    else:
        yield _ask(world, session, exchange, question, then)


# -- what came of it


def _judged(
    world: World, session: Session, exchange: Exchange, verdict: Verdict | None
) -> Iterator[Effect]:
    if verdict is not None and not verdict.why and verdict.account is not None:
        yield from _succeed(world, session, exchange, verdict.account)
    else:
        yield from _refuse(world, session, exchange, verdict)


def _bearer_judged(
    world: World, session: Session, exchange: Exchange, verdict: Verdict | None
) -> Iterator[Effect]:
    if verdict is not None and verdict.why == "wrong":
        # RFC 7628 section 3.2.2: the reason first, then the client's answer to it, then the end.
        exchange.refused = True
        yield from _say(session, sasl.BEARER_REFUSAL)
        return
    yield from _judged(world, session, exchange, verdict)


def _scram_started(
    world: World, session: Session, exchange: Exchange, scram: Scram | None
) -> Iterator[Effect]:
    if scram is None or scram.why:
        yield from _refuse(world, session, exchange, scram)
        return
    exchange.nonce = scram.nonce
    yield from _say(session, scram.message.encode())


def _scram_finished(
    world: World, session: Session, exchange: Exchange, scram: Scram | None
) -> Iterator[Effect]:
    if scram is None or scram.why or scram.account is None:
        yield from _refuse(world, session, exchange, scram)
        return
    exchange.account = scram.account
    yield from _say(session, scram.message.encode())


def _succeed(
    world: World, session: Session, exchange: Exchange, account: Account
) -> Iterator[Effect]:
    session.sasl = None
    user = session.user
    # As it is by now: what has been found out may be older than what is known here. One that is
    # not known is new, unless some were removed meanwhile: then it may be one of them. And the name
    # may be another owner's by now, since a client takes its time between SCRAM's last messages.
    known = world.accounts.find(account.name)
    is_gone = known is None and world.accounts.removals != exchange.removals
    if is_gone or (known is not None and known.created != account.created):
        yield from _refuse(world, session, exchange, None)
        return
    world.give_back(session, world.throttles.login_failures)
    account = known or account
    if account.disabled:
        yield from _refuse(world, session, exchange, Verdict("disabled"))
        return
    if len(user.sessions) > 1 and world.fold(user.account) != world.fold(account.name):
        text = "You are here with several clients: leave with the others to change your account"
        raise Refusal(ERR_SASLALREADY, text)
    if known is None:
        world.accounts.put(account)
    yield from log_in(world, session, account)
    if known is None:
        yield from take_in(world, account)
    yield reply(world, session, RPL_SASLSUCCESS, "SASL authentication successful")
    yield from go_on_logged_in(world, session)


def _refuse(
    world: World, session: Session, exchange: Exchange, verdict: Verdict | Scram | None
) -> Iterator[Effect]:
    """Tell why nothing came of it; None if nobody could say, which is no failure of the client."""
    why = None if verdict is None else verdict.why
    if why is None:
        world.give_back(session, world.throttles.login_failures)
    else:
        user = session.user
        tried = f"could not log in to {word(exchange.name)}: {why or 'wrong'}"
        yield Log(f"{user.source or user.nick or '*'} ({session.address}) {tried}")
    if why == "disabled":
        text = "The account is disabled"
        yield refusal_message(world, session, Refusal(ERR_NICKLOCKED, text), "AUTHENTICATE")
    text = f"{FAILED}: {_WHY[why]}" if why in _WHY else FAILED
    yield from _fail(world, session, text, counts=why is not None)


def _fail(
    world: World, session: Session, text: str, numeric: str = ERR_SASLFAIL, counts: bool = True
) -> Iterator[Effect]:
    """End an exchange that went wrong and, after too many of them, the connection."""
    session.sasl = None
    session.failures += counts
    yield reply(world, session, numeric, text)
    if session.failures >= world.settings.limits.password_tries and not session.exempt:
        yield from drop(world, session, "Too many SASL authentication failures")
