"""Accounts for the tests: owners who log in, and answers to all that is asked about accounts."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from trio_chat.core.account_questions import (
    CheckLogin,
    FinishScram,
    ListCertificates,
    Scram,
    StartScram,
    Verdict,
    Why,
)
from trio_chat.core.accounts import Account
from trio_chat.core.questions import Question
from trio_chat.core.settings import Settings
from trio_chat.wire.sasl import chunks

from .language import HOST, START, Chat, Client
from .staff import answer, questions

ALICE = Account("Alice", START, nicks=("al",))
BOB = Account("bob", START)
SESAME = "sesame"

WHYS: tuple[Why, ...] = (
    *("wrong", "disabled", "unverified", "second-factor", "taken", "invite", "weak"),
    *("email", "full"),
)


def owned(*accounts: Account, settings: Settings | None = None) -> Chat:
    """A chat with these accounts, or with `ALICE` and `BOB`."""
    return Chat(settings, accounts or (ALICE, BOB))


def answers_to(question: Question) -> list[object]:
    """Everything that a question about accounts may be answered with."""
    if isinstance(question, StartScram):
        return [Scram("r=ab,s=c2FsdA==,i=4096", nonce="b"), Scram(why="wrong"), None]
    if isinstance(question, FinishScram):
        return [Scram("v=cw==", account=ALICE), *(Scram(why=why) for why in WHYS), None]
    if isinstance(question, ListCertificates):
        return [(), ("ab" * 32, "cd" * 32), None]
    name = getattr(question, "account", "") or "Alice"
    good = [Verdict(account=Account(name, START, nicks=("a",))), Verdict(account=ALICE)]
    return [*good, *(Verdict(why) for why in WHYS), None]


def plain(account: str, password: str = SESAME, authzid: str = "") -> str:
    """The message of PLAIN in base64."""
    return base64.b64encode(f"{authzid}\0{account}\0{password}".encode()).decode()


def says(client: Client, data: bytes | str) -> list[str]:
    """A client sends a message of SASL, in as many lines as it takes; what it hears, in brief."""
    heard: list[str] = []
    for chunk in chunks(data.encode() if isinstance(data, str) else data):
        heard += client.does(f"AUTHENTICATE {chunk}")
    return heard


def verdict(chat: Chat, client: Client, why: Why = "", account: Account | None = None) -> list[str]:
    """The question of a client is answered; what it hears of it, in brief."""
    client.lines.clear()
    answer(chat, client, Verdict(why, account))
    return client.hears()


def log_in(chat: Chat, client: Client, account: Account, password: str = SESAME) -> list[str]:
    """Log in by PLAIN, as a client that has the capability; what it hears in consequence."""
    assert client.does("AUTHENTICATE PLAIN") == ["AUTHENTICATE +"]
    client.sends(f"AUTHENTICATE {plain(account.name, password)}")
    assert questions(chat) == [CheckLogin(account.name, password)]
    if password == SESAME:
        return verdict(chat, client, account=account)
    return verdict(chat, client, "wrong")


def owner(
    chat: Chat,
    account: Account,
    *rooms: str,
    nick: str = "",
    caps: str = "",
    address: str = HOST,
) -> Client:
    """Somebody who has come in and is logged in; what all heard of it is forgotten."""
    client = chat.open(address)
    client.sends(f"CAP REQ :sasl {caps}")
    nick = nick or account.name
    client.sends(f"NICK {nick}")
    client.sends(f"USER {nick} 0 * :Real {nick}")
    log_in(chat, client, account)
    client.sends("CAP END")
    assert client.session.registered
    for room in rooms:
        client.sends(f"JOIN {room}")
    chat.forget()
    return client


def numerics(lines: Iterable[str]) -> list[str]:
    """The first word of each line."""
    return [line.split()[0] for line in lines]
