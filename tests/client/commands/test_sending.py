"""What the person says, on its way to the server and back."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from tests.client.commands.desk import Desk, connected, sitting, stay_alive
from trio_chat.client.commands.sending import ECHO_LIMIT, MOST_UNANSWERED
from trio_chat.client.errors import ConnectionLost
from trio_chat.client.model.entries import State
from trio_chat.wire.message import Message

LABELS = "batch labeled-response echo-message message-tags"
ECHO = "echo-message message-tags"


def states(desk: Desk) -> list[tuple[str, State]]:
    """What is on its way."""
    return [(entry.text, entry.state) for entry in desk.console.model.pending]


async def echo(desk: Desk, said: Message, msgid: str = "m") -> None:
    """The server has it, and tells so."""
    label = f"label={said.tags['label']};" if "label" in said.tags else ""
    target, text = said.params
    await desk.server.send(f"@{label}msgid={msgid} :me!u@h PRIVMSG {target} :{text}")


async def test_each_is_pending_until_the_server_has_it() -> None:
    async with sitting(capabilities=LABELS) as desk:
        assert await desk.does("one") == []
        assert await desk.does("two") == []
        assert states(desk) == [("one", State.PENDING), ("two", State.PENDING)]
        one = await desk.server.expect("PRIVMSG", "#tea", "one")
        two = await desk.server.expect("PRIVMSG", "#tea", "two")
        await desk.server.send("@msgid=x :al!a@h PRIVMSG #tea :meanwhile")
        await echo(desk, one, "m1")
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == ["<al> meanwhile", "<me> one"]
        assert states(desk) == [("two", State.PENDING)]
        await echo(desk, two, "m2")
        await desk.console.wait_until_settled()
        assert desk.console.model.here.message("m2") is not None


async def test_without_echoes_what_is_written_is_sent() -> None:
    async with sitting() as desk:
        assert await desk.does("hello") == ["<me> hello"]
        assert states(desk) == []


async def test_many_are_under_way_together_in_their_order_and_more_wait() -> None:
    async with sitting(capabilities=LABELS) as desk, trio.open_nursery() as nursery:
        texts = [f"line {number}" for number in range(MOST_UNANSWERED + 2)]

        async def enter() -> None:
            for text in texts:
                await desk.console.submit(text)
            await desk.console.submit("/raw AFTER")

        nursery.start_soon(enter)
        said = [await desk.server.expect("PRIVMSG", "#tea", text) for text in texts[:-2]]
        await trio.testing.wait_all_tasks_blocked()
        assert len(desk.console.model.pending) == MOST_UNANSWERED + 1
        for message in said:
            await echo(desk, message, message.params[1].replace(" ", "-"))
        for text in texts[-2:]:
            await echo(desk, await desk.server.expect("PRIVMSG", "#tea", text), text[-2:])
        await desk.server.expect("AFTER")
        await desk.console.wait_until_settled()
        assert desk.take_shown() == [f"<me> {text}" for text in texts]


async def test_a_refused_message_is_marked_and_the_reason_told() -> None:
    async with sitting(capabilities=LABELS) as desk:
        await desk.does("hello")
        said = await desk.server.expect("PRIVMSG", "#tea", "hello")
        await desk.server.send(
            f"@label={said.tags['label']} :irc.test 404 me #tea :Cannot send to channel"
        )
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == [
            "<me> hello ✗ not sent",
            "!! #tea: Cannot send to channel",
        ]
        assert states(desk) == []


async def test_without_labels_a_refusal_is_of_the_oldest_there() -> None:
    async with sitting(capabilities=ECHO) as desk:
        await desk.does("/msg bob psst")
        await desk.does("one")
        await desk.does("two")
        await desk.server.send(":irc.test 404 me #tea :Cannot send to channel")
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == ["<me> one ✗ not sent", "!! #tea: Cannot send to channel"]
        assert [text for text, _ in states(desk)] == ["psst", "two"]


async def test_nobody_of_that_name_opens_no_conversation() -> None:
    async with sitting(capabilities=LABELS) as desk:
        await desk.does("/msg nobody hello?")
        said = await desk.server.expect("PRIVMSG", "nobody", "hello?")
        await desk.server.send(f"@label={said.tags['label']} :irc.test 401 me nobody :No such nick")
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == [
            "[you → nobody] hello? ✗ not sent",
            "!! nobody: No such nick",
        ]
        assert "nobody" not in desk.console.model.conversations


@pytest.mark.parametrize("capabilities", [LABELS, ECHO])
async def test_what_the_server_never_tells_of_is_given_up(
    capabilities: str, autojump_clock: trio.testing.MockClock
) -> None:
    async with sitting(capabilities=capabilities) as desk, trio.open_nursery() as nursery:
        nursery.start_soon(stay_alive, desk.server)
        await desk.does("hello")
        await trio.sleep(2 * ECHO_LIMIT + 1)
        nursery.cancel_scope.cancel()
        assert desk.take_shown() == [
            "<me> hello ? perhaps not sent",
            "!! perhaps not sent: the server has not told of it (Up brings it back)",
        ]
        # It comes late, or so it seems: it is the same.
        await desk.server.send("@msgid=m :me!u@h PRIVMSG #tea :hello")
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == []
        assert [entry.state for entry in desk.console.model.here.messages()] == [State.SENT]


async def test_a_text_of_several_lines_is_one_message_on_its_way() -> None:
    async with sitting(capabilities=LABELS) as desk:
        await desk.does("one\ntwo")
        assert states(desk) == [("one\ntwo", State.PENDING)]
        for text in ("one", "two"):
            await echo(desk, await desk.server.expect("PRIVMSG", "#tea", text), text)
        await desk.console.wait_until_settled()
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == ["<me> one", "<me> two"]


async def test_without_a_history_what_was_on_its_way_is_unknown() -> None:
    async with connected(capabilities=LABELS) as (desk, chat), trio.open_nursery() as nursery:

        async def use() -> None:
            with pytest.raises(ConnectionLost):
                await desk.console.use(chat)

        nursery.start_soon(use)
        await trio.testing.wait_all_tasks_blocked()
        await desk.does("/query bob")
        desk.take_shown()
        await desk.does("hello")
        await desk.server.expect("PRIVMSG", "bob", "hello")
        await desk.server.hang_up()
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == [
            "[you → bob] hello ? perhaps not sent",
            "!! perhaps not sent: the server closed the connection (Up brings it back)",
        ]
        await desk.console.say("more")
        assert desk.take_shown() == ["!! not sent: there is no connection now (Up brings it back)"]


async def test_who_gives_up_waiting_has_sent_nothing() -> None:
    async with sitting(capabilities=LABELS) as desk:
        for number in range(MOST_UNANSWERED):
            await desk.console.say(f"line {number}")
        with trio.move_on_after(0):
            await desk.console.say("too much")
        assert len(states(desk)) == MOST_UNANSWERED


async def test_a_notice_and_an_action_are_on_their_way_as_well() -> None:
    async with sitting(capabilities=LABELS) as desk:
        await desk.does("/notice bob careful")
        await desk.does("/me waves")
        notice = await desk.server.expect("NOTICE", "bob", "careful")
        action = await desk.server.expect("PRIVMSG", "#tea", "\x01ACTION waves\x01")
        await desk.server.send(
            f"@label={notice.tags['label']} :me!u@h NOTICE bob :careful",
            f"@label={action.tags['label']} :me!u@h PRIVMSG #tea :\x01ACTION waves\x01",
        )
        await desk.console.wait_until_settled()
        assert desk.take_shown() == ["[you → bob] -me- careful", "* me waves"]


async def test_an_answer_points_at_what_it_answers() -> None:
    async with sitting(capabilities=LABELS) as desk:
        await desk.server.send("@msgid=m1 :al!a@h PRIVMSG #tea :hello")
        await trio.testing.wait_all_tasks_blocked()
        await desk.console.say("hi", reply_to="m1")
        [pending] = desk.console.model.pending
        assert pending.answers is desk.console.model.here.message("m1")
        assert (await desk.server.receive()).tags["+draft/reply"] == "m1"
