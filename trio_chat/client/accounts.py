"""One's account on the server: making one, and logging in while one is there already.

Law: a password goes out only as `login` lets it, and in nothing that is relayed to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import trio

from trio_chat.client.answers import Request
from trio_chat.client.dialogue import ANSWER_LIMIT, Dialogue
from trio_chat.client.errors import LoginFailed, NoAnswer, Unsupported
from trio_chat.client.login import CHUNK, FAILURES, Exchange, Login
from trio_chat.wire.message import Message

_TURNS = FAILURES | {"AUTHENTICATE", "903"}
"""What a server says when it is our turn, or the end; 900, who we are, is an event of its own."""


@dataclass(frozen=True, slots=True)
class Registered:
    """An account was registered, or must be verified first with a code that is sent, to an address
    mostly; `text` is what the server says of it."""

    account: str
    verified: bool
    text: str


class Accounts(Dialogue):
    """Methods of `Chat` that are about accounts."""

    async def register_account(
        self, password: str, *, account: str = "", email: str = ""
    ) -> Registered:
        """Make an account for us on the server, of our nick's name if no other is given.

        Raises `Unsupported` without draft/account-registration.
        """
        message = Message("REGISTER", (account or "*", email or "*", password))
        return await self._register(message)

    async def verify_account(self, account: str, code: str) -> Registered:
        """Finish the registration of an account with the code that the server has sent.

        Raises `Unsupported` without draft/account-registration.
        """
        return await self._register(Message("VERIFY", (account, code)))

    async def _register(self, message: Message) -> Registered:
        await trio.lowlevel.checkpoint()
        self._need("draft/account-registration")
        command = message.command
        replies = await self._ask(message, "", ends={command}, collects={command}, fits=_any)
        # REGISTER SUCCESS|VERIFICATION_REQUIRED <account> <message>
        told = next((reply.params for reply in replies if reply.command == command), ())
        result, account, text = (*told, "", "", "")[:3]
        return Registered(account, result == "SUCCESS", text)

    async def log_in(self, login: Login) -> None:
        """Log in to an account now, though the connection has lasted a while (sasl-3.2).

        Raises `LoginFailed` if the server does not take it, and `Unsupported` without sasl.
        """
        await trio.lowlevel.checkpoint()
        mechanisms = self._mirror.capabilities.value("sasl")
        if mechanisms is None:
            raise Unsupported("sasl")
        exchange = Exchange(login, is_private=self._connection.is_private)
        exchange.offer(mechanisms)
        # Asked for again it does no harm; what it was asked for before may have been refused.
        answered = await self._turn([Message("CAP", ("REQ", "sasl"))], frozenset({"CAP"}))
        if answered[-1].params[1:2] != ("ACK",):
            raise LoginFailed("the server takes no logins now")
        lines = [exchange.begin()]
        while not exchange.is_done:
            told = await self._turn(lines, _TURNS)
            lines = [line for each in told for line in exchange.answer(each)]

    async def _turn(self, lines: list[Message], ends: frozenset[str]) -> list[Message]:
        """Send lines, and return what the server says to them, as far as it is whole.

        Without a label: servers that hand a login on to services acknowledge that at once.
        """
        request = Request(lines[0], "", ends, ends | {"908"}, fits=_is_whole)
        question = self._answers.expect(request)
        try:
            with trio.move_on_after(ANSWER_LIMIT):
                await self._connection.send_all(lines)
                await question.settled.wait()
        finally:
            self._answers.forget(question)
        if question.settled.is_set() and question.replies:
            return question.replies
        raise question.error or NoAnswer("the server has not answered the login")


def _any(message: Message) -> bool:
    return True


def _is_whole(message: Message) -> bool:
    """Whether nothing more of it follows: a full chunk is not the last (sasl-3.1)."""
    return message.command != "AUTHENTICATE" or [len(text) for text in message.params] != [CHUNK]
