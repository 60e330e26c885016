"""What the client does by itself as long as a connection lasts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import trio
import trio.testing

from tests.client.commands.desk import Desk, sitting, stay_alive
from trio_chat import __version__
from trio_chat.client.commands.courtesy import MOST_ANSWERS, PERIOD, answer_to
from trio_chat.client.commands.markers import PAUSE
from trio_chat.client.commands.typing_notices import PAUSED_AFTER
from trio_chat.client.commands.visit import LAG_PAUSE, LAG_STEP, SPLIT_PAUSE
from trio_chat.client.setup.settings import Settings
from trio_chat.wire.message import Message

MARKERS = "draft/read-marker message-tags server-time"


pytestmark = pytest.mark.usefixtures("virtual_time")


async def nothing_more(desk: Desk) -> list[Message]:
    """What the server has been sent within some seconds."""
    received = []
    with trio.move_on_after(4):
        while True:
            received.append(await desk.server.receive())
    return received


def stamped(second: int, text: str, where: str = "#tea") -> str:
    return f"@time=2024-05-01T12:00:{second:02}.500Z :al!a@h PRIVMSG {where} :{text}"


# --- read markers ---


async def test_what_was_shown_for_a_moment_is_read() -> None:
    async with sitting(capabilities=MARKERS) as desk:
        await desk.server.send(stamped(1, "one"), stamped(2, "two"))
        since = trio.current_time()
        at = "timestamp=2024-05-01T12:00:02.500Z"
        await desk.server.expect("MARKREAD", "#tea", at)
        assert trio.current_time() - since == pytest.approx(PAUSE)
        await desk.server.send(f":me!u@h MARKREAD #tea {at}")
        assert await nothing_more(desk) == []


async def test_what_is_elsewhere_is_read_when_one_goes_there() -> None:
    async with sitting(capabilities=MARKERS) as desk:
        await desk.server.send(":al!a@h PRIVMSG me :psst")
        assert await nothing_more(desk) == []
        await desk.does("/query al")
        assert (await desk.server.receive()).params[0] == "al"


async def test_markers_are_nobodys_business_if_one_does_not_want() -> None:
    async with sitting(capabilities=MARKERS) as desk:
        desk.console.settings = Settings(markers=False)
        await desk.server.send(stamped(1, "one"))
        assert await nothing_more(desk) == []


async def test_a_refused_marker_is_no_trouble() -> None:
    async with sitting(capabilities=MARKERS) as desk:
        await desk.server.send(stamped(1, "one"))
        await desk.server.receive()
        desk.take_shown()
        await desk.server.send("FAIL MARKREAD INTERNAL_ERROR #tea :The time could not be set")
        assert await nothing_more(desk) == []
        assert desk.take_shown() == []


# --- what other clients ask ---


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("VERSION", f"VERSION trio-chat {__version__}"),
        ("PING 1234", "PING 1234"),
        ("CLIENTINFO", "CLIENTINFO ACTION CLIENTINFO PING TIME VERSION"),
    ],
)
async def test_who_asks_us_is_answered(query: str, answer: str) -> None:
    async with sitting() as desk:
        await desk.server.send(f":al!a@h PRIVMSG me :\x01{query}\x01")
        await desk.server.expect("NOTICE", "al", f"\x01{answer}\x01")
        name = query.partition(" ")[0]
        assert desk.take_shown() == [f"-- al's client asks ours for {name}"]


async def test_the_time_does_not_tell_where_one_is() -> None:
    await trio.lowlevel.checkpoint()
    assert answer_to("TIME", "", datetime(2024, 5, 1, 12, tzinfo=UTC)) == "2024-05-01T12:00:00Z"
    assert answer_to("PING", "x" * 1_000, datetime.now(UTC)) == "x" * 100


async def test_rooms_and_unknown_queries_are_not_answered() -> None:
    async with sitting() as desk:
        await desk.server.send(
            ":al!a@h PRIVMSG #tea :\x01VERSION\x01",
            ":al!a@h PRIVMSG me :\x01FINGER\x01",
            "::al!a@h PRIVMSG me :\x01VERSION\x01",
        )
        assert await nothing_more(desk) == []
        assert desk.take_shown()[1] == "-- al's client asks ours for FINGER"


async def test_only_so_many_are_answered_in_a_while() -> None:
    async with sitting() as desk:
        queries = [f":n{number}!a@h PRIVMSG me :\x01VERSION\x01" for number in range(10)]
        await desk.server.send(*queries)
        assert len(await nothing_more(desk)) == MOST_ANSWERS
        assert len(desk.take_shown()) == MOST_ANSWERS
        await trio.sleep(PERIOD)
        await desk.server.send(queries[0])
        await desk.server.receive()


async def test_the_ignored_get_no_answer() -> None:
    async with sitting() as desk:
        desk.console.model.wishes = Settings(ignore=("al",))
        await desk.server.send(*[":al!a@h PRIVMSG me :\x01VERSION\x01"] * 10)
        await desk.server.send(":bo!a@h PRIVMSG me :\x01VERSION\x01")
        assert [message.params[0] for message in await nothing_more(desk)] == ["bo"]


# --- typing ---


def told(messages: list[Message]) -> list[tuple[str, str]]:
    return [(message.params[0], message.tags["+typing"]) for message in messages]


async def test_others_are_told_that_one_types_and_pauses() -> None:
    async with sitting(capabilities="message-tags") as desk:
        desk.console.typed("h")
        desk.console.typed("he")
        assert told(await nothing_more(desk)) == [("#tea", "active")]
        await trio.sleep(PAUSED_AFTER)
        desk.console.typed("hel")
        assert told(await nothing_more(desk)) == [("#tea", "paused"), ("#tea", "active")][:2]
        desk.console.typed("")
        assert told(await nothing_more(desk)) == [("#tea", "done")]


@pytest.mark.parametrize("text", ["", "  ", "/join #secret"])
async def test_what_is_not_for_others_is_not_told(text: str) -> None:
    async with sitting(capabilities="message-tags") as desk:
        desk.console.typed(text)
        assert await nothing_more(desk) == []


async def test_what_is_sent_needs_no_notice_of_its_end() -> None:
    async with sitting(capabilities="message-tags") as desk:
        desk.console.typed("hello")
        await nothing_more(desk)
        desk.console.typed("")
        await desk.does("hello")
        assert [message.command for message in await nothing_more(desk)] == ["PRIVMSG"]


async def test_who_does_not_want_it_tells_nobody() -> None:
    async with sitting(capabilities="message-tags") as desk:
        desk.console.settings = Settings(typing=False)
        desk.console.typed("hello")
        assert await nothing_more(desk) == []
    desk.console.typed("without a connection")


async def test_who_types_is_forgotten_in_time() -> None:
    async with sitting(capabilities="message-tags") as desk:
        await desk.server.send("@+typing=active :al!a@h TAGMSG #tea")
        await trio.testing.wait_all_tasks_blocked()
        assert desk.console.model.typing == ["al"]
        await trio.sleep(6.1)
        assert desk.console.model.typing == []
        await desk.server.send("@+typing=active :al!a@h TAGMSG #tea")
        await trio.sleep(6.1)
        assert desk.console.model.typing == []


# --- the lag, and netsplits ---


async def test_the_lag_is_known_and_grows_while_there_is_no_answer() -> None:
    async with sitting() as desk:
        assert desk.console.model.lag is None
        await trio.sleep(LAG_PAUSE + 0.1)
        await desk.server.expect("PING", "trio-chat")
        await trio.sleep(0.1)
        await desk.server.send(":irc.test PONG irc.test :trio-chat")
        await trio.testing.wait_all_tasks_blocked()
        assert desk.console.model.lag == pytest.approx(0.2)
        await trio.sleep(LAG_PAUSE + 2 * LAG_STEP)
        assert (desk.console.model.lag or 0) >= LAG_STEP


async def test_after_the_connection_nothing_is_known_of_it() -> None:
    async with sitting() as desk:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stay_alive, desk.server)
            await trio.sleep(LAG_PAUSE + 1)
            nursery.cancel_scope.cancel()
        known = desk.console.model.lag
    assert known is not None
    assert (desk.console.model.lag, desk.console.chat) == (None, None)


async def test_a_netsplit_is_told_when_it_is_over() -> None:
    async with sitting() as desk:
        for nick in ("al", "bo"):
            await desk.server.send(f":{nick}!a@h JOIN #tea")
            await desk.server.send(f":{nick}!a@h QUIT :a.example b.example")
        await trio.testing.wait_all_tasks_blocked()
        assert not any("netsplit" in line for line in desk.take_shown())
        await trio.sleep(SPLIT_PAUSE)
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == ["-- netsplit (a.example b.example): al, bo left"]
