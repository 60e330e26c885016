"""What a client makes of lines, sane and insane."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client import events
from trio_chat.client.events import Event
from trio_chat.client.folding import Folded, folding
from trio_chat.client.isupport import MOST_TOKENS, Isupport
from trio_chat.client.mirror import Mirror
from trio_chat.client.reading import _READERS
from trio_chat.wire.message import Message, parse

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def mirror_after(*lines: str) -> tuple[Mirror, list[Event]]:
    """A mirror of "me" that has seen these lines, and what they amounted to."""
    mirror = Mirror("me")
    happened = [event for line in lines for event in mirror.take(parse(line.encode()), NOW)]
    return mirror, happened


def test_the_server_s_time_is_the_time_of_an_event() -> None:
    _, [said] = mirror_after("@time=2024-01-02T03:04:05.678Z :a!b@c PRIVMSG #tea :hi")
    assert said.at == datetime(2024, 1, 2, 3, 4, 5, 678000, UTC)


@pytest.mark.parametrize("time", ["", "yesterday", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_is_none_is_now(time: str) -> None:
    _, [said] = mirror_after(f"@time={time} :a!b@c PRIVMSG #tea :hi")
    assert said.at == NOW


def test_messages_to_us_to_a_room_and_to_the_ranks_of_a_room() -> None:
    _, said = mirror_after(
        ":irc.test 005 me STATUSMSG=@+ :are supported",
        ":a!b@c PRIVMSG me :psst",
        ":a!b@c PRIVMSG #tea :hi",
        ":a!b@c PRIVMSG @#tea :ops only",
        ":a!b@c PRIVMSG #tea :\x01ACTION waves\x01",
        ":a!b@c PRIVMSG me :\x01VERSION\x01",
    )
    assert [(e.where, e.room, e.text, e.action) for e in said if isinstance(e, events.Said)] == [
        ("a", "", "psst", False),
        ("#tea", "#tea", "hi", False),
        ("#tea", "#tea", "ops only", False),
        ("#tea", "#tea", "waves", True),
    ]
    assert isinstance(said[-1], events.Queried)
    assert said[-1].query == "VERSION"


def test_our_own_messages_are_never_said() -> None:
    _, happened = mirror_after(
        ":me!u@h PRIVMSG #tea :hi", ":ME!u@h NOTICE #tea :hi", ":me!u@h PRIVMSG #tea :\x01ACTION x"
    )
    assert [event.kind for event in happened if isinstance(event, events.Sent)] == [
        "say",
        "notice",
        "act",
    ]


def test_leaving_in_all_its_ways_empties_a_room() -> None:
    mirror, happened = mirror_after(
        ":me!u@h JOIN #tea",
        ":irc.test 353 me = #tea :@me +a b c",
        ":a!a@h QUIT :bye",
        ":me!u@h KICK #tea b :out",
        ":c!c@h PART #tea",
    )
    assert list(mirror.rooms.by_name["#tea"].members) == ["me"]
    quitted, kicked, parted = happened[-3:]
    assert isinstance(quitted, events.Quitted)
    assert quitted.rooms == ("#tea",)
    assert isinstance(kicked, events.Kicked)
    assert (kicked.nick, kicked.by, kicked.own) == ("b", "me", False)
    assert isinstance(parted, events.Parted)
    mirror.take(parse(b":x!x@h KICK #TEA me :you too"), NOW)
    assert not mirror.rooms.by_name


def test_a_change_of_case_is_no_second_member() -> None:
    mirror, _ = mirror_after(":me!u@h JOIN #tea", ":bob!b@h JOIN #tea", ":bob!b@h NICK BOB")
    assert list(mirror.rooms.by_name["#tea"].members) == ["me", "BOB"]


def test_ranks_follow_modes_whatever_else_changes() -> None:
    mirror, _ = mirror_after(
        ":irc.test 005 me PREFIX=(qaohv)~&@%+ CHANMODES=beI,k,l,imnst :are supported",
        ":me!u@h JOIN #tea",
        ":irc.test 353 me = #tea :a b",
        ":x!x@h MODE #tea +bklqo-v *!*@spam key 10 a b b",
        ":x!x@h MODE #tea -kl+h-Z key a",
    )
    members = mirror.rooms.by_name["#tea"].members
    assert (members["a"].signs, members["b"].signs) == ("~%", "@")


def test_case_mappings() -> None:
    assert folding("rfc1459")("Nick[]\\~") == "nick{}|^"
    names: Folded[int] = Folded(folding("rfc1459"))
    names["[Me]"] = 1
    names["{me}"] = 2
    assert list(names.items()) == [("{me}", 2)]


def test_isupport_is_bounded_and_reads_sense_from_nonsense() -> None:
    isupport = Isupport()
    isupport.take(("PREFIX=", "CHANMODES=", "CHANTYPES=", "NICKLEN=9" * 9, "=", "-X", "A=\\x20b"))
    assert isupport.tokens["A"] == " b"
    assert isupport.number("NICKLEN", 30) == 30
    assert isupport.looks_like_room("#tea")
    assert isupport.split_ranks("@+bob") == ("@+", "bob")
    isupport.take(tuple(f"T{number}" for number in range(2 * MOST_TOKENS)))
    assert len(isupport.tokens) == MOST_TOKENS


WORDS = st.sampled_from(["me", "#tea", "a", "=", "+ov-k", "@a", "", "*", "-", "PREFIX=(o)@", "x=y"])
MESSAGES = st.builds(
    Message,
    command=st.sampled_from(
        [*_READERS, "001", "004", "005", "353", "900", "401", "999", "BATCH", "CAP", "TAGMSG", "X"]
    ),
    params=st.lists(st.one_of(WORDS, st.text()), max_size=6).map(tuple),
    source=st.sampled_from(["", "me!u@h", "a!b@c", "irc.test", "!", "@", "!@"]),
    tags=st.dictionaries(st.sampled_from(["time", "msgid", "label", "batch"]), WORDS),
)


@given(st.lists(MESSAGES, max_size=20))
def test_no_message_makes_it_raise(messages: list[Message]) -> None:
    mirror, _ = mirror_after(":me!u@h JOIN #tea", ":a!b@c JOIN #tea")
    for message in messages:
        mirror.recall(message, NOW, "#tea")
        mirror.take(message, NOW)
    counted = sum(len(room.members) for room in mirror.rooms.by_name.values())
    assert mirror.rooms._count == counted


def test_what_cannot_be_said_back_is_no_name() -> None:
    """Or else the JOIN and the NICK after a reconnect could not be sent."""
    long = "x" * 300
    mirror, _ = mirror_after(
        ":me!u@h JOIN :#two words",
        f":me!u@h JOIN #{long}",
        ":me!u@h JOIN #tea",
        f":irc.test 353 me = #tea :me a,b {long} alice",
        ":irc.test RENAME #tea :#two words",
        ":me!u@h NICK :two words",
    )
    assert list(mirror.rooms.by_name) == ["#tea"]
    assert list(mirror.rooms.by_name["#tea"].members) == ["me", "alice"]
    assert mirror.nick == "me"


def test_members_who_become_one_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trio_chat.client.rooms.MOST_MEMBERS", 4)
    joined = [":me!u@h JOIN #tea", ":irc.test 353 me = #tea :me a b"]
    swaps = [":a!u@h NICK b", ":irc.test 353 me = #tea :a"] * 9
    mirror, _ = mirror_after(*joined, *swaps, ":irc.test 353 me = #tea :c d")
    assert list(mirror.rooms.by_name["#tea"].members) == ["me", "b", "a", "c"]


def test_rooms_and_members_follow_another_case_mapping() -> None:
    mirror, _ = mirror_after(
        ":irc.test 005 me CASEMAPPING=ascii :x",
        ":me!u@h JOIN #[",
        ":me!u@h JOIN #{",
        ":irc.test 353 me = #{ :me a[ a{",
        ":irc.test 005 me CASEMAPPING=rfc1459 :x",
    )
    assert list(mirror.rooms.by_name) == ["#{"]
    assert list(mirror.rooms.by_name["#["].members) == ["me", "a{"]
