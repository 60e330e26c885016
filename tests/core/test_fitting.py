"""What is said reaches everyone alike: a text is cut once, by the server, never by a line's end.

Letters of one to four bytes, beside the shortest and the longest names there can be.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trio_chat.core.effects import Deliver
from trio_chat.core.fitting import Lengths, lengths
from trio_chat.core.gateways import Gateway
from trio_chat.core.settings import Limits, Settings
from trio_chat.wire.message import MAX_BODY, Message, format_message, parse

from .language import HOST, Chat, Client
from .staff import ROOT, answer

LONG = "#" + "r" * 63
ALL = "extended-join away-notify setname draft/pre-away extended-monitor"
LETTERS = ["x", "é", "€", "🫖"]
"""One to four bytes each."""

SETTINGS = Settings(
    server_name="s" * 63,
    operators=(ROOT,),
    gateways=(Gateway("secret", (HOST,)),),
    # As much as is asked for, so that nothing but the line limits it.
    limits=Limits(
        topic_length=600, kick_length=600, away_length=600, quit_length=600, realname_length=600
    ),
)


def newcomer(chat: Chat, nick: str, realname: str = "Real") -> Client:
    """Somebody whose username and host are as long as can be."""
    client = chat.open()
    for line in (
        f"WEBIRC secret gate {'h' * 63} 192.0.2.7",
        f"CAP REQ :{ALL}",
        f"NICK {nick}",
        f"USER {'u' * 20} 0 * :{realname}",
        "CAP END",
    ):
        client.sends(line)
    assert len(client.source) == len(nick) + 81
    return client


@pytest.fixture
def chat() -> Chat:
    return Chat(SETTINGS)


@pytest.fixture
def crowd(chat: Chat) -> tuple[Client, Client, Client]:
    """Two with long names and one with a short one, in a room with a long name."""
    first, second = newcomer(chat, "a" * 32), newcomer(chat, "b" * 32)
    third = chat.user("c", caps=ALL)
    for client in (first, second, third):
        client.sends(f"JOIN {LONG}")
    first.sends(f"MODE {LONG} +o {'b' * 32}")
    chat.forget()
    return first, second, third


def told(chat: Chat, *commands: str) -> Iterator[Message]:
    """What the last event led to of these commands; none of it was cut by the line's end."""
    for effect in chat.effects:
        if isinstance(effect, Deliver) and effect.message.command in commands:
            message = effect.message
            assert parse(format_message(message)).params == message.params
            yield message


