"""Whatever a server tells, the model stands it, and stays small."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.mirror import Mirror
from trio_chat.client.model.conversations import BACKLOG
from trio_chat.client.model.entries import Kind, State
from trio_chat.client.model.model import Model
from trio_chat.client.model.places import MOST_CONVERSATIONS
from trio_chat.client.setup.settings import Settings
from trio_chat.wire.message import Message

NOW = datetime(2024, 5, 1, tzinfo=UTC)
NICKS = st.sampled_from(["me", "al", "bo", "AL", "a[b]", "a{b}", "troll", "", ":x"])
ROOMS = st.sampled_from(["#tea", "#TEA", "#trio", "@#tea", "&x", "#"])
PLACES = ROOMS | NICKS
WORDS = PLACES | st.sampled_from(["m1", "m2", "*", "hi me", "\x01VERSION\x01", "\x01ACTION x\x01"])
WORDS |= st.sampled_from(["a.b c.d", "+o", "timestamp=2024-05-01T00:00:00.000Z", "👍"]) | st.text()
COMMANDS = st.sampled_from(
    [
        "PRIVMSG",
        "NOTICE",
        "TAGMSG",
        "JOIN",
        "PART",
        "KICK",
        "QUIT",
        "NICK",
        "TOPIC",
        "MODE",
        "INVITE",
        "AWAY",
        "EDIT",
        "REDACT",
        "PIN",
        "UNPIN",
        "MARKREAD",
        "RENAME",
        "FAIL",
        "301",
        "353",
        "366",
        "332",
        "404",
        "730",
        "ACCOUNT",
        "SETNAME",
        "WHAT",
    ]
)
TIMES = st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2024-05-01T12:00:00Z"])
TAGS = st.fixed_dictionaries(
    {},
    optional={
        "msgid": st.sampled_from(["m1", "m2", "m3"]),
        "time": TIMES | st.text(max_size=5),
        "+draft/reply": st.sampled_from(["m1", "m2", "m9"]),
        "+draft/react": st.sampled_from(["👍", "x"]),
        "+draft/unreact": st.sampled_from(["👍", "x"]),
        "+typing": st.sampled_from(["active", "paused", "done"]),
        "draft/target-msgid": st.sampled_from(["m1", "m2"]),
        "draft/edit-text": st.text(max_size=5),
    },
)
MESSAGES = st.builds(
    Message,
    command=COMMANDS,
    params=st.lists(WORDS, max_size=4).map(tuple),
    source=NICKS | NICKS.map(lambda nick: f"{nick}!u@h"),
    tags=TAGS,
)
DEEDS = st.sampled_from(["switch", "close", "begin", "refuse", "lose", "past", "earlier", "fold"])


@given(st.lists(st.tuples(MESSAGES, DEEDS | st.none(), PLACES), max_size=60))
def test_nothing_is_raised_and_all_is_in_order(steps: list[tuple[Message, str, str]]) -> None:
    mirror = Mirror("me")
    model = Model("me", Settings(ignore=("troll",), highlights=("tea",)), zone=UTC)
    model.rooms = mirror.rooms.by_name
    for now, (message, deed, place) in enumerate(steps):
        for event in mirror.take(message, NOW):
            model.take(event, float(now))
        told = mirror.recall(message, NOW, place)
        match deed:
            case "switch":
                model.switch(place)
            case "close":
                model.close(place)
            case "begin":
                model.begin(place, Kind.SAID, "hi me", NOW, "m1")
            case "refuse" | "lose" if model.pending:
                state = State.REFUSED if deed == "refuse" else State.UNKNOWN
                model.give_up(model.pending[0], state)
            case "past":
                model.take_past(place, told, since=NOW)
            case "earlier":
                model.take_earlier(place, told)
            case "fold":
                model.name_by("rfc1459")
        model.tell_splits()
        model.forget_typing(float(now))
        _check(model)


def _check(model: Model) -> None:
    conversations = list(model.conversations.values())
    assert [each.number for each in conversations] == list(range(1, len(conversations) + 1))
    assert len(conversations) <= MOST_CONVERSATIONS
    assert not model.current or model.current in model.conversations
    assert model.here.unread == 0 or not model.current
    for each in conversations:
        assert each.weight <= BACKLOG
        numbers = [entry.number for entry in each.messages()]
        assert len(numbers) == len(set(numbers))
        ids = [entry.msgid for entry in each.messages() if entry.msgid]
        assert len(ids) == len(set(ids))
        assert 0 <= each.mentions <= each.unread
