"""What the person is asked before the chat begins, each question with an answer to suggest.

Law: only a terminal is asked; `EOFError` and `KeyboardInterrupt` mean that they have left.
"""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from trio_chat.client.pins import server_name
from trio_chat.client.setup.address import OWN_PORT, Address, parse_address
from trio_chat.client.text import clean
from trio_chat.wire import grammar

DEFAULT_ROOM = "#lobby"
NO_ROOM = "-"
LONGEST_NICK = 30

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody has said to the three questions; `room` may be empty."""

    address: Address
    nick: str
    room: str


def has_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def nick_from(name: str) -> str:
    """A valid nick as near to a login name as there is."""
    kept = re.sub(r"[^A-Za-z0-9\[\]\\`_^{|}\-]", "", name)[:LONGEST_NICK]
    kept = kept if grammar.is_nick(kept, LONGEST_NICK) else f"_{kept}"[:LONGEST_NICK]
    return kept if len(kept) > 1 or kept.isalpha() else "guest"


def likely_nick() -> str:
    """A nick from the name that this user has on this machine."""
    try:
        return nick_from(getpass.getuser())
    except (KeyError, OSError):  # an id without a name in the user database
        return "guest"


def check_nick(nick: str) -> str:
    """The nick; raises `ValueError` if it is none. Letters of any script may do: some servers
    have them, and those that do not say so."""
    if len(nick) > LONGEST_NICK:
        raise ValueError(f"a nick has at most {LONGEST_NICK} characters: {nick!r} has {len(nick)}")
    latin = "".join(each if each.isascii() or not each.isalnum() else "x" for each in nick)
    if not grammar.is_nick(latin, LONGEST_NICK):
        raise ValueError(f"{nick!r} is no nick: letters, digits and -_[]{{}}\\|^`, no digit first")
    return nick


def check_room(room: str) -> str:
    """The room, "ROOM" or "ROOM KEY", with the sign that it lacks; raises `ValueError`."""
    name, _, key = room.strip().partition(" ")
    name = name if name[:1] in "#&+!" else f"#{name}"
    if len(name) < 2 or "," in name or not name.isprintable() or not key.isprintable():
        raise ValueError(f"{room!r} is no room")
    return f"{name} {key.strip()}".strip()


def ask_nick(suggestion: str) -> str:
    """The nick that somebody wants."""
    return _ask("Nick", suggestion, check_nick)


def ask_all(server: str, nick: str, room: str) -> Answers:
    """The three questions of a first run; what is given is suggested."""
    address = _ask("Server", server, parse_address)
    nick = _ask("Nick", address.nick or nick, check_nick)
    wanted = _ask("Room", address.rooms[0] if address.rooms else room, _room_or_none)
    return Answers(address, nick, wanted)


def shown(address: Address) -> str:
    """An address as it is typed, without a port that goes without saying."""
    if address.port is None:
        return address.host
    return server_name(address.host, address.port)


def _room_or_none(text: str) -> str:
    return "" if text == NO_ROOM else check_room(text)


def _ask(question: str, suggestion: str, read: Callable[[str], Answer]) -> Answer:
    while True:
        answer = input(f"{question} [{clean(suggestion)}]: ").strip() or suggestion
        try:
            return read(answer)
        except ValueError as error:
            sys.stdout.write(f"{clean(str(error))}\n")


SUGGESTED_SERVER = f"127.0.0.1:{OWN_PORT}"
