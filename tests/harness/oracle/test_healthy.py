"""In a chat where all goes well nothing is found; and whatever goes wrong in it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.oracle.healthy import HealthyChat
from trio_chat.testing.oracle import Event, Journal, Kind, check
from trio_chat.testing.oracle.gaps import NO_GAP
from trio_chat.testing.oracle.kept import KEPT, WAS_SAID
from trio_chat.testing.oracle.labels import ANSWERED_ONCE
from trio_chat.testing.oracle.orders import NO_DOUBLE, ONE_ORDER
from trio_chat.testing.oracle.private import IN_PRIVATE
from trio_chat.testing.oracle.views import AFTERWARDS, IN_A_ROOM

DEEDS = 60

RUNS = 8
"""Chats that each test lives through: some 25 ms each."""


def lived(seed: int) -> Journal:
    chat = HealthyChat(Random(seed))
    chat.live(DEEDS)
    return chat.journal


def settled(journal: Journal) -> int:
    return next(i for i, event in enumerate(journal.events) if event.kind is Kind.SETTLED)


def received(journal: Journal, *commands: str) -> list[int]:
    """Where something was received before all had settled, that was neither one's own nor is shown
    once more, by somebody who is there to the end."""
    end = settled(journal)
    gone = {e.connection for e in journal.events[:end] if e.kind is Kind.ENDED}
    return [
        index
        for index, event in enumerate(journal.events[:end])
        if event.kind is Kind.RECEIVED
        and event.message is not None
        and event.message.command in commands
        and event.connection not in gone
        and f"!~c{event.connection}@" not in event.message.source
    ]


def text_of(event: Event) -> str:
    assert event.message is not None
    return event.message.params[-1]


def to_rooms(journal: Journal) -> list[int]:
    """Where somebody received what others received, too."""
    heard: dict[str, int] = {}
    for event in journal.events[: settled(journal)]:
        if event.kind is Kind.RECEIVED and is_to_room(event):
            heard[text_of(event)] = heard.get(text_of(event), 0) + 1
    return [
        index
        for index in received(journal, "PRIVMSG")
        if is_to_room(journal.events[index]) and heard[text_of(journal.events[index])] > 1
    ]


def is_to_room(event: Event) -> bool:
    message = event.message
    return message is not None and message.command == "PRIVMSG" and message.params[0][:1] == "#"


# -- what may go wrong: each takes a journal and a random, and says where it can be done


def lost(journal: Journal, random: Random) -> bool:
    """A message that others got is lost on the way to somebody."""
    places = to_rooms(journal)
    if places:
        del journal.events[random.choice(places)]
    return bool(places)


def doubled(journal: Journal, random: Random) -> bool:
    places = [i for i in received(journal, "PRIVMSG") if is_to_room(journal.events[i])]
    if places:
        place = random.choice(places)
        journal.events.insert(place, journal.events[place])
    return bool(places)


def doubled_in_private(journal: Journal, random: Random) -> bool:
    places = [
        i
        for i in received(journal, "PRIVMSG")
        if not is_to_room(journal.events[i]) and has(journal, journal.events[i].connection, "batch")
    ]
    if places:
        place = random.choice(places)
        journal.events.insert(place, journal.events[place])
    return bool(places)


def has(journal: Journal, connection: int, cap: str) -> bool:
    return any(
        event.connection == connection
        and event.message is not None
        and event.message.command == "CAP"
        and cap in event.message.params[-1]
        for event in journal
    )


def swapped(journal: Journal, random: Random) -> bool:
    """Two neighbouring messages of one room come to somebody in the other order."""
    places = set(to_rooms(journal))
    pairs = list(_neighbours(journal, places))
    if pairs:
        one, other = random.choice(pairs)
        events = journal.events
        first, second = events[one], events[other]
        events[one] = first._replace(message=second.message)
        events[other] = second._replace(message=first.message)
    return bool(pairs)


def _neighbours(journal: Journal, places: set[int]) -> Iterator[tuple[int, int]]:
    """Two messages, one after the other, that two people received, both of them."""
    heard: dict[str, set[int]] = {}
    last: dict[tuple[int, str], int] = {}
    for event in journal.events[: settled(journal)]:
        if event.kind is Kind.RECEIVED and is_to_room(event):
            heard.setdefault(text_of(event), set()).add(event.connection)
    for index in sorted(places):
        event = journal.events[index]
        assert event.message is not None
        key = (event.connection, event.message.params[0])
        before = last.get(key)
        last[key] = index
        if before is None:
            continue
        both = heard[text_of(event)] & heard[text_of(journal.events[before])]
        if both - {event.connection}:
            yield before, index


def heard_after_leaving(journal: Journal, random: Random) -> bool:
    """Somebody hears what is said in a room that they have left."""
    for index, event in enumerate(journal.events[: settled(journal)]):
        message = event.message
        if event.kind is not Kind.RECEIVED or message is None or message.command != "PART":
            continue
        if f"!~c{event.connection}@" in message.source:
            text = f"after {index}"
            said = message.__class__("PRIVMSG", (message.params[0], text), "z!~z@host")
            journal.events.insert(index + 1, event._replace(message=said))
            return True
    return False


def ghost(journal: Journal, random: Random) -> bool:
    """A user who has left is named among those who are in a room."""
    for index in range(len(journal.events) - 1, 0, -1):
        message = journal.events[index].message
        gone = [e.connection for e in journal.events if e.kind is Kind.ENDED]
        if message is not None and message.command == "353" and gone:
            nick = "n9"
            welcome = message.__class__("001", (nick, "Welcome"), "irc")
            began = next(
                i
                for i, e in enumerate(journal.events)
                if e.connection == gone[0] and e.kind is Kind.ENDED
            )
            names = f"{message.params[3]} {nick}"
            told = message.__class__("353", (*message.params[:3], names), "irc", message.tags)
            journal.events[index] = journal.events[index]._replace(message=told)
            journal.events.insert(began, Event(0.0, Kind.RECEIVED, gone[0], welcome))
            return True
    return False


def answered_twice(journal: Journal, random: Random) -> bool:
    places = [i for i, e in enumerate(journal.events) if is_labelled(e)]
    if places:
        place = random.choice(places)
        event = journal.events[place]
        assert event.message is not None
        ack = event.message.__class__("ACK", (), "irc", {"label": event.message.tags["label"]})
        journal.events.insert(place + 1, event._replace(message=ack))
    return bool(places)


def never_answered(journal: Journal, random: Random) -> bool:
    end = settled(journal)
    gone = {e.connection for e in journal.events[:end] if e.kind is Kind.ENDED}
    places = [
        i
        for i, e in enumerate(journal.events[:end])
        if is_labelled(e) and e.connection not in gone and e.message.command == "ACK"  # type: ignore[union-attr]
    ]
    if places:
        del journal.events[random.choice(places)]
    return bool(places)


def is_labelled(event: Event) -> bool:
    return (
        event.kind is Kind.RECEIVED and event.message is not None and "label" in event.message.tags
    )


def forgotten(journal: Journal, random: Random) -> bool:
    """What was echoed is not in the history."""
    end = settled(journal)
    echoed = {
        text_of(e)
        for e in journal.events[:end]
        if e.kind is Kind.RECEIVED and e.message is not None
        if f"!~c{e.connection}@" in e.message.source and e.message.command == "PRIVMSG"
    }
    places = [
        i
        for i, e in enumerate(journal.events)
        if i > end and e.message is not None and "batch" in e.message.tags and text_of(e) in echoed
    ]
    if places:
        del journal.events[random.choice(places)]
    return bool(places)


def invented(journal: Journal, random: Random) -> bool:
    """The history has other words than were said."""
    end = settled(journal)
    for index in range(end, len(journal.events)):
        message = journal.events[index].message
        if message is not None and message.command == "PRIVMSG" and "batch" in message.tags:
            params = (message.params[0], "what?")
            other = message.__class__("PRIVMSG", params, message.source, message.tags)
            journal.events[index] = journal.events[index]._replace(message=other)
            return True
    return False


def comes_again(journal: Journal, random: Random) -> bool:
    """Somebody is seen to come into a room twice."""
    places = received(journal, "JOIN")
    if places:
        place = random.choice(places)
        journal.events.insert(place, journal.events[place])
    return bool(places)


MUTATIONS: dict[Callable[[Journal, Random], bool], tuple[str, ...]] = {
    lost: (NO_GAP,),
    doubled: (NO_DOUBLE, ONE_ORDER),
    doubled_in_private: (IN_PRIVATE,),
    swapped: (ONE_ORDER, NO_DOUBLE),
    heard_after_leaving: (AFTERWARDS,),
    ghost: ("no ghost", IN_A_ROOM),
    answered_twice: (ANSWERED_ONCE,),
    never_answered: (ANSWERED_ONCE,),
    forgotten: (KEPT,),
    invented: (WAS_SAID,),
    comes_again: (IN_A_ROOM,),
}
"""What may go wrong, each with the rules of which one at least must find it."""


@given(seed=st.integers(0, 10**9))
@settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_is_found_where_all_goes_well(seed: int) -> None:
    assert check(lived(seed)) == []


@pytest.mark.parametrize("mutation", list(MUTATIONS), ids=lambda each: each.__name__)
def test_what_goes_wrong_is_found(mutation: Callable[[Journal, Random], bool]) -> None:
    # What was lost where nobody can tell in which order it was said is not always missed: of 55
    # losses 50 are found, of all else all but what another answer with the same label hides.
    seeds = [seed for seed in range(1, 5) if mutation(lived(seed), Random(seed))]
    assert seeds
    for seed in seeds:
        journal = lived(seed)
        mutation(journal, Random(seed))
        rules = {finding.rule for finding in check(journal)}
        assert rules & set(MUTATIONS[mutation]), f"seed {seed}"
