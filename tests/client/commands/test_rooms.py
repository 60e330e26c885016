"""The commands about rooms, and those of who keeps order there."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from tests.client.commands.desk import Desk, sitting
from trio_chat.client.commands.lists import LONGEST_LIST, MOST_NAMES

LISTED = [
    ":irc.test 321 me Channel :Users Name",
    ":irc.test 322 me #tea 3 :All about tea",
    ":irc.test 322 me #trio 12 :async",
    ":irc.test 322 me #coffee 7 :no tea here",
    ":irc.test 323 me :End of LIST",
]


async def test_several_rooms_are_joined_in_turn_with_their_keys() -> None:
    async with sitting() as desk, trio.open_nursery() as nursery:
        nursery.start_soon(desk.console.submit, "/join one,#two sesame")
        for name, *key in (("#one", "sesame"), ("#two",)):
            await desk.server.expect("JOIN", name, *key)
            await desk.server.send(f":me!u@h JOIN {name}", f":irc.test 366 me {name} :End")
        await trio.testing.wait_all_tasks_blocked()
        assert desk.console.model.current == "#two"
        assert desk.switches[-2:] == ["#one", "#two"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "/list",
            ["#trio      12  async", "#coffee     7  no tea here", "#tea        3  All about tea"],
        ),
        ("/list TEA", ["#coffee     7  no tea here", "#tea        3  All about tea"]),
        ("/list #t*", ["#trio    12  async", "#tea      3  All about tea"]),
        ("/list wine", ["there is no room with wine in it, as far as the server tells"]),
    ],
)
async def test_rooms_are_listed_the_largest_first(line: str, found: list[str]) -> None:
    async with sitting() as desk:
        shown = await desk.asks(line, "LIST", answers=LISTED)
        assert shown == [f"-- {each}" for each in found]


async def test_a_long_list_is_cut_and_says_so() -> None:
    rooms = [f":irc.test 322 me #room{number} {number} :" for number in range(LONGEST_LIST + 312)]
    async with sitting() as desk:
        answers = [*rooms, ":irc.test 323 me :End of LIST"]
        *shown, last = await desk.asks("/list", "LIST", answers=answers)
        assert len(shown) == LONGEST_LIST
        assert shown[0].startswith(f"-- #room{LONGEST_LIST + 311} ")
        assert last == "-- and 312 more: /list TEXT narrows it"


async def test_many_names_are_cut_and_counted() -> None:
    nicks = [f"n{number}" for number in range(MOST_NAMES + 3)]
    async with sitting() as desk:
        answers = [f":irc.test 353 me = #tea :{nick}" for nick in nicks]
        [shown] = await desk.asks(
            "/names", "NAMES", "#tea", answers=[*answers, ":irc.test 366 me #tea :End"]
        )
        assert shown.startswith(f"-- #tea ({MOST_NAMES + 3}): n0, n1, ")
        assert shown.endswith(f"n{MOST_NAMES - 1} and 3 more")


async def test_a_topic_is_told_set_and_deleted() -> None:
    async with sitting() as desk:
        for line, *params in (
            ("/topic #tea Green", "#tea", "Green"),
            ("/t All of it", "#tea", "All of it"),
            ("/topic -delete", "#tea", ""),
        ):
            told = f":me!u@h TOPIC #tea :{params[1]}"
            await desk.asks(line, "TOPIC", *params, answers=[told])
            assert (await desk.does("/topic"))[-1] == f"-- topic of #tea: {params[1] or 'none'}"
        assert await desk.does("/topic #else") == [
            "!! you are not in #else: /list #else tells its topic"
        ]


async def test_somebody_is_invited() -> None:
    async with sitting() as desk:
        invited = [":irc.test 341 me bob #tea"]
        assert await desk.asks("/invite bob", "INVITE", "bob", "#tea", answers=invited) == [
            "-- you invited bob to #tea"
        ]


async def test_leaving_ends_a_private_conversation_too() -> None:
    async with sitting() as desk:
        await desk.does("/query bob")
        assert await desk.does("/part") == []
        assert "bob" not in desk.console.model.conversations
    async with sitting(in_a_room=False) as desk:
        assert await desk.does("/part") == ["!! there is no room to leave"]


async def test_a_room_is_left_and_come_back_to() -> None:
    async with sitting() as desk, trio.open_nursery() as nursery:
        nursery.start_soon(desk.console.submit, "/cycle")
        await desk.server.expect("PART", "#tea")
        await desk.server.send(":me!u@h PART #tea")
        nursery.start_soon(desk.server.let_in, "#tea")
        await trio.testing.wait_all_tasks_blocked()
        assert desk.console.model.current == "#tea"


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("/kick bob", ("KICK", "#tea", "bob")),
        ("/kick #trio bob that is enough", ("KICK", "#trio", "bob", "that is enough")),
    ],
)
async def test_somebody_is_put_out(line: str, sent: tuple[str, ...]) -> None:
    async with sitting() as desk:
        await desk.asks(line, *sent, answers=[f":me!u@h KICK {sent[1]} bob :bye"])


async def expect_modes(desk: Desk, *changes: tuple[str, ...]) -> None:
    """Take lines with changes of the modes of #tea, each with the question that settles it."""
    for change in changes:
        await desk.server.expect("MODE", "#tea", *change)
        await desk.server.expect("MODE", "#tea")
        await desk.server.send(f":me!u@h MODE #tea {' '.join(change)}", ":irc.test 324 me #tea +n")


