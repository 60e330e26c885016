"""Staying connected, under a virtual clock."""

from __future__ import annotations

import contextlib
import itertools
import random
import socket
from functools import partial

import pytest
import trio
import trio.testing

from trio_chat.client import events
from trio_chat.client.chat import Chat
from trio_chat.client.connect import nick_variants
from trio_chat.client.connection import PATIENCE, QUIET, SHORT_PATIENCE
from trio_chat.client.errors import Banned, LoginFailed, Refused
from trio_chat.client.login import Login
from trio_chat.client.reach import OPEN_LIMIT
from trio_chat.client.reconnect import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    STABLE,
    TURNED_AWAY_PAUSE,
    Lost,
    RoomRefused,
    pauses,
)
from trio_chat.client.sleep import LOOK

from .network import Network, farewell, until_the_end, visits_until, welcoming
from .scripted_server import ScriptedServer


async def dropped(server: ScriptedServer, *, after: float = 0) -> None:
    await server.welcome()
    await trio.sleep(after)
    await server.send("ERROR :Restarting")
    await server.hang_up()


def test_pauses_grow_are_jittered_and_have_an_end() -> None:
    waits = list(itertools.islice(pauses(random.Random(7)), 50))
    grown = [min(FIRST_PAUSE * 2**number, LONGEST_PAUSE) for number in range(50)]
    assert all(0.5 * base <= wait <= 1.5 * base for wait, base in zip(waits, grown, strict=True))
    assert len(set(waits)) == 50
    assert waits == list(itertools.islice(pauses(random.Random(7)), 50))


async def test_it_tries_again_until_it_is_let_in(autojump_clock: trio.abc.Clock) -> None:
    async def welcoming(server: ScriptedServer) -> None:
        await server.welcome()
        await server.take_quit()

    refused = ConnectionRefusedError(111, "Connection refused")
    network = Network(refused, dropped, refused, welcoming)
    visits = []

    async def use(chat: Chat) -> None:
        visits.append(chat)
        if len(visits) == 1:
            await until_the_end(chat)
        await trio.lowlevel.checkpoint()

    await network.connect(use)
    assert [news.reason for news in network.news if isinstance(news, Lost)] == [
        "connection refused",
        "Restarting",
        "connection refused",
    ]
    expected = [news.pause for news in network.news if isinstance(news, Lost)]
    actual = [later - earlier for earlier, later in itertools.pairwise(network.times)]
    assert actual == pytest.approx(expected)


