"""What is done to messages that were said, on our own server and on those that know less."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from tests.client.commands.desk import Desk, at_our_server, sitting
from trio_chat.client.model.entries import Entry
from trio_chat.testing.chat import VirtualChat


def entry(desk: Desk, number: int, room: str = "#tea") -> Entry:
    found = desk.console.model.conversations[room].numbered(number)
    assert found is not None
    return found


async def test_a_message_is_answered_by_number_by_nick_and_as_the_last(chat: VirtualChat) -> None:
    async with at_our_server(chat, "alice") as alice, at_our_server(chat, "bob") as bob:
        for text in ("one", "two", "three"):
            await bob.does(text)
        for line, text, answered in (
            ("/reply 1 first", "first", 1),
            ("/reply bob: third", "third", 3),
            ("/reply - 2 is fine", "2 is fine", 3),
            ("/reply as you like", "as you like", 3),
            ("/reply bob", "bob", 3),
        ):
            await alice.does(line)
            said = next(bob.console.model.here.messages())
            assert said.text == text
            assert said.answers is entry(bob, answered)
        assert await alice.does("/reply 99 no") == [
            "!! there is no message 99 here: /last lists the latest"
        ]
        assert await alice.does("/reply 2") == ["!! usage: /reply [N|NICK|-] TEXT"]


async def test_a_reaction_comes_and_goes(chat: VirtualChat) -> None:
    async with at_our_server(chat, "alice") as alice, at_our_server(chat, "bob") as bob:
        await bob.does("tea?")
        await alice.does("/react 🍵")
        assert entry(bob, 1).reactions == {"🍵": {"alice": None}}
        await bob.does("/react 1 🍵")
        await alice.does("/react 1 🍵")
        assert entry(bob, 1).reactions == {"🍵": {"bob": None}}
        await alice.does("/react :TEA:")
        assert entry(bob, 1).reactions == {"🍵": {"bob": None, "alice": None}}
        assert await alice.does("/react 1 :teah:") == [
            "!! there is no emoji :teah:: Tab completes their names"
        ]
        await alice.does("/react ::")
        assert "::" in entry(bob, 1).reactions
        assert await alice.does("/react 1") == ["!! usage: /react [N] EMOJI"]
        assert await alice.does("/react") == ["!! usage: /react [N] EMOJI"]


@pytest.mark.parametrize(
    ("said", "line", "becomes"),
    [
        ("teh tea", "/edit s/teh/the/", "the tea"),
        ("a a", "/edit s/a/b/", "b a"),
        ("a a", "/edit s/a/b/g", "b b"),
        ("a a", "/edit s/a/b", "b a"),
        ("1/2", r"/edit s/1\/2/half/", "half"),
        ("a.c abc", "/edit s/a.c/x/g", "x abc"),
        ("tea", "/edit green tea", "green tea"),
        ("tea", "/edit 1 green tea", "green tea"),
        ("/me waves", "/edit s/waves/dances/", "dances"),
    ],
)
async def test_ones_own_message_is_edited(
    chat: VirtualChat, said: str, line: str, becomes: str
) -> None:
    async with at_our_server(chat, "alice") as alice, at_our_server(chat, "bob") as bob:
        await alice.does(said)
        await alice.does(line)
        for desk in (alice, bob):
            edited = entry(desk, 1)
            assert (edited.text, edited.edited) == (becomes, True)
            assert edited.kind.value == ("acted" if said.startswith("/me") else "said")


async def test_what_cannot_be_edited(chat: VirtualChat) -> None:
    async with at_our_server(chat, "alice") as alice, at_our_server(chat, "bob") as bob:
        assert await alice.does("/edit tea") == ["!! there is no message of yours here"]
        await bob.does("mine")
        assert await alice.does("/edit 1 yours") == ["!! message 1 is not yours"]
        await alice.does("tea")
        assert await alice.does("/edit s/wine/beer/") == ["!! there is no 'wine' in it"]
        assert await alice.does("/edit tea") == ["!! that is what it says already"]
        assert await alice.does("/edit") == ["!! usage: /edit [N] TEXT"]


async def test_messages_are_taken_back(chat: VirtualChat) -> None:
    async with at_our_server(chat, "alice") as alice, at_our_server(chat, "bob") as bob:
        for text in ("one", "two", "three"):
            await alice.does(text)
        await alice.does("/delete")
        await alice.does("/delete 1 a slip")
        assert [entry(bob, number).redacted for number in (1, 2, 3)] == [True, False, True]
        assert await bob.does("/delete 1") == ["!! message 1 was taken back"]
        [refused] = await bob.does("/delete 2")
        assert refused.startswith("!! ")
        assert not entry(alice, 2).redacted


async def test_messages_are_pinned_listed_and_unpinned(chat: VirtualChat) -> None:
    async with at_our_server(chat, "alice") as alice:
        assert await alice.does("/pins") == ["-- nothing is pinned in #tea"]
        assert await alice.does("/unpin") == ["!! nothing is pinned in #tea"]
        for text in ("one", "two"):
            await alice.does(text)
        await alice.does("/pin 1")
        await alice.does("/pin")
        assert [line.split("  ", 1)[1] for line in await alice.does("/pins")] == [
            "#tea  alice: one",
            "#tea  alice: two",
        ]
        await alice.does("/unpin")
        await alice.does("/unpin 1")
        assert await alice.does("/pins") == ["-- nothing is pinned in #tea"]
        for line in ("/pin x", "/unpin x"):
            assert await alice.does(line) == [f"!! usage: {line[:-2]} [N]"]


async def test_the_last_messages_are_listed_with_their_numbers(chat: VirtualChat) -> None:
    async with at_our_server(chat, "alice") as alice:
        assert await alice.does("/last") == ["-- nothing was said here"]
        for number in range(12):
            await alice.does(f"text {number}")
        await alice.does("/edit 12 another")
        lines = [line.split("  ")[-1] for line in await alice.does("/last")]
        assert lines[0] == "alice: text 2"
        assert lines[-1] == "alice: another (edited)"
        assert len(lines) == 10
        [line] = await alice.does("/last 1")
        assert line.startswith("--   12  ")
        assert await alice.does("/last x") == ["!! usage: /last [COUNT]"]


@pytest.mark.parametrize(
    ("line", "lack"),
    [
        ("/react 👍", "this server has no reactions"),
        ("/edit tea!", "this server has no EDIT: what was said stays as it is"),
        ("/delete", "this server has no REDACT: what was said cannot be taken back"),
        ("/pin", "this server has no pins"),
        ("/unpin", "this server has no pins"),
        ("/pins", "this server has no pins"),
        ("/history", "this server keeps no history"),
        ("/search tea", "this server cannot search what was said"),
    ],
)
async def test_what_a_server_lacks_is_said(line: str, lack: str) -> None:
    async with sitting(capabilities="message-tags echo-message") as desk:
        if line == "/react 👍":
            await desk.server.send(":irc.test 005 me CLIENTTAGDENY=* :are supported")
        await desk.server.send("@msgid=a :bob!b@h PRIVMSG #tea :tea?")
        await desk.server.send("@msgid=b :me!u@h PRIVMSG #tea :tea")
        await trio.testing.wait_all_tasks_blocked()
        desk.take_shown()
        assert await desk.does(line) == [f"!! {lack}"]


@pytest.mark.parametrize("line", ["/react 👍", "/edit tea!", "/delete", "/pin"])
async def test_messages_without_ids_cannot_be_pointed_at(line: str) -> None:
    async with sitting() as desk:
        await desk.server.send(":bob!b@h PRIVMSG #tea :tea?")
        await desk.does("tea")
        await desk.server.expect("PRIVMSG", "#tea", "tea")
        [trouble] = await desk.does(line)
        assert trouble.endswith("takes a server that gives messages ids, which this one has not")