async def expect_who(desk: Desk, *people: str) -> None:
    """Take a WHO of bob, and tell of these: "user host nick"."""
    await desk.server.expect("WHO", "bob")
    for person in people:
        user, host, nick = person.split()
        await desk.server.send(f":irc.test 352 me * {user} {host} irc.test {nick} H :0 B")
    await desk.server.send(":irc.test 315 me bob :End")


BANS = [
    ":irc.test 367 me #tea *!*@spam.example al!a@h 1767225600",
    ":irc.test 367 me #tea bob!*@*",
    ":irc.test 367 me #tea *!*@b.example al 1767225600",
    ":irc.test 368 me #tea :End",
]


async def test_ranks_are_given_in_as_few_lines_as_the_server_takes() -> None:
    async with sitting() as desk, trio.open_nursery() as nursery:
        nursery.start_soon(desk.console.submit, "/op a b c d")
        await expect_modes(desk, ("+ooo", "a", "b", "c"), ("+o", "d"))
    async with sitting() as desk, trio.open_nursery() as nursery:
        for line, change in (("deop", "-o"), ("voice", "+v"), ("devoice", "-v")):
            nursery.start_soon(desk.console.submit, f"/{line} a")
            await expect_modes(desk, (change, "a"))
    async with sitting() as desk:
        assert await desk.does("/voice") == ["!! usage: /voice NICK..."]
        await desk.does("/query bob")
        assert await desk.does("/op bob") == ["!! this is not a room: /join one first"]


@pytest.mark.parametrize(
    ("line", "people", "mask"),
    [
        ("/ban bob", ["b b.example bob"], "*!*@b.example"),
        ("/ban bob", ["b b.example bobby"], "bob!*@*"),
        ("/ban bob", [], "bob!*@*"),
        ("/ban #tea *!*@*.example", None, "*!*@*.example"),
        ("/ban $a:bob", None, "$a:bob"),
    ],
)
async def test_somebody_is_kept_out(line: str, people: list[str] | None, mask: str) -> None:
    async with sitting() as desk, trio.open_nursery() as nursery:
        nursery.start_soon(desk.console.submit, line)
        if people is not None:
            await expect_who(desk, *people)
        await expect_modes(desk, ("+b", mask))


async def test_who_is_kept_out_is_listed_with_numbers() -> None:
    async with sitting() as desk:
        first, second, _ = await desk.asks("/ban", "MODE", "#tea", "b", answers=BANS)
        assert first.startswith("--   1  *!*@spam.example by al on 20")
        assert second == "--   2  bob!*@*"
        none = [":irc.test 368 me #tea :End"]
        assert await desk.asks("/ban", "MODE", "#tea", "b", answers=none) == [
            "-- nobody is kept out of #tea"
        ]


@pytest.mark.parametrize(
    ("line", "people", "changes"),
    [
        ("/unban 1", None, [("-b", "*!*@spam.example")]),
        ("/unban bob", ["b b.example bob"], [("-bb", "bob!*@*", "*!*@b.example")]),
        ("/unban bob", [], [("-b", "bob!*@*")]),
        ("/unban x!*@*", None, [("-b", "x!*@*")]),
        ("/unban 0", None, []),
        ("/unban 4", None, []),
    ],
)
async def test_somebody_is_let_in_again(
    line: str, people: list[str] | None, changes: list[tuple[str, ...]]
) -> None:
    async with sitting() as desk, trio.open_nursery() as nursery:
        nursery.start_soon(desk.console.submit, line)
        await desk.server.expect("MODE", "#tea", "b")
        await desk.server.send(*BANS)
        if people is not None:
            await expect_who(desk, *people)
        await expect_modes(desk, *changes)
        await trio.testing.wait_all_tasks_blocked()
        troubles = [line for line in desk.take_shown() if line.startswith("!!")]
        expected = f"!! nothing keeps {line[-1]} out of #tea: /ban lists what does"
        assert troubles == ([] if changes else [expected])


async def test_put_out_and_kept_out_in_one() -> None:
    async with sitting() as desk, trio.open_nursery() as nursery:
        nursery.start_soon(desk.console.submit, "/kb bob spam")
        await expect_who(desk, "b b.example bob")
        await expect_modes(desk, ("+b", "*!*@b.example"))
        await desk.server.expect("KICK", "#tea", "bob", "spam")
        await desk.server.send(":me!u@h KICK #tea bob :spam")


async def test_modes_are_told_and_changed() -> None:
    async with sitting() as desk:
        told = [":irc.test 324 me #tea +kl sesame 20"]
        assert await desk.asks("/mode", "MODE", "#tea", answers=told) == [
            "-- modes of #tea: +kl sesame 20"
        ]
        assert await desk.asks("/mode me", "MODE", "me", answers=[":irc.test 221 me +i"]) == [
            "-- modes of me: +i"
        ]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(desk.console.submit, "/mode +k sesame")
            await expect_modes(desk, ("+k", "sesame"))


@pytest.mark.parametrize(
    "line",
    [
        "/kick",
        "/unban",
        "/kickban",
        "/invite",
        "/invite bob #tea x",
        "/names #tea x",
        "/op",
        "/join ,",
    ],
)
async def test_misuse_shows_the_usage(line: str) -> None:
    async with sitting() as desk:
        [shown] = await desk.does(line)
        assert shown.startswith(f"!! usage: {line.split()[0]} ")