async def test_rooms_are_joined_again_with_their_keys_and_parted_ones_are_not(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def first(server: ScriptedServer) -> None:
        await server.welcome()
        await server.expect("JOIN", "#tea")
        await server.expect("JOIN", "#keyed", "sesame")
        for room in ("#tea", "#keyed"):
            await server.send(f":me!u@h JOIN {room}", f":irc.test 366 me {room} :End")
        await server.expect("PART", "#tea")
        await server.send(":me!u@h PART #tea")
        await server.let_in("#new")
        await server.hang_up()

    async def second(server: ScriptedServer) -> None:
        await server.welcome()
        await server.expect("JOIN", "#keyed,#new", "sesame")
        await server.send(":irc.test 475 me #keyed :Cannot join channel (+k)")
        await server.send(":me!u@h JOIN #new", ":irc.test 366 me #new :End")
        await server.take_quit()

    network = Network(first, second)
    visits = []

    async def use(chat: Chat) -> None:
        visits.append(list(chat.rooms))
        if len(visits) == 1:
            await chat.part("#tea")
            await chat.join("#new")
            await until_the_end(chat)
        await trio.lowlevel.checkpoint()

    await network.connect(use, "#tea", "#keyed sesame")
    assert visits == [["#tea", "#keyed"], ["#new"]]
    assert network.news[-1] == RoomRefused("#keyed", "Cannot join channel (+k)")


async def test_the_nick_one_has_taken_is_kept_and_a_ghost_is_worked_around(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def first(server: ScriptedServer) -> None:
        await server.welcome()
        await server.expect("NICK", "other")
        await server.send(":me!u@h NICK other")
        await server.hang_up()

    async def second(server: ScriptedServer) -> None:
        assert await server.take_registration() == "other"
        await server.send(":irc.test 433 * other :Nickname is already in use")
        await server.expect("NICK", "other_")
        await server.send(":irc.test 001 other_ :hi", ":irc.test 422 other_ :none")
        await server.hang_up()

    async def third(server: ScriptedServer) -> None:
        assert await server.take_registration() == "other"
        await server.send(":irc.test 001 other :hi", ":irc.test 422 other :none")
        await server.take_quit()

    nicks = []

    async def use(chat: Chat) -> None:
        nicks.append(chat.nick)
        if len(nicks) == 1:
            await chat.set_nick("other")
        if len(nicks) < 3:
            await until_the_end(chat)
        await trio.lowlevel.checkpoint()

    await Network(first, second, third).connect(use)
    assert nicks == ["me", "other_", "other"]


async def test_pauses_start_again_after_a_connection_that_lasted(
    autojump_clock: trio.abc.Clock,
) -> None:
    network = Network(
        dropped,
        dropped,
        dropped,
        partial(dropped, after=STABLE - 1),
        partial(dropped, after=STABLE),
    )
    await network.connect(until_the_end)
    bases = [round(news.pause) for news in network.news if isinstance(news, Lost)]
    assert bases[3] > 4
    assert bases[4] <= 1.5


async def test_a_wrong_password_is_not_tried_again(autojump_clock: trio.abc.Clock) -> None:
    async def refusing(server: ScriptedServer) -> None:
        await server.take_registration()
        await server.send(":irc.test 464 * :Password incorrect")

    network = Network(refusing)
    await network.connect(until_the_end)
    assert isinstance(network.gave_up, Refused)
    assert len(network.times) == 1


async def test_a_host_that_was_never_found_is_not_looked_for_again(
    autojump_clock: trio.abc.Clock,
) -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "cannot find the host")
    network = Network(unknown)
    await network.connect(until_the_end)
    assert network.gave_up is unknown
    assert network.news == []


async def test_a_host_that_was_found_before_is_looked_for_again(
    autojump_clock: trio.abc.Clock,
) -> None:
    lost = socket.gaierror(socket.EAI_AGAIN, "cannot find the host")
    network = Network(dropped, lost, lost, dropped)
    await network.connect(until_the_end)
    reasons = [news.reason for news in network.news if isinstance(news, Lost)]
    assert reasons == ["Restarting", "cannot find the host", "cannot find the host", "Restarting"]


# --- a network that is gone ---


async def silent(server: ScriptedServer) -> None:
    """A server whose packets vanish from some moment on; ours do as well."""
    await server.welcome()
    await trio.sleep_forever()


async def test_a_network_that_is_gone_for_two_minutes(autojump_clock: trio.abc.Clock) -> None:
    network = Network(silent, None, None, welcoming)
    visits: list[str] = []
    await network.connect(visits_until(2, visits))
    assert network.reasons == [
        f"the server has been silent for {QUIET + PATIENCE:.0f} s",
        "no connection",
        "no connection",
    ]
    assert visits == ["me", "me"]
    back = network.times[-1] - network.times[0]
    assert QUIET + PATIENCE + 2 * OPEN_LIMIT < back < 180


async def test_after_sleep_the_server_is_asked_at_once(autojump_clock: trio.abc.Clock) -> None:
    async def first(server: ScriptedServer) -> None:
        await server.welcome()
        await trio.sleep(4 * LOOK + 1)
        network.ahead += 3600
        await server.expect("PING", "trio-chat")
        await trio.sleep_forever()

    network = Network(first, welcoming)
    await network.connect(visits_until(2, []))
    assert network.reasons == [f"the server has been silent for {5 * LOOK + SHORT_PATIENCE:.0f} s"]


async def test_a_server_that_is_there_after_sleep_is_kept(autojump_clock: trio.abc.Clock) -> None:
    async def script(server: ScriptedServer) -> None:
        await server.welcome()
        await trio.sleep(20)
        network.ahead += 3600
        await server.expect("PING", "trio-chat")
        await server.send(":irc.test PONG irc.test trio-chat")
        woke = trio.current_time()
        await server.expect("PING", "trio-chat")
        assert trio.current_time() - woke == QUIET
        await server.hang_up()

    network = Network(script, welcoming)
    await network.connect(visits_until(2, []))
    assert network.reasons == ["the server closed the connection"]


@pytest.mark.parametrize("ahead", [-3600.0, 0.0, 10.0])
async def test_a_clock_that_is_set_a_little_is_no_sleep(
    ahead: float, autojump_clock: trio.abc.Clock
) -> None:
    async def script(server: ScriptedServer) -> None:
        await server.welcome()
        await trio.sleep(20)
        network.ahead += ahead
        await server.expect("PING", "trio-chat")
        assert trio.current_time() - network.times[0] == QUIET
        await server.hang_up()

    network = Network(script, welcoming)
    await network.connect(visits_until(2, []))
    assert network.gave_up is None


async def test_a_pause_ends_with_sleep_and_pauses_start_again(
    autojump_clock: trio.abc.Clock,
) -> None:
    refused = ConnectionRefusedError(111, "Connection refused")
    network = Network(*[refused] * 8, welcoming)

    async def sleeper() -> None:
        await network.wait_for_attempt(7)
        network.ahead += 3600

    async with trio.open_nursery() as nursery:
        nursery.start_soon(sleeper)
        await network.connect(visits_until(1, []))
    pauses = [news.pause for news in network.news if isinstance(news, Lost)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(network.times)]
    assert pauses[6] > 30
    assert gaps[6] <= LOOK
    assert pauses[7] <= 1.5 * FIRST_PAUSE


# --- the person's say ---


async def test_a_pause_is_cut_short_when_the_person_asks(autojump_clock: trio.abc.Clock) -> None:
    network = Network(*[OSError("no route")] * 6, welcoming)

    async def person() -> None:
        await network.wait_for_attempt(6)
        network.redial.now()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(person)
        await network.connect(visits_until(1, []))
    assert network.times[6] == network.times[5]


async def test_an_attempt_that_hangs_is_begun_anew(autojump_clock: trio.abc.Clock) -> None:
    network = Network(None, welcoming)

    async def person() -> None:
        await trio.sleep(1)
        network.redial.now()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(person)
        await network.connect(visits_until(1, []))
    assert network.times[1] - network.times[0] == 1
    assert network.news == []


@pytest.mark.parametrize("at", [0.5, 30])
async def test_a_person_who_says_so_is_left_alone(
    at: float, autojump_clock: trio.abc.Clock
) -> None:
    """Both while an attempt hangs, and in a pause."""
    refused = ConnectionRefusedError(111, "Connection refused")
    network = Network(*[None] if at < 1 else [refused] * 6, welcoming)

    async def person() -> None:
        await trio.sleep(at)
        network.redial.hold()
        attempts = len(network.times)
        network.ahead += 3600  # nor does sleep change it
        await trio.sleep(5000)
        assert len(network.times) == attempts
        network.redial.now()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(person)
        await network.connect(visits_until(1, []))
    assert network.times[-1] - network.times[-2] > 4000


async def test_who_leaves_for_a_while_comes_back_when_they_say_so(
    autojump_clock: trio.abc.Clock,
) -> None:
    network = Network(welcoming, welcoming)
    visits = []

    async def use(chat: Chat) -> None:
        visits.append(trio.current_time())
        if len(visits) == 1:
            network.redial.hold()
            await chat.quit("lunch")
        await until_the_end(chat) if len(visits) == 1 else await trio.lowlevel.checkpoint()

    async def person() -> None:
        await trio.sleep(3600)
        network.redial.now()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(person)
        await network.connect(use)
    assert visits[1] - visits[0] == pytest.approx(3600)
    assert network.news == []


# --- servers that say no ---


@pytest.mark.parametrize(
    "text",
    [
        "Closing Link: 192.0.2.1 (K-Lined)",
        "Closing Link: 192.0.2.1 (*** Banned )",
        "Closing link: (me@192.0.2.1) [Z-lined: spam]",
        "Closing Link: me[192.0.2.1] (User has been banned from example.net)",
        "Closing Link: me by irc.test (G-lined)",
    ],
)
async def test_a_ban_is_told_and_not_tried_again(text: str, autojump_clock: trio.abc.Clock) -> None:
    network = Network(farewell(text), welcoming)
    await network.connect(visits_until(1, []))
    assert isinstance(network.gave_up, Banned)
    assert network.gave_up.reason == text
    assert len(network.times) == 1


async def test_a_ban_in_the_middle_of_the_chat_ends_it_too(autojump_clock: trio.abc.Clock) -> None:
    async def script(server: ScriptedServer) -> None:
        await server.welcome()
        await server.send(":irc.test 465 me :You are banned: spam")
        await server.send("ERROR :Closing Link: 192.0.2.1 (K-Lined)")
        await server.hang_up()

    network = Network(script, welcoming)
    await network.connect(until_the_end)
    assert isinstance(network.gave_up, Banned)


async def test_who_is_banned_while_registering_is_told_why(autojump_clock: trio.abc.Clock) -> None:
    async def script(server: ScriptedServer) -> None:
        await server.take_registration()
        await server.send(":irc.test 465 * :You are banned from this server: spam")

    network = Network(script, welcoming)
    await network.connect(until_the_end)
    assert isinstance(network.gave_up, Refused)
    assert network.gave_up.code == "465"
    assert len(network.times) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Closing link: server is full, try again later",
        "Closing link: 192.0.2.1 [Too many connections from your address]",
        "Your host is trying to (re)connect too fast -- throttled",
        "Closing link: [Z-lined: Your IP has been attempting to connect too many times]",
    ],
)
async def test_a_server_without_a_place_is_not_pressed(
    text: str, autojump_clock: trio.abc.Clock
) -> None:
    network = Network(*[farewell(text)] * 3, welcoming)
    await network.connect(visits_until(1, []))
    pauses = [news.pause for news in network.news if isinstance(news, Lost)]
    assert len(pauses) == 3
    assert all(TURNED_AWAY_PAUSE <= pause <= 1.5 * LONGEST_PAUSE for pause in pauses)


