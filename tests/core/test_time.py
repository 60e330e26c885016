"""Deadlines: who does not register, or answer, in time, is let go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.core.events import Ticked
from trio_chat.core.settings import Limits, Settings

from .language import HOST, SERVER, Chat
from .test_anything import thorough


def test_who_does_not_register_in_time_is_let_go() -> None:
    chat = Chat()
    stranger = chat.open()
    chat.passes(29)
    stranger.sends("NICK slow")  # a line is no registration
    assert stranger.hears() == []
    chat.passes(1)
    assert stranger.hears() == [f"ERROR :Closing link: {HOST} [Registration timed out]"]
    assert stranger.closed == "Registration timed out"
    assert chat.reports == []


def test_who_is_silent_is_asked_and_then_let_go() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    for _ in range(11):
        chat.passes(10)
        bob.sends("PONG x")
        if chat.world.uptime < 90:
            assert alice.hears() == []
    # Without a source: simple bots look for lines that begin with PING.
    assert alice.lines == [f"PING :{SERVER}\r\n".encode()]
    alice.lines.clear()
    assert bob.hears() == []
    chat.passes(10)
    assert alice.hears() == [f"ERROR :Closing link: {HOST} [Ping timeout: 120 seconds]"]
    assert bob.hears() == ["alice QUIT :Ping timeout: 120 seconds"]


def test_who_is_silent_is_asked_in_time_where_that_comes_before_the_end_of_registration() -> None:
    chat = Chat(Settings(limits=Limits(ping_after_seconds=2, ping_timeout_seconds=1)))
    stranger, alice = chat.open(), chat.user("alice")
    chat.passes(2)
    assert alice.hears() == [f"PING {SERVER}"]
    chat.passes(1)
    assert alice.closed == "Ping timeout: 3 seconds"
    chat.passes(26)
    assert stranger.hears() == []
    chat.passes(1)
    assert stranger.closed == "Registration timed out"


@pytest.mark.parametrize("line", ["PONG x", "PING x", "NONSENSE", b"\xff"])
def test_any_line_answers_the_ping(line: str | bytes) -> None:
    chat = Chat()
    alice = chat.user("alice")
    for _ in range(5):
        chat.passes(30)  # the registration deadline is looked at on the way
        chat.passes(60)
        assert alice.hears()[-1] == f"PING {SERVER}"
        alice.sends(line)
        alice.lines.clear()
        chat.passes(30)
        assert not alice.closed
        assert alice.hears() == []


def test_who_speaks_is_never_asked() -> None:
    chat = Chat()
    alice = chat.user("alice")
    for _ in range(20):
        chat.passes(50)
        alice.sends("PRIVMSG nobody :hi")
    assert "PING" not in " ".join(alice.hears())


def test_a_tick_that_comes_late_asks_before_it_lets_go() -> None:
    chat = Chat()
    alice = chat.user("alice")
    chat.passes(100_000)
    assert alice.hears() == [f"PING {SERVER}"]
    chat.passes(100_000)
    assert alice.closed == "Ping timeout: 200000 seconds"


def test_deadlines_do_not_go_by_the_wall_clock() -> None:
    chat = Chat()
    alice = chat.user("alice")
    chat.at += 1_000_000
    chat.happens(Ticked(1.0, chat.at))
    assert alice.hears() == []


def test_who_has_gone_is_not_looked_after() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends("QUIT")
    bob.lines.clear()
    chat.passes(1000)
    assert bob.hears() == [f"PING {SERVER}"]


def test_a_deadline_that_rounding_hits_exactly_is_looked_at_once() -> None:
    # 1000.1 + 90 is rounded down to 1090.1, so that 1090.1 - 1000.1 is less than 90.
    heard, due = 1000.1, 1000.1 + 90
    assert due - heard < 90
    chat = Chat()
    alice = chat.user("alice")
    chat.happens(Ticked(heard, chat.at))
    alice.sends("PONG x")
    chat.happens(Ticked(due, chat.at))
    assert not alice.closed


@thorough
@given(
    st.lists(
        st.tuples(st.floats(0, 200), st.sampled_from(["", "alice", "bob"])), min_size=1, max_size=30
    ),
    st.floats(0.1, 100),
    st.floats(0.1, 100),
)
def test_nobody_is_let_go_early_or_forgotten(
    steps: list[tuple[float, str]], after: float, timeout: float
) -> None:
    limits = Limits(ping_after_seconds=after, ping_timeout_seconds=timeout)
    chat = Chat(Settings(limits=limits))
    clients = {nick: chat.user(nick) for nick in ("alice", "bob")}
    asked: dict[str, float] = {}
    for seconds, speaker in steps:
        chat.passes(seconds)
        for nick, client in clients.items():
            for line in client.hears():
                if line.startswith("PING"):
                    asked[nick] = chat.world.uptime
                else:
                    assert chat.world.uptime >= asked.pop(nick) + timeout
                    assert client.closed
        if speaker and not clients[speaker].closed:
            clients[speaker].sends("PONG x")
            asked.pop(speaker, None)
    for _ in range(2):  # asked, if they were not, and let go
        chat.passes(1000)
    assert all(client.closed for client in clients.values())
