"""The async client's methods with servers that lack this or that: labels, echoes, batches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
import trio
import trio.testing

from trio_chat.client import events
from trio_chat.client.answers import MOST_BYTES
from trio_chat.client.chat import Chat
from trio_chat.client.dialogue import ECHO_LIMIT
from trio_chat.client.errors import ChatError, NoAnswer, Refused, Unsupported
from trio_chat.client.inbox import LIMIT
from trio_chat.client.replays import MOST_EVENTS, MOST_GATHERED
from trio_chat.client.talking import MOST_TYPED_TO
from trio_chat.wire.message import Message

from .scripted_server import ScriptedServer, chatting, next_event

TAGS = "batch message-tags server-time"
ECHO = f"{TAGS} echo-message"
LABELS = f"{TAGS} labeled-response"
BOTH = f"{ECHO} labeled-response"
ALL_WAYS = ["", TAGS, ECHO, LABELS, BOTH]
TIME = datetime(2024, 5, 1, 12, tzinfo=UTC)
STAMP = "2024-05-01T12:00:00.000Z"

Result = TypeVar("Result")


async def answered(
    server: ScriptedServer, asking: Callable[[], Awaitable[Result]], *answers: str
) -> tuple[Result, list[Message]]:
    """What a method returns when the server answers each line so; and the lines.

    `{label}` in an answer is the label of the line, `{n}` that of the line n before.
    """
    received: list[Message] = []

    async def script() -> None:
        for answer in answers:
            received.append(await server.receive())
            label = received[-1].tags.get("label", "")
            if answer:
                await server.send(*answer.replace("{label}", label).split("\n"))

    refused: ChatError | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(script)
        try:
            result = await asking()
        except ChatError as error:  # out of the nursery, which would make a group of it
            refused = error
    if refused is not None:
        raise refused
    return result, received


async def waiting(chat: Chat) -> list[events.Event]:
    """All events that wait."""
    await trio.testing.wait_all_tasks_blocked()
    happened = [await chat.__anext__() for _ in range(len(chat._inbox))]
    return [event for event in happened if not isinstance(event, events.Replied)]


def texts(happened: Sequence[events.Event]) -> list[str]:
    return [event.text for event in happened if isinstance(event, (events.Said, events.Sent))]


# --- history ---


async def test_history_where_answers_have_no_labels() -> None:
    async with chatting(capabilities=f"{TAGS} draft/chathistory") as (server, chat):
        told, [asked] = await answered(
            server,
            lambda: chat.history("#tea", before=TIME, limit=5),
            "BATCH +x chathistory #coffee\nBATCH +h chathistory #Tea\n"
            "@batch=x :a!b@c PRIVMSG #coffee :unasked\n"
            "@batch=h;msgid=m1 :a!b@c PRIVMSG #tea :one\n"
            ":a!b@c PRIVMSG #tea :now\n"
            "@batch=h :me!u@h PRIVMSG #tea :two\nBATCH -h\nBATCH -x",
        )
        assert asked.params == ("BEFORE", "#tea", f"timestamp={STAMP}", "5")
        assert texts(told) == ["one", "two"]
        assert isinstance(told[1], events.Sent)
        now, replayed = await waiting(chat)
        assert texts([now]) == ["now"]
        assert isinstance(replayed, events.Replayed)
        assert (replayed.where, texts(replayed.events)) == ("#coffee", ["unasked"])
        assert all(event.history for event in replayed.events)


async def test_an_empty_history_and_one_that_is_refused() -> None:
    async with chatting(capabilities=f"{TAGS} draft/chathistory") as (server, chat):
        told, _ = await answered(
            server, lambda: chat.history("bob"), "BATCH +h chathistory bobs_account\nBATCH -h"
        )
        assert told == []
        with pytest.raises(Refused) as caught:
            await answered(
                server,
                lambda: chat.history("#x"),
                "FAIL CHATHISTORY INVALID_TARGET LATEST #x :Messages could not be retrieved",
            )
        assert (caught.value.code, caught.value.about) == ("INVALID_TARGET", ("LATEST", "#x"))


async def test_a_labelled_history_within_another_batch() -> None:
    async with chatting(
        capabilities=f"{BOTH} draft/chathistory draft/multiline=max-bytes=4096"
    ) as (
        server,
        chat,
    ):
        told, _ = await answered(
            server,
            lambda: chat.history("#tea"),
            "@label={label} BATCH +l labeled-response\n@batch=l BATCH +h chathistory #tea\n"
            "@batch=h :a!b@c BATCH +m draft/multiline #tea\n@batch=m :a!b@c PRIVMSG #tea :one\n"
            "@batch=m :a!b@c PRIVMSG #tea :line\nBATCH -m\n"
            "@batch=h :a!b@c JOIN #tea\nBATCH -h\nBATCH -l",
        )
        assert texts(told) == ["one\nline"]
        assert isinstance(told[1], events.Joined)
        assert await waiting(chat) == []


async def test_the_server_says_how_points_are_named_and_how_many_may_be_asked_for() -> None:
    async with chatting(capabilities=f"{TAGS} draft/chathistory") as (server, chat):
        await server.send(
            ":irc.test 005 me MSGREFTYPES=timestamp CHATHISTORY=50 :are supported",
            f"@msgid=m1;time={STAMP} :a!b@c PRIVMSG #tea :one",
        )
        [said] = await waiting(chat)
        empty = "BATCH +h chathistory #tea\nBATCH -h"
        _, [asked] = await answered(server, lambda: chat.history("#tea", after=said), empty)
        assert asked.params == ("AFTER", "#tea", f"timestamp={STAMP}", "50")
        await server.send(":irc.test 005 me MSGREFTYPES=msgid,timestamp CHATHISTORY=0 :are")
        await waiting(chat)
        asking = chat.history("#tea", between=(said, "m9"), limit=0)
        _, [asked] = await answered(server, lambda: asking, empty)
        assert asked.params == ("BETWEEN", "#tea", "msgid=m1", "msgid=m9", "1")


async def test_conversations_are_listed_as_far_as_they_make_sense() -> None:
    async with chatting(capabilities=f"{TAGS} draft/chathistory") as (server, chat):
        last, [asked] = await answered(
            server,
            lambda: chat.conversations(TIME, TIME),
            "BATCH +t draft/chathistory-targets\n"
            f"@batch=t CHATHISTORY TARGETS bob {STAMP}\n@batch=t CHATHISTORY TARGETS x never\n"
            "@batch=t CHATHISTORY TARGETS x\n@batch=t CHATHISTORY\nBATCH -t",
        )
        assert asked.params == ("TARGETS", f"timestamp={STAMP}", f"timestamp={STAMP}", "100")
        assert [(each.where, each.at) for each in last] == [("bob", TIME)]


async def test_a_search_where_answers_have_no_labels() -> None:
    async with chatting(capabilities=f"{TAGS} soju.im/search") as (server, chat):
        found, [asked] = await answered(
            server,
            lambda: chat.search("green tea; hot", where="#tea", before=TIME, limit=3),
            "BATCH +s soju.im/search\n@batch=s :a!b@c PRIVMSG #tea :green tea\nBATCH -s",
        )
        assert asked.params == (rf"text=green\stea\:\shot;in=#tea;before={STAMP};limit=3",)
        assert texts(found) == ["green tea"]
        with pytest.raises(Refused):
            await answered(
                server, lambda: chat.search("x"), "FAIL SEARCH INVALID_PARAMS in :You are not there"
            )


@pytest.mark.parametrize(
    ("method", "arguments", "what"),
    [
        ("history", ("#tea",), "draft/chathistory"),
        ("conversations", (TIME,), "draft/chathistory"),
        ("search", ("tea",), "draft/search"),
        ("pin", ("#tea", "m"), "trio-chat/pins"),
        ("unpin", ("#tea", "m"), "trio-chat/pins"),
        ("pins", ("#tea",), "trio-chat/pins"),
        ("set_read", ("#tea", TIME), "draft/read-marker"),
        ("read_marker", ("#tea",), "draft/read-marker"),
        ("edit", ("#tea", "m", "text"), "draft/message-edit"),
        ("redact", ("#tea", "m"), "draft/message-redaction"),
        ("react", ("#tea", "m", "x"), "message-tags"),
        ("unreact", ("#tea", "m", "x"), "message-tags"),
        ("monitor", ("bob",), "MONITOR"),
        ("unmonitor", ("bob",), "MONITOR"),
        ("register_account", ("secret",), "draft/account-registration"),
        ("verify_account", ("me", "1"), "draft/account-registration"),
    ],
)
async def test_what_a_server_has_not_is_told_and_nothing_is_sent(
    method: str, arguments: tuple[Any, ...], what: str
) -> None:
    async with chatting() as (server, chat):
        with pytest.raises(Unsupported, match=f"this server has no {what}") as caught:
            await getattr(chat, method)(*arguments)
        assert caught.value.what == what
        await chat.say("#tea", "next")
        await server.expect("PRIVMSG", "#tea", "next")


async def test_without_batches_nothing_is_asked_for_that_comes_in_them() -> None:
    async with chatting(capabilities="draft/chathistory draft/multiline=max-bytes=999") as (
        _,
        chat,
    ):
        assert chat.capabilities == frozenset()


# --- what comes unasked ---


async def test_what_is_told_unasked_changes_nothing() -> None:
    async with chatting(capabilities=TAGS) as (server, chat):
        await server.send(
            ":me!u@h JOIN #tea",
            "BATCH +p znc.in/playback #tea",
            "@batch=p :me!u@h NICK you",
            "@batch=p :me!u@h PART #tea",
            "@batch=p :irc.test 005 me CHANTYPES=! :are supported",
            "@batch=p :a!b@c PRIVMSG #tea :old",
            "BATCH -p",
        )
        joined, replayed = await waiting(chat)
        assert isinstance(joined, events.Joined)
        assert isinstance(replayed, events.Replayed)
        assert len(replayed.events) == 3
        assert (chat.nick, list(chat.rooms)) == ("me", ["#tea"])
        assert chat.is_room("#tea")


async def test_what_is_told_with_the_answer_to_a_join_is_told_at_its_end() -> None:
    async with chatting(capabilities=BOTH) as (server, chat):
        room, _ = await answered(
            server,
            lambda: chat.join("#tea"),
            "@label={label} BATCH +l labeled-response\n@batch=l :me!u@h JOIN #tea\n"
            "@batch=l BATCH +h chathistory #tea\n@batch=h :a!b@c PRIVMSG #tea :old\nBATCH -h\n"
            "@batch=l :irc.test 366 me #tea :End\nBATCH -l",
        )
        assert room.name == "#tea"
        kinds = [type(event) for event in await waiting(chat)]
        assert kinds == [events.Joined, events.Replayed, events.NamesTold]


async def test_an_endless_replay_comes_in_parts() -> None:
    async with chatting(capabilities=TAGS) as (server, chat):
        await server.send("BATCH +p chathistory #tea")
        for _ in range(MOST_EVENTS * 2 + 1):
            await server.send("@batch=p :a!b@c PRIVMSG #tea :old")
        parts = await waiting(chat)
        assert [len(part.events) for part in parts if isinstance(part, events.Replayed)] == [
            MOST_EVENTS,
            MOST_EVENTS,
        ]
        assert chat._replays._count == 1


async def test_many_endless_replays_are_bounded() -> None:
    async with chatting(capabilities=TAGS) as (server, chat):
        for number in range(MOST_GATHERED):
            await server.send(f"BATCH +{number} chathistory #tea")
            await server.send(f"@batch={number} :a!b@c PRIVMSG #tea :old")
            await server.send(f"@batch={number} :a!b@c PRIVMSG #tea :old")
        await waiting(chat)
        assert chat._replays._count <= MOST_GATHERED
        assert sum(map(len, chat._replays._gathered.values())) == chat._replays._count


async def test_replays_that_nobody_takes_are_dropped_by_their_weight() -> None:
    async with chatting(capabilities=TAGS) as (server, chat):
        for _ in range(LIMIT * 3 // MOST_EVENTS):
            await server.send("BATCH +p chathistory #tea")
            for _ in range(MOST_EVENTS):
                await server.send("@batch=p :a!b@c PRIVMSG #tea :old")
            await server.send("BATCH -p")
        await trio.testing.wait_all_tasks_blocked()
        assert len(chat._inbox) <= LIMIT // MOST_EVENTS + 1


async def test_one_answer_does_not_fill_the_memory() -> None:
    text = "x" * 8000
    async with chatting(capabilities=f"{BOTH} draft/chathistory") as (server, chat):
        lines = "\n".join([f"@batch=h :a!b@c PRIVMSG #tea :{text}"] * (MOST_BYTES // 8000 + 100))
        told, _ = await answered(
            server,
            lambda: chat.history("#tea"),
            "@label={label} BATCH +h chathistory #tea\n" + lines + "\nBATCH -h",
        )
        assert 0 < sum(map(len, texts(told))) <= MOST_BYTES


# --- saying ---


@pytest.mark.parametrize("capabilities", ALL_WAYS)
async def test_a_token_stands_in_what_comes_of_a_say(capabilities: str) -> None:
    async with chatting(capabilities=capabilities) as (server, chat):
        echo = "{label}:me!u@h PRIVMSG #tea :one"
        answer = ""
        if "labeled" in capabilities:
            answer = "@label={label} ACK"
            if "echo" in capabilities:
                answer = "@label={label} :me!u@h PRIVMSG #tea :one"
        elif "echo" in capabilities:
            answer = echo.replace("{label}", "")
        await answered(server, lambda: chat.say("#tea", "one", token="t1"), answer)
        [sent] = await waiting(chat)
        assert isinstance(sent, events.Sent)
        assert (sent.text, sent.token) == ("one", "t1")
        await server.send(":me!u@h PRIVMSG #tea :one")  # of another client of ours
        assert [each.token for each in await waiting(chat) if isinstance(each, events.Sent)] == [""]


async def test_without_labels_a_message_is_confirmed_by_its_echo() -> None:
    async with chatting(capabilities=ECHO) as (server, chat):
        msgid, _ = await answered(
            server,
            lambda: chat.say("#tea", "\x0304one", token="t1"),
            ":bob!u@h PRIVMSG #tea :one\n:me!u@h NOTICE #tea :one\n:me!u@h PRIVMSG #x :one\n"
            ":me!u@h PRIVMSG\n:me!u@h PRIVMSG #tea :other\n"
            "@msgid=m1 :me!u@h PRIVMSG #Tea :one\n:me!u@h PRIVMSG #tea :one",
        )
        assert msgid == "m1"
        sent = [each.token for each in await waiting(chat) if isinstance(each, events.Sent)]
        assert sent == ["", "", "", "", "t1", ""]
        await answered(
            server, lambda: chat.act("bob", "waves"), ":me!u@h PRIVMSG bob :\x01ACTION waves\x01"
        )


async def test_without_labels_a_refusal_is_that_of_the_message() -> None:
    async with chatting(capabilities=ECHO) as (server, chat):
        with pytest.raises(Refused) as caught:
            await answered(
                server, lambda: chat.say("#tea", "one"), ":irc.test 404 me #tea :Cannot send"
            )
        assert caught.value.code == "404"
        assert await waiting(chat) == []


async def test_an_echo_that_does_not_come_is_not_waited_for_long(
    autojump_clock: trio.abc.Clock,
) -> None:
    async with chatting(capabilities=ECHO) as (server, chat):
        begin = trio.current_time()
        msgid, _ = await answered(server, lambda: chat.say("#tea", "one", token="t"), "")
        assert (msgid, trio.current_time() - begin) == ("", ECHO_LIMIT)
        # The first was dropped, the second not.
        msgid, _ = await answered(
            server,
            lambda: chat.say("#tea", "two\nthree"),
            "",
            "@msgid=m3 :me!u@h PRIVMSG #tea three",
        )
        assert (msgid, trio.current_time() - begin) == ("m3", ECHO_LIMIT)
        assert len(chat._answers) == 0


@pytest.mark.parametrize("capabilities", [TAGS, ECHO, LABELS, BOTH])
async def test_several_lines_go_out_in_a_batch(capabilities: str) -> None:
    async with chatting(
        capabilities=f"{capabilities} draft/multiline=max-bytes=4096,max-lines=3"
    ) as (server, chat):
        received: list[Message] = []

        async def script() -> None:
            while not (received and received[-1].params[0][:1] == "-"):
                received.append(await server.receive())
            label = received[0].tags.get("label")
            head = f"@label={label};msgid=m1 " if label else "@msgid=m1 "
            if "echo" in capabilities:
                await server.send(
                    f"{head}:me!u@h BATCH +e draft/multiline #tea",
                    "@batch=e :me!u@h PRIVMSG #tea :one",
                    "@batch=e :me!u@h PRIVMSG #tea :two",
                    "BATCH -e",
                )
            elif label:
                await server.send(f"@label={label} ACK")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(script)
            msgid = await chat.say("#tea", "one\ntwo", reply_to="m0", token="t")
        opening, one, two, closing = received
        reference = opening.params[0][1:]
        assert opening.params[1:] == ("draft/multiline", "#tea")
        assert opening.tags["+draft/reply"] == opening.tags["+reply"] == "m0"
        assert [dict(line.tags) for line in (one, two)] == [{"batch": reference}] * 2
        assert closing.params == (f"-{reference}",)
        assert msgid == ("m1" if "echo" in capabilities else "")
        [sent] = await waiting(chat)
        assert isinstance(sent, events.Sent)
        assert (sent.text, sent.token) == ("one\ntwo", "t")
        if "echo" not in capabilities:
            assert sent.reply_to == "m0"


async def test_a_batch_that_is_refused_is_told() -> None:
    async with chatting(capabilities=f"{BOTH} draft/multiline=max-bytes=4096") as (server, chat):
        with pytest.raises(Refused) as caught:
            await answered(
                server,
                lambda: chat.say("#tea", "one\ntwo"),
                "@label={label} FAIL BATCH MULTILINE_INVALID :Invalid multiline batch",
                "",
                "",
                "",
            )
        assert caught.value.code == "MULTILINE_INVALID"


async def test_an_action_of_several_lines_goes_out_line_by_line() -> None:
    async with chatting(capabilities=f"{TAGS} draft/multiline=max-bytes=4096") as (server, chat):
        await chat.act("#tea", "waves\nbows")
        await server.expect("PRIVMSG", "#tea", "\x01ACTION waves\x01")
        await server.expect("PRIVMSG", "#tea", "\x01ACTION bows\x01")
        assert await chat.say("#tea", "\n \n") == ""
        await chat.say("#tea", "one line")
        await server.expect("PRIVMSG", "#tea", "one line")


async def test_a_capability_without_sane_limits_is_not_used() -> None:
    async with chatting(capabilities=f"{TAGS} draft/multiline") as (server, chat):
        await chat.say("#tea", "one\ntwo", reply_to="m0")
        one = await server.expect("PRIVMSG", "#tea", "one")
        two = await server.expect("PRIVMSG", "#tea", "two")
        assert (one.tags["+reply"], dict(two.tags)) == ("m0", {})


async def test_without_echoes_a_message_to_oneself_is_told_once() -> None:
    async with chatting(capabilities=TAGS) as (server, chat):
        await answered(server, lambda: chat.say("me", "note"), ":me!u@h PRIVMSG me :note")
        assert texts(await waiting(chat)) == ["note"]


async def test_typing_to_many_is_remembered_of_the_latest() -> None:
    async with chatting(capabilities=TAGS) as (server, chat):
        for number in range(MOST_TYPED_TO + 5):
            await chat.typing(f"nick{number}", "active")
            assert (await server.receive()).command == "TAGMSG"
        assert len(chat._typed) == MOST_TYPED_TO


async def test_without_tags_an_answer_points_at_nothing() -> None:
    async with chatting() as (server, chat):
        await server.send(":a!b@c PRIVMSG me :hi")
        [said] = await waiting(chat)
        assert isinstance(said, events.Said)
        await chat.reply(said, "hello")
        message = await server.expect("PRIVMSG", "a", "hello")
        assert not message.tags


# --- reacting, editing, taking back ---


def done(capabilities: str, line: str) -> str:
    """How a server of these capabilities answers what it relays as this line."""
    tags, _, rest = line.partition(" ") if line[:1] == "@" else ("@", "", line)
    label = "label={label};" if "labeled" in capabilities else ""
    if "echo" in capabilities:
        return f"@{label}{tags[1:]} :me!u@h {rest}".replace("@ ", "").replace("; ", " ")
    return "@label={label} ACK" if label else ""


@pytest.mark.parametrize("capabilities", [TAGS, ECHO, LABELS, BOTH])
async def test_what_is_done_to_messages_is_told_once_everywhere(capabilities: str) -> None:
    drafts = "draft/message-edit draft/message-redaction"
    async with chatting(capabilities=f"{capabilities} {drafts}") as (server, chat):
        line = "@+draft/reply=m1;+reply=m1;+draft/react=:) TAGMSG #tea"
        _, [asked] = await answered(
            server, lambda: chat.react("#tea", "m1", ":)"), done(capabilities, line)
        )
        assert asked.tags["+draft/react"] == ":)"
        line = "@+draft/reply=m1;+reply=m1;+draft/unreact=:) TAGMSG #tea"
        await answered(server, lambda: chat.unreact("#tea", "m1", ":)"), done(capabilities, line))
        line = "@draft/target-msgid=m1;draft/edit-text=x TAGMSG bob".replace("TAGMSG", "EDIT")
        await answered(server, lambda: chat.edit("bob", "m1", "x"), done(capabilities, line))
        line = "REDACT Bob m1 :why"
        await answered(
            server, lambda: chat.redact("bob", "m1", "why not"), done(capabilities, line)
        )
        reacted, taken, edited, redacted = await waiting(chat)
        assert isinstance(reacted, events.Reacted)
        assert (reacted.target, reacted.reaction, reacted.own) == ("m1", ":)", True)
        assert isinstance(taken, events.Reacted)
        assert (reacted.removed, taken.removed) == (False, True)
        assert isinstance(edited, events.Edited)
        assert (edited.where, edited.target, edited.text, edited.own) == ("bob", "m1", "x", True)
        assert isinstance(redacted, events.Redacted)
        assert (redacted.where.lower(), redacted.own) == ("bob", True)
        assert redacted.reason in ("why", "why not")  # the server may cut it


async def test_an_echo_of_something_else_confirms_nothing(autojump_clock: trio.abc.Clock) -> None:
    async with chatting(capabilities=ECHO) as (server, chat):
        with pytest.raises(NoAnswer):
            await answered(
                server, lambda: chat.react("#tea", "m1", "x"), "@+typing=active :me!u@h TAGMSG #tea"
            )
        await server.expect("PING", "trio-chat")


async def test_a_client_tag_that_is_denied_is_not_sent() -> None:
    async with chatting(capabilities=TAGS) as (server, chat):
        await server.send(":irc.test 005 me CLIENTTAGDENY=*,-typing :are supported")
        await waiting(chat)
        with pytest.raises(Unsupported, match="draft/react"):
            await chat.react("#tea", "m1", "x")
        await chat.typing("#tea", "active")
        assert (await server.expect("TAGMSG", "#tea")).tags == {"+typing": "active"}
        await server.send(":irc.test 005 me CLIENTTAGDENY=typing :are supported")
        await waiting(chat)
        await chat.typing("bob", "active")
        await chat.say("#tea", "next")
        await server.expect("PRIVMSG", "#tea", "next")


async def test_pins_where_answers_have_no_labels() -> None:
    async with chatting(capabilities=f"{TAGS} trio-chat/pins") as (server, chat):
        await answered(server, lambda: chat.pin("#tea", "m1"), ":me!u@h PIN #tea m1")
        with pytest.raises(Refused):
            await answered(
                server,
                lambda: chat.unpin("#tea", "m2"),
                ":me!u@h UNPIN #tea m1\nFAIL UNPIN NOT_PINNED #tea m2 :It is not pinned",
            )
        pinned, _ = await answered(
            server,
            lambda: chat.pins("#tea"),
            "BATCH +p trio-chat/pins #tea\n@batch=p :a!b@c PRIVMSG #tea :read this\nBATCH -p",
        )
        assert texts(pinned) == ["read this"]
        assert [type(event) for event in await waiting(chat)] == [events.PinChanged] * 2


@pytest.mark.parametrize("capabilities", [TAGS, BOTH])
async def test_markers(capabilities: str) -> None:
    async with chatting(capabilities=f"{capabilities} draft/read-marker") as (server, chat):
        head = "@label={label} " if capabilities == BOTH else ""
        read_to, [asked] = await answered(
            server,
            lambda: chat.set_read("#tea", TIME),
            f"{head}:irc.test MARKREAD #tea timestamp={STAMP}",
        )
        assert asked.params == ("#tea", f"timestamp={STAMP}")
        assert read_to == TIME
        read_to, _ = await answered(
            server, lambda: chat.read_marker("bob"), f"{head}:irc.test MARKREAD bob *"
        )
        assert read_to is None
        with pytest.raises(Refused):
            await answered(
                server,
                lambda: chat.read_marker("!"),
                f"{head}FAIL MARKREAD INVALID_PARAMS ! :Not the name of a room or a nick",
            )


# --- rooms and people ---


async def test_a_change_of_mode_that_is_none_is_no_error() -> None:
    async with chatting() as (server, chat):
        set_mode = chat.set_mode
        _, lines = await answered(
            server,
            lambda: set_mode("#tea", "+v", "bob"),
            ":me!u@h MODE #tea +v bob",
            ":irc.test 324 me #tea +nt\n:irc.test 329 me #tea 1700000000",
        )
        assert [line.params for line in lines] == [("#tea", "+v", "bob"), ("#tea",)]
        await answered(server, lambda: set_mode("#tea", "+v", "bob"), "", ":i 324 me #tea +nt")
        await answered(server, lambda: set_mode("me", "+i"), "", ":irc.test 221 me +i")
        with pytest.raises(Refused) as caught:
            await answered(
                server,
                lambda: set_mode("#tea", "+o", "bob"),
                ":irc.test 482 me #tea :You're not channel operator",
                ":irc.test 324 me #tea +nt",
            )
        assert caught.value.code == "482"
        assert [type(event) for event in await waiting(chat)] == [events.ModeChanged]
        assert len(chat._answers) == 0


@pytest.mark.parametrize(
    "refusal",
    [
        "472 me H :is unknown mode char to me for #tea",
        "501 me :Unknown MODE flag",
        "502 me :Cannot change mode for other users",
    ],
)
async def test_a_mode_that_there_is_not_is_refused(refusal: str) -> None:
    async with chatting() as (server, chat):
        with pytest.raises(Refused) as caught:
            await answered(
                server,
                lambda: chat.set_mode("#tea", "+H"),
                f":irc.test {refusal}",
                ":irc.test 324 me #tea +nt",
            )
        assert caught.value.code == refusal[:3]
        assert await waiting(chat) == []


async def test_who_is_asked_in_and_put_out() -> None:
    async with chatting() as (server, chat):
        await answered(server, lambda: chat.invite("bob", "#tea"), ":irc.test 341 me bob #tea")
        with pytest.raises(Refused):
            await answered(
                server, lambda: chat.invite("bob", "#x"), ":irc.test 443 me bob #x :is already on"
            )
        await answered(server, lambda: chat.kick("#tea", "bob"), ":me!u@h KICK #tea bob :me")
        await answered(server, lambda: chat.away("lunch"), ":irc.test 306 me :You are away")
        await answered(server, chat.away, ":irc.test 305 me :You are no longer away")


async def test_bans_and_the_list_of_rooms() -> None:
    async with chatting() as (server, chat):
        bans, [asked] = await answered(
            server,
            lambda: chat.bans("#tea"),
            ":irc.test 367 me #tea a!*@* op!o@h 1700000000\n:irc.test 367 me #tea b!*@*\n"
            ":irc.test 367 me #other c!*@*\n:irc.test 367 me\n"
            ":irc.test 367 me #tea d!*@* op soon\n:irc.test 368 me #tea :End",
        )
        assert asked.params == ("#tea", "b")
        at = datetime.fromtimestamp(1700000000, UTC)
        assert [(ban.mask, ban.by, ban.at) for ban in bans] == [
            ("a!*@*", "op", at),
            ("b!*@*", "", None),
            ("d!*@*", "op", None),
        ]
        rooms, [asked] = await answered(
            server,
            lambda: chat.list_rooms(">1", "#t*"),
            ":irc.test 321 me Channel :Users Name\n:irc.test 322 me #tea 12 :green\n"
            ":irc.test 322 me #t many :\n:irc.test 322 me #t\n:irc.test 323 me :End",
        )
        assert asked.params == (">1,#t*",)
        assert [(room.name, room.members, room.topic) for room in rooms] == [
            ("#tea", 12, "green"),
            ("#t", 0, ""),
        ]


async def test_whois_gathers_what_servers_tell() -> None:
    async with chatting() as (server, chat):
        who, _ = await answered(
            server,
            lambda: chat.whois("bob"),
            ":i 311 me Bob b host.test * :Bob B.\n:i 319 me Bob :@#tea #x\n:i 319 me Bob :+#y\n"
            ":i 312 me Bob irc.test :A server\n:i 313 me Bob :is an operator\n"
            ":i 317 me Bob 42 1700000000 :seconds idle\n:i 330 me Bob bobby :is logged in as\n"
            ":i 301 me Bob :at lunch\n:i 671 me Bob :is secure\n:i 335 me Bob :is a bot\n"
            ":i 338 me Bob 192.0.2.1 :actually using host\n:i 318 me Bob :End of WHOIS",
        )
        assert (who.nick, who.user, who.host, who.realname) == ("Bob", "b", "host.test", "Bob B.")
        assert (who.account, who.server, who.away) == ("bobby", "irc.test", "at lunch")
        assert who.rooms == ("@#tea", "#x", "+#y")
        assert (who.idle, who.since) == (42, datetime.fromtimestamp(1700000000, UTC))
        assert (who.operator, who.bot, who.secure) == (True, True, True)
        assert who.more == ("192.0.2.1 actually using host",)


async def test_whois_of_nobody_and_of_little() -> None:
    async with chatting() as (server, chat):
        with pytest.raises(Refused):
            await answered(server, lambda: chat.whois("x"), ":i 401 me x :No such nick")
        who, _ = await answered(
            server,
            lambda: chat.whois("x"),
            ":i 318 me other :End\n:i 311 me\n:i 317 me x soon\n:i 312\n:i 318 me x :End",
        )
        assert (who.nick, who.user, who.idle, who.since) == ("x", "", 0, None)
        assert not who.operator


async def test_monitoring_where_answers_have_no_labels() -> None:
    async with chatting() as (server, chat):
        await server.send(":irc.test 005 me MONITOR=100 :are supported")
        await waiting(chat)
        _, lines = await answered(
            server,
            lambda: chat.monitor("bob", "carol"),
            ":irc.test 730 me :bob!b@h\n:irc.test 731 me :carol",
            ":irc.test 732 me :bob,carol\n:irc.test 733 me :End",
        )
        assert [line.params for line in lines] == [("+", "bob,carol"), ("L",)]
        assert [event.online for event in await waiting(chat)] == [True, False]  # type: ignore[attr-defined]
        await answered(server, lambda: chat.unmonitor("bob"), "", ":irc.test 733 me :End")
        with pytest.raises(Refused) as caught:
            await answered(
                server,
                lambda: chat.monitor("dave"),
                ":irc.test 734 me 100 dave :Monitor list is full",
                ":irc.test 733 me :End",
            )
        assert caught.value.code == "734"
        await chat.monitor()


async def test_many_nicks_are_monitored_in_lines_that_fit() -> None:
    nicks = [f"nick{number:03}" for number in range(100)]
    async with chatting(capabilities=BOTH) as (server, chat):
        await server.send(":irc.test 005 me MONITOR=100 :are supported")
        await waiting(chat)
        _, lines = await answered(
            server, lambda: chat.monitor(*nicks), "@label={label} ACK", "@label={label} ACK"
        )
        assert [nick for line in lines for nick in line.params[1].split(",")] == nicks


@pytest.mark.parametrize("capabilities", [TAGS, BOTH])
async def test_an_account_that_must_be_verified(capabilities: str) -> None:
    async with chatting(capabilities=f"{capabilities} draft/account-registration") as (
        server,
        chat,
    ):
        head = "@label={label} " if capabilities == BOTH else ""
        registered, [asked] = await answered(
            server,
            lambda: chat.register_account("secret", email="me@example.org"),
            f"{head}:irc.test REGISTER VERIFICATION_REQUIRED me :Look at your mail",
        )
        assert asked.params == ("*", "me@example.org", "secret")
        assert (registered.account, registered.verified) == ("me", False)
        assert registered.text == "Look at your mail"
        verified, _ = await answered(
            server,
            lambda: chat.verify_account("me", "1234"),
            f"{head}:irc.test VERIFY SUCCESS me :Welcome",
        )
        assert verified.verified
        with pytest.raises(Refused) as caught:
            await answered(
                server,
                lambda: chat.register_account("secret", account="x"),
                f"{head}FAIL REGISTER ACCOUNT_EXISTS x :It exists",
            )
        assert caught.value.code == "ACCOUNT_EXISTS"


async def test_who_gives_up_waiting_for_a_history_has_it_as_what_it_is() -> None:
    async with chatting(capabilities=f"{TAGS} draft/chathistory") as (server, chat):
        with trio.move_on_after(0):
            await chat.history("#tea")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(chat.history, "#tea")
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        assert (await server.receive()).command == "CHATHISTORY"
        await server.send("BATCH +h chathistory #tea", "@batch=h :a!b@c PRIVMSG #tea :old")
        await server.send("BATCH -h", ":a!b@c PRIVMSG #tea :new")
        replayed = await next_event(chat)
        assert isinstance(replayed, events.Replayed)
        assert isinstance(await next_event(chat), events.Said)


async def test_our_new_nick_may_be_told_of_by_itself() -> None:
    """As by InspIRCd 3 with labels."""
    async with chatting(capabilities=BOTH) as (server, chat):
        await answered(
            server, lambda: chat.set_nick("rob"), "@label={label} :rob!user@host NICK :rob"
        )
        assert chat.nick == "rob"
        changed = await next_event(chat)
        while not isinstance(changed, events.NickChanged):
            changed = await next_event(chat)
        assert (changed.old, changed.new, changed.own) == ("me", "rob", True)
