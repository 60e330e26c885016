"""Talking to the services in tests."""

from __future__ import annotations

from trio_chat.core.account_questions import Verdict
from trio_chat.core.effects import Keep
from trio_chat.core.records import Record

from .language import Chat, Client, brief
from .staff import answer


def told(client: Client, line: str = "") -> list[str]:
    """What a client hears, in consequence of a line if there is one: of services the text alone."""
    heard = client.asks(line) if line else client.take()
    return [
        each.params[-1]
        if each.command == "NOTICE" and each.nick in ("NickServ", "ChanServ")
        else brief(each)
        for each in heard
    ]


def answered(chat: Chat, client: Client, verdict: Verdict | None) -> list[str]:
    """The question of a client is answered; what it is told."""
    client.lines.clear()
    answer(chat, client, verdict)
    return told(client)


def kept(chat: Chat) -> list[Record]:
    """What the last event had kept."""
    return [effect.record for effect in chat.effects if isinstance(effect, Keep)]


def register_room(client: Client, room: str = "#tea") -> None:
    """The first in a room registers it; what all heard of it is forgotten."""
    client.sends(f"JOIN {room}")
    client.sends(f"CS REGISTER {room}")
    live = client.chat.world.find_room(room)
    assert live is not None
    assert live.registration is not None
    client.chat.forget()
