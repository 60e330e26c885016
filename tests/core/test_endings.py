"""How it ends: the server goes down, or a command of ours fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trio_chat.core.commands import TABLE, Command
from trio_chat.core.effects import Close, Deliver, Effect
from trio_chat.core.events import Closed, Received
from trio_chat.core.state import Session, World
from trio_chat.core.step import Broken, step
from trio_chat.testing.invariants import check_world
from trio_chat.wire.message import Message

from .language import HOST, Chat


def test_when_the_server_stops_everyone_is_told_why_and_nobody_of_the_others() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    stranger = chat.open()
    chat.stops("Back in a minute")
    for client in (alice, bob, stranger):
        assert client.hears() == [f"ERROR :Closing link: {HOST} [Back in a minute]"]
        assert client.closed == "Back in a minute"
    assert not chat.world.sessions
    assert not chat.world.users
    assert not chat.world.rooms
    alice.sends("PRIVMSG #tea :too late")
    assert chat.effects == []


def test_who_was_let_in_in_the_instant_of_the_stop_is_told_too() -> None:
    chat = Chat()
    chat.stops("Back in a minute")
    late = chat.open()
    assert late.hears() == [f"ERROR :Closing link: {HOST} [Back in a minute]"]
    assert late.closed


def test_a_command_that_fails_tells_what_came_about_and_closes_one_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(world: World, session: Session, message: Message) -> Iterator[Effect]:
        yield Deliver((session,), Message("NOTICE", ("*", "before")))
        raise ZeroDivisionError("planted")

    monkeypatch.setitem(TABLE, "CRASH", Command(crash))
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    event = Received(alice.session.id, Message("CRASH"), chat.at)
    with pytest.raises(Broken) as caught:
        step(chat.world, event)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert [type(effect) for effect in caught.value.effects] == [Deliver]
    check_world(chat.world)

    chat.happens(Closed(alice.session.id, "Internal error", chat.at))
    assert bob.hears() == ["alice QUIT :Internal error"]
    assert alice.hears()[-1].startswith("ERROR ")
    assert bob.does("PING x")


def test_what_a_labelled_command_told_the_others_before_it_failed_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(world: World, session: Session, message: Message) -> Iterator[Effect]:
        room = next(iter(session.user.rooms))
        yield Deliver(room.audience, Message("NOTICE", (room.name, "before")))
        raise ZeroDivisionError("planted")

    monkeypatch.setitem(TABLE, "CRASH", Command(crash))
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="labeled-response batch")
    bob = chat.user("bob", "#tea")
    message = Message("CRASH", (), "", {"label": "1"})
    with pytest.raises(Broken) as caught:
        step(chat.world, Received(alice.session.id, message, chat.at))
    (told,) = caught.value.effects
    assert isinstance(told, Deliver)
    assert [told.reaches(client.session) for client in (alice, bob)] == [False, True]


def test_closing_comes_last_for_a_session() -> None:
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea")
    alice.sends("QUIT :bye")
    own = [
        effect
        for effect in chat.effects
        if isinstance(effect, Close)
        or (
            isinstance(effect, Deliver)
            and alice.session in effect.audience
            and effect.reaches(alice.session)
        )
    ]
    assert isinstance(own[-1], Close)
    assert own[-1].session is alice.session
