"""What ISUPPORT claims, token by token, each with the check that tries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trio_chat.core.settings import Settings

from .language import Chat, Client
from .staff import ROOT


@dataclass
class Claim:
    """The value of one token, and a chat to try it out in."""

    value: str
    settings: Settings
    chat: Chat

    @property
    def number(self) -> int:
        return int(self.value)

    def ruler(self, nick: str, *rooms: str, caps: str = "") -> Client:
        """Somebody who may do everything in every room."""
        client = self.chat.user(nick, *rooms, caps=caps)
        client.session.operator = client.session.user.operator = ROOT
        self.chat.world.set_mode(client.session.user, "o", True)
        return client

    def elsewhere(self) -> Claim:
        """The same claim in a chat where nothing has happened yet."""
        return Claim(self.value, self.settings, Chat(self.settings))


Check = Callable[[Claim], None]

CHECKS: dict[str, Check] = {}


def check(token: str) -> Callable[[Check], Check]:
    """What is below tries out this token."""

    def register(run: Check) -> Check:
        assert token not in CHECKS
        CHECKS[token] = run
        return run

    return register


def tokens(settings: Settings) -> dict[str, str]:
    """The tokens that a newcomer is told, with their values."""
    client = Chat(settings).open()
    client.sends("NICK asker")
    lines = [each for each in client.asks("USER a 0 * :A") if each.command == "005"]
    assert all(len(line.params) <= 15 for line in lines)
    words = [word for line in lines for word in line.params[1:-1]]
    told = {name: value for name, _, value in (word.partition("=") for word in words)}
    assert len(told) == len(words)
    return told


def codes(heard: list[str]) -> list[str]:
    """The numerics of what was heard, or who did what."""
    return [line.split()[0] for line in heard]


def told_of(client: Client, line: str, numeric: str) -> list[str]:
    """What the replies of one kind to this line tell of."""
    return [each.params[1] for each in client.asks(line) if each.command == numeric]
