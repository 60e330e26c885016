"""History in the whole server: said in one run of it, and read in the same run or in the next."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from trio_chat.testing import EPOCH, User, VirtualChat, noticed, numeric, open_chat
from trio_chat.testing.patterns import Pattern
from trio_chat.wire.message import Message
from trio_chat.wire.variants import format_time

from .test_accounts import plain

PLAIN = "batch message-tags server-time"
CAPS = f"{PLAIN} draft/chathistory draft/search"
EVENTS = f"{CAPS} draft/event-playback"

pytestmark = pytest.mark.usefixtures("virtual_time")


async def comes(
    chat: VirtualChat, nick: str, *rooms: str, account: str = "", caps: str = CAPS
) -> User:
    """Somebody logs in to the account of their nick, or to this one as `account@device`."""
    user = await chat.newcomer()
    await user.send(f"CAP REQ :sasl echo-message {caps}", f"NICK {nick}", f"USER {nick} 0 * :x")
    await user.send("AUTHENTICATE PLAIN")
    await user.expect("AUTHENTICATE")
    await user.send(f"AUTHENTICATE {plain(account or nick, 'secret')}")
    await user.expect(numeric("903"))
    await user.send("CAP END")
    await user.expect(numeric("001"))
    user.nick = nick
    for room in rooms:
        await user.join(room)
    return user


async def say(user: User, target: str, *texts: str) -> list[str]:
    """Say these, a second after each other, each once the one before is on disk; their msgids."""
    ids = []
    for text in texts:
        await user.say(target, text)
        echo = await user.expect(Pattern("PRIVMSG", (target, text), user.nick))
        ids.append(echo.tags["msgid"])
        await trio.sleep(1)
    return ids


async def batch(user: User, line: str) -> list[Message]:
    """What is in the batch with which a line is answered."""
    await user.send(line)
    begin = await user.expect("BATCH")
    reference = begin.params[0].removeprefix("+")
    found: list[Message] = []
    while (message := await user.receive()).params[:1] != (f"-{reference}",):
        assert message.command != "FAIL", message
        found.append(message)
    return found


async def read(user: User, line: str) -> str:
    """The texts of a page of history, and the commands of its events, context in brackets."""
    words = []
    for each in await batch(user, f"CHATHISTORY {line}"):
        word = each.params[-1] if each.command in ("PRIVMSG", "NOTICE") else each.command
        is_context = "draft/chathistory-context" in each.tags
        words.append(f"({word})" if is_context else word)
    return " ".join(words)


async def search(user: User, line: str) -> str:
    """The texts of what is found."""
    return " ".join(each.params[-1] for each in await batch(user, f"SEARCH {line}"))


async def fails(user: User, line: str) -> str:
    """With what code a line is refused."""
    await user.send(line)
    return (await user.expect("FAIL")).params[1]


def second(number: int) -> str:
    """The time this many seconds after the beginning of a run."""
    return f"timestamp={format_time(EPOCH + number)}"


def on_disk(directory: Path) -> bytes:
    """All that the files of a server have in them."""
    return b"".join(path.read_bytes() for path in directory.iterdir() if path.is_file())


async def ask_all(user: User, target: str, ids: list[str]) -> dict[str, str]:
    """Of the messages 0 to 5, said in the seconds 0 to 5, what each subcommand tells."""
    lines = {
        f"LATEST {target} * 2": "4 5",
        f"LATEST {target} msgid={ids[3]} 9": "4 5",
        f"LATEST {target} {second(2)} 2": "4 5",
        f"BEFORE {target} msgid={ids[3]} 2": "1 2",
        f"BEFORE {target} {second(3)} 9": "0 1 2",
        f"AFTER {target} msgid={ids[2]} 2": "3 4",
        f"AFTER {target} {second(2)} 9": "3 4 5",
        f"AROUND {target} msgid={ids[2]} 3": "1 2 3",
        f"AROUND {target} {second(0)} 3": "0 1 2",
        f"BETWEEN {target} msgid={ids[0]} msgid={ids[4]} 2": "1 2",
        f"BETWEEN {target} {second(4)} {second(0)} 2": "2 3",
        f"BETWEEN {target} msgid={ids[5]} {second(1)} 9": "2 3 4",
    }
    assert {line: await read(user, line) for line in lines} == lines
    return lines


async def test_a_room_is_read_by_ids_and_times_also_after_a_restart(tmp_path: Path) -> None:
    async with open_chat(data=tmp_path) as chat:
        await chat.account("alice")
        alice = await comes(chat, "alice", "#Tea")
        ids = await say(alice, "#Tea", *"012345")
        lines = await ask_all(alice, "#tea", ids)
    async with open_chat(data=tmp_path) as chat:
        bob = await chat.user("bob", caps=CAPS.split(), room="#tea")
        assert {line: await read(bob, line) for line in lines} == lines


async def test_a_conversation_is_read_by_both_also_after_a_restart(tmp_path: Path) -> None:
    async with open_chat(data=tmp_path) as chat:
        await chat.account("alice")
        await chat.account("bob")
        alice, bob = await comes(chat, "alice"), await comes(chat, "bob")
        ids = await say(alice, "bob", *"012")
        ids += await say(bob, "alice", *"345")
        await ask_all(alice, "bob", ids)
        await ask_all(bob, "alice", ids)
    async with open_chat(data=tmp_path) as chat:
        await chat.account("carol")
        alice = await comes(chat, "ally", account="alice@phone")
        await ask_all(alice, "bob", ids)
        first, *_, last = await batch(alice, "CHATHISTORY LATEST bob * 9")
        assert (first.nick, first.params[0]) == ("ally", "bob")
        assert (last.nick, last.params[0]) == ("bob", "ally")
        assert (first.tags["msgid"], last.tags["msgid"]) == (ids[0], ids[5])
        carol = await comes(chat, "carol")
        assert await read(carol, "LATEST bob * 9") == ""


async def test_another_device_reads_what_the_first_is_saying() -> None:
    async with open_chat() as chat:
        await chat.account("alice")
        phone = await comes(chat, "alice", "#tea", account="alice@phone")
        await say(phone, "#tea", "one")
        desk = await comes(chat, "alice", account="alice@desk")
        await say(phone, "#tea", "two")
        assert await read(desk, "LATEST #tea * 9") == "one two"


async def test_targets_are_told_of_by_the_time_of_their_latest(tmp_path: Path) -> None:
    def told(found: list[Message]) -> list[tuple[str, ...]]:
        return [each.params[1:] for each in found]

    async with open_chat(data=tmp_path) as chat:
        await chat.account("alice")
        await chat.account("Bob")
        alice, bob = await comes(chat, "alice", "#Tea", "#den"), await comes(chat, "Bob", "#den")
        await say(alice, "#den", "0")
        await say(bob, "alice", "1")
        await say(alice, "#Tea", "2")
        both = f"{second(-1)} {second(9)}"
        wanted = [
            (name, format_time(EPOCH + at)) for at, name in enumerate(("#den", "Bob", "#Tea"))
        ]
        assert told(await batch(alice, f"CHATHISTORY TARGETS {both} 9")) == wanted
        assert told(await batch(bob, f"CHATHISTORY TARGETS {both} 9")) == [
            wanted[0],
            ("alice", wanted[1][1]),
        ]
        back = f"{second(2)} {second(0)}"
        assert told(await batch(alice, f"CHATHISTORY TARGETS {back} 9")) == [wanted[1]]
    async with open_chat(data=tmp_path) as chat:
        alice = await comes(chat, "alice", "#tea")
        both = f"{second(-1)} {second(99)}"
        assert told(await batch(alice, f"CHATHISTORY TARGETS {both} 9")) == [
            ("Bob", wanted[1][1]),
            ("#tea", wanted[2][1]),
        ]


async def test_what_was_done_is_told_to_who_asks_for_it_and_reactions_as_context(
    tmp_path: Path,
) -> None:
    async with open_chat(data=tmp_path) as chat:
        alice = await chat.user("alice", caps=["echo-message", *CAPS.split()], room="#tea")
        (msgid,) = await say(alice, "#tea", "hello")
        await alice.send("TOPIC #tea :Leaves")
        await alice.expect("TOPIC")
        await say(alice, "#tea", "more")
        await alice.send(f"@+draft/react=yes;+draft/reply={msgid} TAGMSG #tea")
        await alice.expect("TAGMSG")
    async with open_chat(data=tmp_path) as chat:
        bob = await chat.user("bob", caps=EVENTS.split(), room="#tea")
        every = "JOIN hello TOPIC more TAGMSG QUIT JOIN"
        assert await read(bob, "LATEST #tea * 9") == every
        assert await read(bob, f"AROUND #tea msgid={msgid} 1") == "hello (TAGMSG)"
        carol = await chat.user("carol", caps=CAPS.split(), room="#tea")
        assert await read(carol, "LATEST #tea * 9") == "hello more"


async def test_several_lines_come_back_as_they_were_said(tmp_path: Path) -> None:
    async with open_chat(data=tmp_path) as chat:
        alice = await chat.user("alice", caps=["batch", "draft/multiline"], room="#tea")
        await alice.send("BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #tea :one")
        await alice.send("@batch=1 PRIVMSG #tea :two", "BATCH -1")
        await chat.settle()
    async with open_chat(data=tmp_path) as chat:
        bob = await chat.user("bob", caps=[*CAPS.split(), "draft/multiline"], room="#tea")
        begin, *lines, end = await batch(bob, "CHATHISTORY LATEST #tea * 9")
        assert begin.params[1:] == ("draft/multiline", "#tea")
        assert [(each.params[-1], each.tags["batch"]) for each in lines] == [
            (text, begin.params[0].removeprefix("+")) for text in ("one", "two")
        ]
        assert end.command == "BATCH"
        carol = await chat.user("carol", caps=CAPS.split(), room="#tea")
        assert await read(carol, "LATEST #tea * 9") == "one two"


async def test_what_was_said_in_an_earlier_run_can_be_taken_back(tmp_path: Path) -> None:
    async with open_chat(data=tmp_path) as chat:
        await chat.account("alice")
        alice = await comes(chat, "alice", "#tea")
        _, msgid = await say(alice, "#tea", "marzipan", "quincejelly")
    assert b"quincejelly" in on_disk(tmp_path)
    async with open_chat(data=tmp_path) as chat:
        await chat.user("bob", room="#tea")  # who opens a room may take back anybody's
        caps = f"{EVENTS} draft/message-redaction"
        alice = await comes(chat, "ally", "#tea", account="alice", caps=caps)
        assert await search(alice, "text=quincejelly") == "quincejelly"
        await alice.send(f"REDACT #tea {msgid}")
        await alice.expect(Pattern("REDACT", ("#tea", msgid), "ally"))
        assert await read(alice, "LATEST #tea * 9") == "JOIN marzipan QUIT JOIN JOIN REDACT"
        assert await search(alice, "text=quincejelly") == ""
        assert await search(alice, "text=marzipan") == "marzipan"
    async with open_chat(data=tmp_path):
        pass  # its single words leave the index once a day, and at the start
    content = on_disk(tmp_path)
    assert b"quincejelly" not in content
    assert b"marzipan" in content


async def test_who_cannot_ask_is_shown_on_joining_what_was_said(tmp_path: Path) -> None:
    async with open_chat(data=tmp_path) as chat:
        alice = await chat.user("alice", caps=["echo-message", *CAPS.split()], room="#tea")
        await say(alice, "#tea", "one", "two")
    async with open_chat(data=tmp_path) as chat:
        bob = await chat.user("bob", room="#tea")
        said = [await bob.expect("PRIVMSG") for _ in range(2)]
        assert [each.params[-1] for each in said] == [
            "[2030-01-01 00:00:00] one",
            "[2030-01-01 00:00:01] two",
        ]
        carol = await chat.user("carol", caps=CAPS.split(), room="#tea")
        assert not [each for each in await carol.rest() if each.command == "PRIVMSG"]


async def test_what_was_read_is_known_after_a_restart_on_every_device(tmp_path: Path) -> None:
    async with open_chat(data=tmp_path) as chat:
        await chat.account("alice")
        alice = await comes(chat, "alice", account="alice@phone", caps="draft/read-marker")
        await alice.send(f"MARKREAD #tea {second(0)}")
        await alice.expect(Pattern("MARKREAD", ("#tea", second(0))))
    async with open_chat(data=tmp_path) as chat:
        alice = await comes(chat, "ally", account="alice@desk", caps="draft/read-marker")
        await alice.send("JOIN #tea")
        await alice.expect(Pattern("MARKREAD", ("#tea", second(0))))


async def test_what_was_said_is_found_before_it_is_filed_after_it_and_after_a_restart(
    tmp_path: Path,
) -> None:
    async def look(alice: User) -> None:
        assert await search(alice, "text=leaves") == "green-leaves black-leaves white-leaves"
        assert await search(alice, "in=#tea;text=leaves") == "green-leaves black-leaves"
        assert await search(alice, "in=bob;text=leaves") == "white-leaves"
        assert await search(alice, "from=bob") == "black-leaves white-leaves"
        assert await search(alice, "in=#tea;from=bob;limit=1") == "black-leaves"

    async with open_chat(data=tmp_path) as chat:
        await chat.account("alice")
        await chat.account("bob")
        alice, bob = await comes(chat, "alice", "#tea"), await comes(chat, "bob", "#tea")
        for user, target, text in (
            (alice, "#tea", "green-leaves"),
            (bob, "#tea", "black-leaves"),
            (bob, "alice", "white-leaves"),
        ):
            await user.say(target, text)
            await user.expect(Pattern("PRIVMSG", (target, text)))
        assert len(chat.archive.history.fresh) >= 3
        await look(alice)
        await trio.sleep(60)
        assert len(chat.archive.history.fresh) == 0
        await look(alice)
    async with open_chat(data=tmp_path) as chat:
        await look(await comes(chat, "ally", "#tea", account="alice"))


async def test_a_secret_room_is_nowhere_for_who_is_not_in_it() -> None:
    async with open_chat() as chat:
        await chat.account("alice")
        await chat.account("eve")
        alice = await comes(chat, "alice", "#den")
        await alice.send("MODE #den +s")
        await alice.expect("MODE")
        await say(alice, "#den", "hush")
        eve = await comes(chat, "eve", "#tea")
        assert await search(eve, "text=hush") == ""
        assert await search(eve, "from=alice") == ""
        assert await fails(eve, "SEARCH in=#den;text=hush") == "INVALID_PARAMS"
        assert await fails(eve, "CHATHISTORY LATEST #den * 9") == "INVALID_TARGET"
        assert await batch(eve, f"CHATHISTORY TARGETS {second(-9)} {second(99)} 9") == []
        assert await search(alice, "text=hush") == "hush"


@pytest.mark.parametrize("mode", ["s", "i", "k key"])
@pytest.mark.parametrize("restarts", [False, True])
async def test_who_opens_a_closed_room_anew_finds_nothing(
    tmp_path: Path, mode: str, restarts: bool
) -> None:
    async def finds(chat: VirtualChat) -> None:
        eve = await chat.user("eve", caps=EVENTS.split(), room="#den")
        assert await read(eve, "LATEST #den * 9") == "JOIN"
        assert await search(eve, "text=hush") == ""
        plain = await chat.user("plain", room="#den")
        assert not [each for each in await plain.rest() if each.command == "PRIVMSG"]

    async with open_chat(data=tmp_path) as chat:
        alice = await chat.user("alice", caps=["echo-message", *CAPS.split()], room="#den")
        await alice.send(f"MODE #den +{mode}")
        await alice.expect("MODE")
        await say(alice, "#den", "hush")
        await alice.quit()
        if not restarts:
            await finds(chat)
    if restarts:
        async with open_chat(data=tmp_path) as chat:
            await finds(chat)


async def test_nothing_is_kept_of_a_room_that_wants_it_so(tmp_path: Path) -> None:
    async with open_chat(data=tmp_path) as chat:
        await chat.account("alice")
        alice = await comes(chat, "alice", "#tea")
        await say(alice, "#tea", "before")
        await alice.send("MODE #tea +E")
        await alice.expect("MODE")
        await say(alice, "#tea", "ephemeral")
        await alice.send("MODE #tea -E")
        await alice.expect("MODE")
        await say(alice, "#tea", "after")
        assert await read(alice, "LATEST #tea * 9") == "before after"
    assert b"ephemeral" not in on_disk(tmp_path)


async def test_nothing_is_kept_of_who_wants_it_so(tmp_path: Path) -> None:
    async with open_chat(data=tmp_path) as chat:
        await chat.account("alice")
        await chat.account("bob")
        alice, bob = await comes(chat, "alice", "#tea"), await comes(chat, "bob", "#tea")
        await alice.send("NS SET HISTORY off")
        await alice.expect(noticed(by="NickServ"))
        await say(alice, "#tea", "ephemeral")
        await say(alice, "bob", "ephemeral")
        await say(bob, "alice", "ephemeral")
        await say(bob, "#tea", "kept")
    assert b"ephemeral" not in on_disk(tmp_path)
    async with open_chat(data=tmp_path) as chat:
        alice = await comes(chat, "alice", "#tea")
        await say(alice, "#tea", "ephemeral")
        assert await read(alice, "LATEST #tea * 9") == "kept"
        assert await read(alice, "LATEST bob * 9") == ""


async def test_the_words_of_an_account_go_with_it(tmp_path: Path) -> None:
    async with open_chat(data=tmp_path) as chat:
        await chat.account("alice")
        await chat.account("bob")
        alice, bob = await comes(chat, "alice", "#tea"), await comes(chat, "bob", "#tea")
        await say(alice, "#tea", "quincejelly")
        await say(bob, "#tea", "marzipan")
        await say(bob, "alice", "nougatine")
        await trio.sleep(60)
        await say(alice, "#tea", "quincecake")  # not filed yet
    async with open_chat(data=tmp_path) as chat:
        alice = await comes(chat, "alice", "#tea")
        bob = await comes(chat, "bob", "#tea")
        await say(alice, "#tea", "quincetart")
        await alice.send("NS ERASE secret")
        await alice.expect(noticed(by="NickServ"))
        assert await read(bob, "LATEST #tea * 9") == "marzipan"
        assert await search(bob, "from=alice") == ""
        assert await read(bob, "LATEST alice * 9") == ""
    content = on_disk(tmp_path)
    assert b"quince" not in content
    assert b"nougatine" not in content
    assert b"marzipan" in content
