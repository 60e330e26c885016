"""Operators for the tests: a chat that has some, and the errand that checks their passwords."""

from __future__ import annotations

from dataclasses import replace

from trio_chat.core.effects import Ask, Log
from trio_chat.core.events import Answered
from trio_chat.core.privileges import Operator
from trio_chat.core.questions import CheckPassword
from trio_chat.core.settings import Settings

from .language import HOST, Chat, Client

PASSWORD = "open sesame"
HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"
ROOT = Operator("root", HASH, title="the boss")


def staffed(*operators: Operator, settings: Settings | None = None) -> Chat:
    """A chat with these operators, or with `ROOT`."""
    return Chat(replace(settings or Settings(), operators=operators or (ROOT,)))


def questions(chat: Chat) -> list[object]:
    """What the last event asked."""
    return [effect.question for effect in chat.effects if isinstance(effect, Ask)]


def log(chat: Chat) -> list[str]:
    """What the last event wrote into the log."""
    return [effect.text for effect in chat.effects if isinstance(effect, Log)]


def answer(chat: Chat, client: Client, value: object) -> None:
    """The question of a client is answered."""
    chat.happens(Answered(client.session.id, value, chat.at))


def log_in(chat: Chat, client: Client, name: str = "root") -> list[str]:
    """Become an operator; what this client hears of it."""
    client.lines.clear()
    client.sends(f"OPER {name} :{PASSWORD}")
    (question,) = questions(chat)
    assert isinstance(question, CheckPassword)
    answer(chat, client, question.password == PASSWORD)
    return client.hears()


def operator(
    chat: Chat, nick: str, *rooms: str, name: str = "root", caps: str = "", address: str = HOST
) -> Client:
    """Somebody who has become an operator; what all heard of it is forgotten."""
    client = chat.user(nick, *rooms, caps=caps, address=address)
    log_in(chat, client, name)
    assert client.session.user.is_operator
    chat.forget()
    return client
