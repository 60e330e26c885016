"""The journal, and what a user writes into it."""

from __future__ import annotations

import trio

from trio_chat.testing import User, VirtualChat
from trio_chat.testing.oracle.journal import Event, Journal, Kind, written
from trio_chat.wire.message import Message


async def somebody(chat: VirtualChat, journal: Journal) -> User:
    return User(await chat.open_stream(), chat.programs, "alice", journal)


def kinds(journal: Journal) -> list[Kind]:
    return [event.kind for event in journal]


def commands(journal: Journal, kind: Kind) -> list[str]:
    return [e.message.command for e in journal if e.kind is kind and e.message is not None]


def test_entries_are_in_the_order_in_which_they_were_made() -> None:
    journal = Journal()
    alice = journal.began(0.0, "alice")
    bob = journal.began(0.5, "bob")
    journal.sent(1.0, alice, Message("JOIN", ("#tea",)))
    journal.fault(1.5, "the network is cut")
    journal.ended(2.0, bob, "reset")
    journal.settled(3.0)
    assert (alice, bob) == (0, 1)
    assert journal.events[2] == Event(1.0, Kind.SENT, alice, Message("JOIN", ("#tea",)))
    assert kinds(journal) == [
        Kind.BEGAN,
        Kind.BEGAN,
        Kind.SENT,
        Kind.FAULT,
        Kind.ENDED,
        Kind.SETTLED,
    ]


def test_it_can_be_read_as_text() -> None:
    journal = Journal()
    alice = journal.began(0.0, "alice")
    journal.sent(1.0, alice, Message("PRIVMSG", ("#tea", "good morning"), "", {"label": "a b"}))
    journal.received(1.25, alice, Message("PING", ("x",), "irc"))
    journal.jumped(2.0, -3600)
    journal.fault(2.0, "the network is cut")
    journal.ended(3.0, alice, "reset")
    assert list(journal.lines()) == [
        "    0.0000 alice: began: alice",
        "    1.0000 alice: > @label=a\\sb PRIVMSG #tea :good morning",
        "    1.2500 alice: < :irc PING x",
        "    2.0000 --: clock jumped: -3600 s",
        "    2.0000 --: the network is cut",
        "    3.0000 alice: ended: reset",
    ]
    assert journal.last_lines(1) == ["    3.0000 alice: ended: reset"]
    assert journal.last_lines(0) == []


def test_what_no_line_can_hold_is_written_as_one_line_all_the_same() -> None:
    assert written(Message("PRIVMSG", ("#a b", ""), "", {"k": "\n"})) == "@k=\\n PRIVMSG #a b :"
    assert written(Message("NOTICE", ("é", "\x01\n\u202e"))) == "NOTICE é \\x01\\n\\u202e"


async def test_a_user_writes_what_went_over_the_connection(chat: VirtualChat) -> None:
    journal = Journal(trio.current_time)
    alice = await somebody(chat, journal)
    await alice.register("alice", ["echo-message"])
    await alice.send_bytes(b"@label=1 PRIVMSG ")
    await alice.send_bytes(b"alice :hi\r\n\r\nTI")
    await alice.send("ME")
    await alice.expect("PRIVMSG")
    await alice.quit()
    assert journal.names == ["alice"]
    assert kinds(journal)[0] is Kind.BEGAN
    assert kinds(journal)[-1] is Kind.ENDED
    sent = commands(journal, Kind.SENT)
    assert sent[:5] == ["CAP", "CAP", "NICK", "USER", "CAP"]
    # What was left of a line is a part of the next, as it is for the server.
    assert sent[5:] == ["PRIVMSG", "TIME", "QUIT"]
    received = [event.message for event in journal if event.kind is Kind.RECEIVED]
    assert received == alice.received


async def test_a_user_answers_pings_in_the_journal_too(chat: VirtualChat) -> None:
    journal = Journal(trio.current_time)
    alice = await somebody(chat, journal)
    await alice.register("alice")
    await alice.expect("PING", within=1000)
    await alice.rest()
    assert commands(journal, Kind.SENT)[-1] == "PONG"


async def test_the_end_of_a_connection_is_written_once(chat: VirtualChat) -> None:
    journal = Journal(trio.current_time)
    alice = await somebody(chat, journal)
    await alice.register("alice")
    await alice.vanish()
    await alice.close()
    assert [event.text for event in journal if event.kind is Kind.ENDED] == ["left"]


async def test_who_does_not_read_is_known_not_to(chat: VirtualChat) -> None:
    journal = Journal(trio.current_time)
    alice = await somebody(chat, journal)
    await alice.register("alice")
    before = len(journal)
    alice.stop_reading()
    alice.resume_reading()
    alice.stop_reading()
    assert kinds(journal)[before:] == [Kind.PAUSED, Kind.RESUMED, Kind.PAUSED]


async def test_what_is_no_message_was_not_said(chat: VirtualChat) -> None:
    journal = Journal(trio.current_time)
    alice = await somebody(chat, journal)
    await alice.register("alice")
    before = len(commands(journal, Kind.SENT))
    await alice.send_bytes(b"PRIVMSG alice :\xff\r\n" + b"x" * 5000 + b"\r\nTIME\r\n")
    await alice.expect("391")
    assert commands(journal, Kind.SENT)[before:] == ["TIME"]


def test_connections_of_one_name_can_be_told_apart() -> None:
    journal = Journal()
    for name in ("alice", "bob", "alice", "", ""):
        journal.began(0.0, name)
    assert journal.names == ["alice", "bob", "alice/2", "somebody", "somebody/2"]
