"""How many connections one address may have and how often it may do what costs: core.throttles."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.core.events import Reread
from trio_chat.core.gateways import Gateway
from trio_chat.core.questions import Reading
from trio_chat.core.settings import Settings
from trio_chat.core.throttles import REMEMBERED, Headcount, Throttle, places

from .language import HOST, Chat, limited

NEIGHBOUR = "192.0.2.99"
ELSEWHERE = "198.51.100.1"
TOO_MANY = "Too many connections from your address"
TOO_OFTEN = "Too many connections from your address, try again in 21 seconds"
AROUND = "Too many connections from your network"


def throttle(times: int = 3, seconds: float = 30, network_factor: float = 2) -> Throttle:
    made = Throttle()
    made.allow(times, seconds, network_factor)
    return made


# -- what is one address


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (HOST, HOST, (True, True)),
        (HOST, NEIGHBOUR, (False, True)),
        (HOST, ELSEWHERE, (False, False)),
        (HOST, f"::ffff:{HOST}", (True, True)),
        ("2001:db8::1", "2001:db8::ffff:1", (True, True)),
        ("2001:db8::1", "2001:db8:0:1::1", (False, True)),
        ("2001:db8::1", "2001:db8:1::1", (False, False)),
        ("0.0.0.0", "::", (False, False)),
        ("a socket", "a socket", (True, True)),
        ("a socket", "another", (False, False)),
    ],
)
def test_what_counts_as_one_address_and_one_network(
    one: str, other: str, same: tuple[bool, bool]
) -> None:
    assert tuple(a == b for a, b in zip(places(one), places(other), strict=True)) == same


@given(st.ip_addresses().map(str))
def test_an_address_and_the_network_around_it_are_never_taken_for_each_other(address: str) -> None:
    own, around = places(address)
    assert own != around
    assert own.startswith(around)


# -- how often


def test_so_many_times_at_once_and_then_one_after_the_other() -> None:
    at_door = throttle()
    assert [at_door.take(HOST, 0) for _ in range(4)] == [0, 0, 0, 10]
    assert at_door.take(HOST, 9) == 1
    assert at_door.take(HOST, 10) == 0
    assert at_door.take(HOST, 10) == 10
    assert [at_door.take(HOST, 1000) for _ in range(4)] == [0, 0, 0, 10]


def test_another_address_is_not_bounded_until_the_network_is() -> None:
    at_door = throttle()
    for _ in range(3):
        at_door.take(HOST, 0)
    assert [at_door.take(NEIGHBOUR, 0) for _ in range(3)] == [0, 0, 0]
    assert at_door.take("192.0.2.7", 0) == 5
    assert at_door.take(ELSEWHERE, 0) == 0


def test_what_turns_out_not_to_count_is_given_back() -> None:
    at_door = throttle()
    for _ in range(3):
        at_door.take(HOST, 0)
    at_door.give_back(HOST)
    assert [at_door.take(HOST, 0) for _ in range(2)] == [0, 10]


def test_giving_back_what_was_forgotten_changes_nothing() -> None:
    at_door = throttle()
    at_door.give_back(HOST)
    assert [at_door.take(HOST, 0) for _ in range(4)] == [0, 0, 0, 10]


def test_another_setting_holds_for_what_was_counted_before() -> None:
    at_door = throttle(times=1, seconds=1e6)
    at_door.take(HOST, 0)
    at_door.allow(2, 20, 2)
    assert at_door.take(HOST, 0) == 10
    assert at_door.take(HOST, 10) == 0
    at_door.allow(100, 20, 2)
    assert at_door.take(HOST, 11) == 0


@given(
    st.integers(1, 50), st.integers(1, 1000), st.lists(st.integers(0, 60), min_size=1, max_size=200)
)
def test_never_more_than_allowed_and_never_less(
    times: int, seconds: int, pauses: list[int]
) -> None:
    """In every span of `seconds` at most twice as many as `times` (those at once, and those that
    come back meanwhile); and who waits as long as told is let in."""
    at_door = throttle(times, seconds)
    at = 0.0
    taken: list[float] = []
    for pause in pauses:
        at += pause
        if wait := at_door.take(HOST, at):
            at += wait
            assert at_door.take(HOST, at) == 0
        taken.append(at)
        assert sum(each > at - seconds for each in taken) <= 2 * times


def test_fractions_that_do_not_add_up_keep_nobody_waiting() -> None:
    at_door = throttle(times=49, seconds=0.7)
    assert not any(at_door.take(HOST, 1e6) for _ in range(49))


# -- how much is remembered


def test_old_ones_fall_out_when_there_are_too_many() -> None:
    at_door = throttle(times=1)
    at_door.take(HOST, 0)
    for number in range(REMEMBERED // 2):
        assert at_door.take(f"10.{number >> 8}.{number & 255}.1", 0) == 0
    assert len(at_door) == REMEMBERED
    assert at_door.take(HOST, 0) == 0


def test_who_is_heard_of_again_and_again_does_not_fall_out() -> None:
    at_door = throttle(times=REMEMBERED, seconds=1e9)
    for number in range(REMEMBERED):
        at_door.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0)
        at_door.take(HOST, 0)
    assert at_door.take(HOST, 0) > 0


def test_what_no_longer_matters_is_forgotten_in_time() -> None:
    at_door = throttle()
    for number in range(100):
        at_door.take(f"10.0.{number}.1", 0)
    for number in range(100):
        at_door.take(HOST, 31 + number * 30)
    assert len(at_door) == 2


def test_who_has_left_is_no_longer_counted() -> None:
    here = Headcount()
    for address in (HOST, HOST, NEIGHBOUR):
        here.enter(address)
    assert (here.count(HOST), here.count(NEIGHBOUR)) == ((2, 3), (1, 3))
    for address in (HOST, HOST, NEIGHBOUR):
        here.leave(address)
    assert (here.count(HOST), len(here)) == ((0, 0), 0)


# -- at the door


def test_an_address_has_so_many_connections_and_no_more() -> None:
    chat = Chat(limited(connections_per_address=2))
    alice, _ = chat.open(), chat.open()
    third = chat.open()
    assert third.hears() == [f"ERROR :Closing link: {HOST} [{TOO_MANY}]"]
    assert third.closed == TOO_MANY
    assert not chat.open(NEIGHBOUR).closed
    alice.vanishes()
    assert not chat.open().closed


def test_who_is_sent_away_is_known_to_nobody() -> None:
    chat = Chat(limited(connections_per_address=1))
    chat.user("alice")
    refused = chat.open()
    refused.vanishes()  # as the connection does in the end
    assert (len(chat.world.sessions), chat.world.strangers) == (1, 0)
    chat.passes(1000)


def test_a_network_has_so_many_connections_and_no_more() -> None:
    chat = Chat(limited(connections_per_address=1, network_factor=2))
    assert [chat.open(f"192.0.2.{number}").closed for number in range(3)] == ["", "", AROUND]
    assert not chat.open(ELSEWHERE).closed
    assert [chat.open(f"2001:db8:0:{number}::1").closed for number in range(3)] == ["", "", AROUND]


def test_an_address_may_connect_so_often_and_no_more() -> None:
    chat = Chat(limited(connects_per_address=3, connect_seconds=61))
    for _ in range(3):
        chat.open().vanishes()
    assert chat.open().closed == TOO_OFTEN
    chat.passes(20)
    assert chat.open().closed
    chat.passes(1)
    assert not chat.open().closed


def test_who_is_exempt_may_have_as_many_connections_as_they_like() -> None:
    chat = Chat(limited(connections_per_address=1, connects_per_address=1, network_factor=1))
    assert not any(chat.open("127.0.0.1").closed for _ in range(9))


def test_a_changed_configuration_counts_at_once() -> None:
    chat = Chat(limited(connections_per_address=9))
    for _ in range(3):
        chat.open()

    def becomes(settings: Settings) -> None:
        chat.happens(Reread(Reading("chat.toml", settings), chat.at))

    becomes(limited(connections_per_address=3))
    assert chat.open().closed == TOO_MANY
    becomes(replace(limited(connections_per_address=3), exempt=(HOST,)))
    assert not chat.open().closed
    becomes(limited(connections_per_address=5))
    assert [chat.open().closed for _ in range(2)] == ["", TOO_MANY]


# -- gateways

GATED = replace(
    limited(connections_per_address=1, connects_per_address=2, network_factor=1),
    gateways=(Gateway("secret", (HOST,)),),
)


def test_a_gateway_may_have_many_connections_and_each_of_its_users_few() -> None:
    chat = Chat(GATED)
    clients = [chat.open() for _ in range(5)]
    assert not any(client.closed for client in clients)
    for client, address in zip(clients[:4], ("a::1", "a::2", ELSEWHERE, "b::1"), strict=True):
        client.sends(f"WEBIRC secret gate {address} {address}")
    assert [client.closed for client in clients] == ["", TOO_MANY, "", "", ""]
    assert clients[1].hears() == [f"ERROR :Closing link: a::2 [{TOO_MANY}]"]
    clients[0].vanishes()
    clients[4].sends("WEBIRC secret gate a::3 a::3")
    assert not clients[4].closed


def test_a_user_of_a_gateway_counts_with_those_who_come_without_it() -> None:
    chat = Chat(GATED)
    chat.open(ELSEWHERE)
    client = chat.open()
    client.sends(f"WEBIRC secret gate gate.example {ELSEWHERE}")
    assert client.closed == TOO_MANY


# -- what else is counted


def test_who_is_exempt_may_guess_as_often_as_they_like() -> None:
    chat = Chat(limited(login_failures_per_address=1, login_failure_seconds=60))
    throttles, at = chat.world.throttles, chat.world.throttle
    eve, host = chat.open(), chat.open("127.0.0.1")
    assert [at(eve.session, throttles.login_failures) for _ in range(2)] == [0, 60]
    assert [at(host.session, throttles.login_failures) for _ in range(2)] == [0, 0]
    assert at(eve.session, throttles.registrations) == 0
    chat.passes(60)
    assert at(eve.session, throttles.login_failures) == 0
