"""Whatever anybody sends, in whatever order: nothing breaks, and every reply is one sound line."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trio_chat.core.commands import TABLE
from trio_chat.core.settings import Limits, Settings
from trio_chat.wire.caps import CAPABILITIES

from .historian import KeptChat
from .language import ALL_CAPS, Chat, Client

# The same runs everywhere and every time: a failure is never a matter of luck.
thorough = settings(derandomize=True, deadline=None, max_examples=300)

# Limits that a few random events reach.
TIGHT = Settings(
    motd="one\ntwo",
    password="",
    limits=Limits(
        sessions_per_user=3,
        rooms_per_user=3,
        bans_per_room=2,
        targets=3,
        mode_params=3,
        nick_length=9,
        topic_length=20,
    ),
)

INTERNALS = re.compile(rb"Traceback|trio_chat\.|object at 0x|Refusal|Membership\(|None|Deed\.")

NAMES = ["a", "b", "A", "nobody", "#r", "#R", "#s", "#t", "#u", "#nowhere", "&x", "#", "0", "*"]
MASKS = ["*!*@*", "a!*@*", "*a*", "?", "*@192.0.2.1", ":", "::1", "@", "!", "#*"]
MODES = ["+o", "-o", "+v", "+b", "-b", "b", "+k", "-k", "+l", "-l", "+ntims", "-nt", "+s", "+i-i"]
ODD = ["", " ", ":", ":x", "a b", ",", "a,b,c,d", ",,", "\x01", "é", "\u202e", "-1", "9" * 30]
LONG = ["x" * 200, "é" * 100, "#" + "y" * 63, ",".join("abcdefgh"), "x," * 60, "b" * 99, "ZYX+:"]
CAPS = ["LS", "LIST", "REQ", "END", "302", "ls", "-cap-notify", "nonsense", *CAPABILITIES]

params = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(MASKS + MODES + CAPS),
    st.sampled_from(ODD + LONG),
    st.lists(st.sampled_from(NAMES + ODD), min_size=2, max_size=4).map(",".join),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=8),
)
commands = st.one_of(
    st.sampled_from(sorted(TABLE)),
    st.sampled_from(["MODE", "JOIN", "PRIVMSG", "CAP", "NICK", "WHOIS", "KICK", "TOPIC"]),
    st.sampled_from(["NONSENSE", "privmsg", "001", "é", "@", "BATCH", "ACK", "ERROR", "#r"]),
)
tags = st.sampled_from(
    [
        *("", "", "", "@label=1 ", "@label= ", "@ ", "@;;=;batch=1 ", "@account=root;label=2 "),
        *("@+x=\\: ", "@label=\\n;+b ", "@+a=\\s\\\\;msgid=forged;time=1 "),
        f"@label={'l' * 80} ",
    ]
)


@dataclass(frozen=True)
class Says:
    """A client sends a line."""

    who: int
    line: str


def to_line(tags: str, command: str, params: list[str], colon: bool) -> str:
    *middle, last = [*params, ""]
    return f"{tags}{command} {' '.join(middle)}" + (f" :{last}" if colon else "")


lines = st.builds(to_line, tags, commands, st.lists(params, max_size=5), st.booleans())
crowded = st.builds(
    to_line, tags, commands, st.lists(params, min_size=6, max_size=20), st.just(True)
)
says = st.builds(Says, st.integers(0, 6), st.one_of(lines, lines, lines, crowded))
events = st.one_of(
    *(says, says, says, says, says, says),
    st.sampled_from(["open", "vanish", "wait", "stop", "come", "go"]),
)


def crowd() -> Chat:
    """Two in a room, one of them with every capability; one outside; one not registered yet.

    The first comes by two clients, and one more of that account has a nick of its own.
    """
    chat = KeptChat(TIGHT)
    chat.user("a", "#r", "#s", account="acc")
    chat.user("b", "#r", caps=ALL_CAPS)
    chat.user("c")
    chat.open()
    chat.device("a", caps="echo-message batch labeled-response extended-join away-notify")
    chat.user("a_", "#r", "#t", account="acc")
    return chat


def check_heard(client: Client) -> None:
    for line in client.lines:
        assert not INTERNALS.search(line), line
    client.lines.clear()


def play(chat: Chat, event: Says | str) -> None:
    here = [client for client in chat.clients.values() if not client.closed]
    match event:
        case Says(who, line) if here:
            here[who % len(here)].sends(line)
        case "open":
            chat.open("::1")
        case "come":
            chat.device("a", address="::2")
        case "go" if here:
            here[0].vanishes()
        case "vanish" if here:
            here[-1].vanishes()
        case "wait":
            chat.passes(40)
        case "stop":
            chat.stops()
    for client in chat.clients.values():
        check_heard(client)


@thorough
@given(st.lists(events, max_size=40))
@example([Says(0, "MODE #r +:")])
@example([Says(0, "MODE #r :+ x")])
@example([Says(0, "MODE #r +b :")])
@example([Says(0, "MODE #r -:b x")])
@example([Says(1, "@label=1 CAP REQ :-batch -labeled-response"), Says(1, "@label=1 PING x")])
def test_no_sequence_of_events_breaks_the_chat(events: list[Says | str]) -> None:
    chat = crowd()
    for event in events:
        play(chat, event)


WHO = ("operator", "member", "outsider", "stranger", "sibling", "other client")


@pytest.mark.parametrize("who", [0, 1, 2, 3, 4, 5], ids=WHO)
@pytest.mark.parametrize("command", sorted(TABLE))
def test_every_command_stands_any_number_of_any_parameters(command: str, who: int) -> None:
    chat = crowd()
    for count in range(21):
        for fill in ("", "a", "#r", "#nowhere", "x" * 150, ":", "+o", "\u202e", "*"):
            for tag in ("", "@label=7;+x=y "):
                play(chat, Says(who, to_line(tag, command, [fill] * count, colon=True)))
        if not list(chat.clients.values())[who].closed:
            continue
        chat = crowd()