def text(client: Client, line: str) -> str:
    """The text of this command as everyone is told it."""
    client.sends(line)
    command = line.split()[0]
    texts = {message.params[-1] for message in told(client.chat, command, "QUIT", "ERROR")}
    (only,) = {each.split("[")[-1].rstrip("]") for each in texts}
    return only


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize(
    "line",
    [
        f"TOPIC {LONG} :",
        f"PART {LONG} :",
        f"KICK {LONG} {'b' * 32} :",
        f"KICK {LONG} c :",
        f"RENAME {LONG} #{'n' * 63} :",
        "AWAY :",
    ],
)
def test_what_is_told_is_whole_beside_the_longest_names(
    chat: Chat, crowd: tuple[Client, Client, Client], line: str, letter: str
) -> None:
    alice, *_ = crowd
    long = letter * ((508 - len(line)) // len(letter.encode()))
    kept = text(alice, line + long)
    assert kept
    assert long.startswith(kept)


def test_what_isupport_promises_always_fits(
    chat: Chat, crowd: tuple[Client, Client, Client]
) -> None:
    alice, bob, _ = crowd
    most = lengths(SETTINGS)
    assert lengths(Settings()) == Lengths(320, 280, 300, 150)
    for line, length in (
        (f"TOPIC {LONG} :", most.topic),
        (f"KICK {LONG} {'b' * 32} :", most.kick),
        ("AWAY :", most.away),
    ):
        assert 0 < length < 600
        assert text(alice, f"{line}{'x' * (508 - len(line))}") == "x" * length
    assert bob.asks(f"SETNAME :{'n' * most.realname}")[0].params == ("n" * most.realname,)
    assert bob.asks(f"SETNAME :{'n' * (most.realname + 1)}")[0].command == "FAIL"


@pytest.mark.parametrize("letter", LETTERS)
def test_a_quit_is_whole_for_those_who_stay_and_for_who_leaves(
    chat: Chat, crowd: tuple[Client, Client, Client], letter: str
) -> None:
    alice, _, carol = crowd
    long = letter * (500 // len(letter.encode()))
    for client in (alice, carol):
        kept = text(client, f"QUIT :{long}")
        assert kept.startswith(f"Quit: {letter * 50}")
        assert client.closed == kept


@pytest.mark.parametrize("letter", LETTERS)
def test_the_last_words_of_who_is_killed_are_whole(
    chat: Chat, crowd: tuple[Client, Client, Client], letter: str
) -> None:
    alice, bob, carol = crowd
    alice.sends("OPER root :x")
    answer(chat, alice, True)
    long = letter * (460 // len(letter.encode()))
    for victim in (bob, carol):
        alice.sends(f"KILL {victim.session.user.nick} :{long}")
        (kill,) = told(chat, "KILL")
        reason = kill.params[1]
        assert reason.startswith(letter * 40)
        assert {message.params[0] for message in told(chat, "QUIT")} == {victim.closed}
        assert victim.closed == f"Killed ({'a' * 32} ({reason}))"


@pytest.mark.parametrize("letter", LETTERS)
def test_a_topic_is_whole_for_whoever_asks_later_and_under_any_name(
    chat: Chat, crowd: tuple[Client, Client, Client], letter: str
) -> None:
    _, bob, carol = crowd
    alice = chat.user("d", "#t")
    (seen,) = alice.asks(f"TOPIC #t :{letter * (490 // len(letter.encode()))}")
    assert (MAX_BODY - 2 - len(format_message(seen))) < 200
    alice.sends(f"RENAME #t #{'t' * 63}")
    for client in (bob, carol):
        for line in (f"TOPIC #{'t' * 63}", "LIST", f"JOIN #{'t' * 63}"):
            client.sends(line)
            for reply in told(chat, "332", "322"):
                assert reply.params[-1] in ("", seen.params[1])


@pytest.mark.parametrize("letter", LETTERS)
def test_an_away_message_is_whole_for_whoever_asks(
    chat: Chat, crowd: tuple[Client, Client, Client], letter: str
) -> None:
    alice, bob, carol = crowd
    kept = text(carol, f"AWAY :{letter * (500 // len(letter.encode()))}")
    carol.sends(f"NICK {'c' * 32}")
    for asker in (alice, bob):
        for line in (f"WHOIS {'c' * 32}", f"PRIVMSG {'c' * 32} :x"):
            asker.sends(line)
            assert [reply.params[-1] for reply in told(chat, "301")] == [kept]
    carol.sends("JOIN #elsewhere")
    assert [message.params[-1] for message in told(chat, "AWAY")] == [kept]


@pytest.mark.parametrize("letter", LETTERS)
def test_a_real_name_is_whole_on_joining_and_in_whois(chat: Chat, letter: str) -> None:
    long = letter * (440 // len(letter.encode()))
    alice = newcomer(chat, "a" * 32, realname=long)
    kept = alice.session.user.realname
    assert kept
    assert long.startswith(kept)
    alice.sends(f"JOIN {LONG}")
    assert kept in [message.params[-1] for message in told(chat, "JOIN")]
    alice.sends(f"WHOIS {'a' * 32}")
    assert [message.params[-1] for message in told(chat, "311")] == [kept]
    # Of a new one nothing is cut: it is refused, as its specification has it.
    assert [heard.params for heard in alice.asks(f"SETNAME :{kept}")] == [(kept,)]
    (refusal,) = alice.asks(f"SETNAME :{kept}{letter}")
    assert refusal.params[:2] == ("SETNAME", "INVALID_REALNAME")


@pytest.mark.parametrize("letter", LETTERS)
def test_the_reason_of_a_redaction_is_whole(chat: Chat, letter: str) -> None:
    caps = "draft/message-redaction echo-message message-tags"
    alice = chat.user("a" * 32, LONG, caps=caps)
    (said,) = alice.asks(f"PRIVMSG {LONG} :oops")
    msgid = said.tags["msgid"]
    long = letter * (400 // len(letter.encode()))
    kept = text(alice, f"REDACT {LONG} {msgid} :{long}")
    assert kept.startswith(letter * 50)


def test_wallops_that_do_not_fit_are_refused(
    chat: Chat, crowd: tuple[Client, Client, Client]
) -> None:
    alice, _, carol = crowd
    alice.sends("OPER root :x")
    answer(chat, alice, True)
    carol.does("MODE c +w")
    head = len(f":{alice.source} WALLOPS :")
    alice.sends(f"WALLOPS :{'x ' * 150}{'x' * (210 - head)}")
    assert len(carol.lines.pop()) == MAX_BODY
    (refusal,) = alice.asks(f"WALLOPS :{'x' * (511 - head)}")
    assert refusal.command == "417"
    assert carol.hears() == []


@pytest.mark.parametrize("casemapping", ["ascii", "precis"])
def test_a_reason_is_cut_no_more_than_it_must_be(casemapping: str) -> None:
    """Beside short names there is room for more of what takes many bytes."""
    chat = Chat(Settings(casemapping=casemapping))  # type: ignore[arg-type]
    alice = chat.user("al", "#t")
    (part,) = alice.asks(f"PART #t :{'茶' * 150}")
    assert part.params[1] == "茶" * 150