async def test_who_is_killed_comes_back(autojump_clock: trio.abc.Clock) -> None:
    network = Network(farewell("Closing Link: me (Killed (op (you will be banned)))"), welcoming)
    await network.connect(visits_until(1, []))
    assert network.gave_up is None
    assert len(network.times) == 2


async def test_nicks_that_are_all_taken_do_not_make_it_hasty(
    autojump_clock: trio.abc.Clock,
) -> None:
    asked: list[str] = []

    async def taken(server: ScriptedServer) -> None:
        nick = await server.take_registration()
        with contextlib.suppress(EOFError):
            while True:
                asked.append(nick)
                # One that is too long for the server is no reason to give up either.
                code = "433" if len(nick) < 4 else "432"
                await server.send(f":irc.test {code} * {nick} :No")
                [nick] = (await server.receive()).params

    network = Network(taken, taken, welcoming)
    visits: list[str] = []
    await network.connect(visits_until(1, visits))
    assert asked == ["me", *nick_variants("me")] * 2
    assert len(network.reasons) == 2
    assert visits == ["me"]


async def test_services_that_are_away_after_a_restart_are_waited_for(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def without(server: ScriptedServer) -> None:
        await server.take_opening()
        await server.send(":irc.test CAP * LS :batch")

    async def with_services(server: ScriptedServer) -> None:
        await server.take_opening()
        await server.send(":irc.test CAP * LS :sasl=PLAIN")
        await server.expect("CAP", "REQ", "sasl")
        await server.send(":irc.test CAP * ACK :sasl")
        await server.expect("AUTHENTICATE", "PLAIN")
        await server.send("AUTHENTICATE +")
        await server.receive()
        await server.send(":irc.test 900 me me!u@h alice :in", ":irc.test 903 me :in")
        await server.expect("CAP", "END")
        await server.send(":irc.test 001 me :hi", ":irc.test 422 me :none")
        await server.hang_up()

    login = Login("alice", "sesame")
    network = Network(with_services, without, with_services)
    await network.connect(visits_until(3, []), login=login)
    assert "no accounts" in network.reasons[1]
    first = Network(without)
    await first.connect(until_the_end, login=login)
    assert isinstance(first.gave_up, LoginFailed)  # it may well have none


# --- rooms ---


async def test_a_loss_before_all_rooms_have_let_us_in_forgets_none(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def hasty(server: ScriptedServer) -> None:
        await server.welcome()
        await server.expect("JOIN", "#a,#b")
        await server.send(":me!u@h JOIN #a", ":irc.test 366 me #a :End")
        await server.hang_up()

    async def second(server: ScriptedServer) -> None:
        await server.welcome()
        await server.expect("JOIN", "#a,#b")
        for room in ("#a", "#b"):
            await server.send(f":me!u@h JOIN {room}", f":irc.test 366 me {room} :End")
        await server.take_quit()

    network = Network(hasty, second)
    rooms: list[str] = []

    async def use(chat: Chat) -> None:
        rooms.extend(chat.rooms)
        await trio.lowlevel.checkpoint()

    await network.connect(use, "#a", "#b")
    assert rooms == ["#a", "#b"]


async def test_a_room_that_does_not_answer_is_told_and_tried_again(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def mute(server: ScriptedServer) -> None:
        await server.welcome()
        await server.let_in("#a")
        await trio.sleep(100)
        await server.hang_up()

    network = Network(mute, mute)
    await network.connect(until_the_end, "#a")
    assert network.news[0] != RoomRefused("#a", "the server did not say that we are in #a")

    async def deaf(server: ScriptedServer) -> None:
        await server.welcome()
        await server.expect("JOIN", "#a")
        await trio.sleep(100)
        await server.hang_up()

    network = Network(deaf, mute)
    await network.connect(until_the_end, "#a")
    assert network.news[0] == RoomRefused("#a", "the server did not say that we are in #a")
    assert [type(news) for news in network.news] == [RoomRefused, Lost, Lost]


async def test_no_event_is_lost_while_rooms_let_us_in(autojump_clock: trio.abc.Clock) -> None:
    flood = 3000

    async def script(server: ScriptedServer) -> None:
        await server.welcome()
        await server.expect("JOIN", "#a")
        await server.send(":me!u@h JOIN #a")
        for number in range(flood):
            await server.send(f":bob!b@h PRIVMSG #a :{number}")
        await server.send(":irc.test 366 me #a :End")
        await server.hang_up()

    said: list[str] = []

    async def use(chat: Chat) -> None:
        async for event in chat:
            if isinstance(event, events.Said):
                said.append(event.text)

    await Network(script).connect(use, "#a")
    assert said == [str(number) for number in range(flood)]
