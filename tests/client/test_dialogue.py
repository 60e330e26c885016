"""A whole client and a server that says whatever it likes."""

from __future__ import annotations

import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_chat.client import events
from trio_chat.client.answers import MOST_BATCHES, Request
from trio_chat.client.batches import MOST_OPEN
from trio_chat.client.chat import Chat
from trio_chat.client.connection import Connection
from trio_chat.client.reading import _READERS
from trio_chat.client.replays import MOST_GATHERED
from trio_chat.wire.message import Message

CAPABILITIES = "batch labeled-response echo-message message-tags draft/chathistory"

NAMES = st.sampled_from(["#tea", "me", "a", "", "+x", "-x", "+y", "-y", "x", "*", "timestamp=1"])
TYPES = st.sampled_from(["chathistory", "draft/multiline", "labeled-response", "netsplit", ""])
TAGS = st.fixed_dictionaries(
    {},
    optional={
        "batch": st.sampled_from(["x", "y", ""]),
        "label": st.sampled_from(["1", "2", "9"]),
        "account": st.sampled_from(["mine", "a"]),
        "draft/multiline-concat": st.just(""),
        "+typing": st.sampled_from(["active", "?"]),
        "+reply": st.just("m1"),
        "+draft/react": st.just("x"),
    },
)
SOURCES = st.sampled_from(["", "me!u@h", "a!b@c", "irc.test"])
BATCHES = st.builds(
    lambda reference, kind, tags: Message("BATCH", (reference, kind, "#tea"), "a!b@c", tags),
    NAMES,
    TYPES,
    TAGS,
)
LINES = st.builds(
    Message,
    st.sampled_from([*_READERS, "001", "005", "353", "433", "ACK", "CAP", "CHGHOST", "900"]),
    st.lists(NAMES, max_size=4).map(tuple),
    SOURCES,
    TAGS,
)


def chat_of_me(*, labels: bool) -> Chat:
    """A chat that waits for two answers, on a connection that leads nowhere."""
    stream, _ = trio.testing.memory_stream_pair()
    chat = Chat(Connection(stream), "me")
    capabilities = CAPABILITIES if labels else CAPABILITIES.replace("labeled-response ", "")
    chat._take(Message("CAP", ("me", "ACK", capabilities)))
    history = Request(Message("CHATHISTORY"), "#tea", batches=frozenset({"chathistory"}))
    chat._answers.ask(history)
    join = Request(Message("JOIN", ("#tea",)), "#tea", ends=frozenset({"366"}), silent=True)
    chat._answers.ask(join)
    return chat


@settings(max_examples=150)
@given(st.lists(st.one_of(BATCHES, LINES), max_size=40), st.booleans())
def test_no_server_makes_it_raise_or_grow(messages: list[Message], labels: bool) -> None:
    async def hear() -> None:
        chat = chat_of_me(labels=labels)
        for message in messages:
            chat._take(message)
        assert len(chat._batches._open) <= MOST_OPEN
        assert len(chat._answers._batches) <= MOST_BATCHES
        assert chat._replays._count <= MOST_GATHERED
        for event in chat._inbox._events:
            assert not event.history or isinstance(event, events.Replayed)
        await trio.lowlevel.checkpoint()

    trio.run(hear)


async def test_batches_of_one_answer_are_bounded() -> None:
    chat = chat_of_me(labels=True)
    for number in range(MOST_BATCHES * 2):
        chat._take(Message("BATCH", (f"+{number}", "chathistory"), tags={"label": "1"}))
    assert len(chat._answers._batches) == MOST_BATCHES
    await trio.lowlevel.checkpoint()


async def test_a_batch_without_a_name_takes_nothing_in() -> None:
    chat = chat_of_me(labels=True)
    chat._take(Message("BATCH", ("+", "chathistory"), tags={"label": "1"}))
    chat._take(Message("PRIVMSG", ("#tea", "hello"), "a!b@c"))
    assert isinstance(chat._inbox._events[-1], events.Said)
    await trio.lowlevel.checkpoint()
