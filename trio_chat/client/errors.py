"""What can go wrong between a client and its server, as exceptions.

Law: everything raised here on purpose is a `ChatError`, so that one `except` catches it all;
besides these only `OSError` (the server cannot be reached) leaves `connect`.
"""

from __future__ import annotations

import os
import socket
import ssl

from trio_chat.wire.message import Message


class ChatError(Exception):
    """The base of every error of the client."""


class ConnectionLost(ChatError):
    """The connection ended, and not because this side quit; `reason` says why as far as known."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoTLS(ConnectionLost):
    """What answers on the port does not speak TLS."""


class TurnedAway(ConnectionLost):
    """The server has no place for us now: it is full, or we come too often."""


class Banned(ConnectionLost):
    """The server does not let us in any more, and says why."""


class WrongCertificate(ChatError):
    """The server's certificate is not the one with the fingerprint `expected`, but with `found`.

    Nothing was sent to it.
    """

    def __init__(self, host: str, expected: str, found: str) -> None:
        super().__init__(
            f"the certificate of {host} has the fingerprint {found}, and not {expected}"
        )
        self.expected = expected
        self.found = found


class LoginFailed(ChatError):
    """The login that was asked for did not come about; the text says why."""


class NoLogins(LoginFailed):
    """The server has nobody to log in to now; its services may be away."""


class NoAnswer(ChatError):
    """The server has not answered a request in time; whether it acted on it is not known."""


class Unsupported(ChatError):
    """What was asked for takes `what` of the server, and it has not got it; nothing was sent.

    `what` is a capability ("draft/chathistory"), a command ("MONITOR") or a client tag.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"this server has no {what}")
        self.what = what


class Refused(ChatError):
    """The server refused a request.

    `code` is the numeric ("404") or the code of a FAIL ("INVALID_UTF8"), `about` what it names
    (a room, a nick), `text` what it says for people, `message` its whole reply.
    """

    def __init__(self, code: str, about: tuple[str, ...], text: str, message: Message) -> None:
        super().__init__(": ".join([*about, f"{text} ({code})"]))
        self.code = code
        self.about = about
        self.text = text
        self.message = message


class NickInUse(Refused):
    """The nick, and every other one that was tried, belongs to somebody else now."""


NICK_TAKEN = frozenset({"433", "436", "437"})
"""Somebody has the nick, two at once wanted it, or it is held back for a while."""


def refusal(message: Message) -> Refused:
    """The refusal that an error numeric or a FAIL tells of."""
    params = message.params
    text = params[-1] if params else "refused"
    if message.command == "FAIL" and len(params) > 1:
        # standard-replies: FAIL <command> <code> [<context>...] <description>
        return Refused(params[1], params[2:-1], text, message)
    kind = NickInUse if message.command in NICK_TAKEN else Refused
    return kind(message.command, params[1:-1], text, message)


def is_refusal(message: Message) -> bool:
    """Whether a reply means no: an error numeric, or FAIL (standard-replies)."""
    command = message.command
    if command == "FAIL":
        return True
    # 4xx and 5xx are errors by RFC 2812 section 5.2; 696 is Modern IRC's ERR_INVALIDMODEPARAM, 734
    # monitor's ERR_MONLISTFULL.
    is_numeric = len(command) == 3 and command.isdigit()
    return is_numeric and (command[0] in "45" or command in ("696", "734"))


def in_words(error: BaseException) -> str:
    """Why a server was not reached, or lost, for people."""
    match error:
        case socket.gaierror():
            return error.strerror or str(error)
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message.lower()}"
        case ssl.SSLError(reason=str() as reason):
            return reason.replace("_", " ").lower()
    # trio tells of all its attempts to connect, and why each failed in a group below.
    cause: BaseException | None = error.__cause__
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    told = cause if isinstance(error, OSError) and isinstance(cause, OSError) else error
    if isinstance(told, OSError) and told.errno is not None and told.errno > 0:
        return os.strerror(told.errno).lower()
    return str(error)
