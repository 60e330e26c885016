"""The status bar, in much room and in little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.folding import Folded
from trio_chat.client.model.model import Model
from trio_chat.client.rooms import Member, Room
from trio_chat.client.screen.line import text_of, width
from trio_chat.client.screen.status import status_line
from trio_chat.wire.grammar import casefold


@pytest.fixture
def model() -> Model:
    return busy_model()


def busy_model() -> Model:
    model = Model("me")
    for name in ("#tea", "#py", "#much"):
        model.open(name)
    model.open("bob", private=True)
    model.switch("#tea")
    members = Folded[Member](casefold)
    members.update({nick: Member(nick) for nick in ("me", "alice", "eve")})
    tea = Room("#tea", members)
    tea.topic = "All about \x02tea\x02, and nothing else at all"
    model.rooms = {"#tea": tea}
    model.connection = "connected"
    return model


def bar(model: Model, columns: int = 100, mode: str = "") -> str:
    return text_of(status_line(model, columns, mode))


def unread(model: Model, name: str, count: int, mentions: int = 0) -> None:
    conversation = model.conversations[name]
    conversation.unread, conversation.mentions = count, mentions


def test_in_peace_it_tells_who_and_where_we_are_and_the_topic(model: Model) -> None:
    assert bar(model) == " me  1:#tea  3 here  All about tea, and nothing else at all"
    assert bar(model, 40) == " me  1:#tea  3 here  All about tea, and…"
    assert bar(Model("me")) == " me  connecting"


def test_what_is_unread_stands_by_the_numbers_of_the_conversations(model: Model) -> None:
    unread(model, "#py", 12, 2)
    unread(model, "#much", 4_000)
    unread(model, "bob", 1, 1)
    assert "  2:#py(12!)  3:#much(999+)  4:bob(1!)  All" in bar(model)
    styles = {text: style for style, text in status_line(model, 100)}
    assert styles["2:#py(12!)"] == "class:status.mention"
    assert styles["3:#much(999+)"] == "class:status.unread"


def test_who_types(model: Model) -> None:
    typing = model.conversations["#tea"].typing
    typing["alice"] = 6.0
    assert "  alice is typing  " in bar(model)
    typing["bob"] = 6.0
    assert "  alice and bob are typing  " in bar(model)
    typing["eve"] = 6.0
    assert "  3 are typing  " in bar(model)


def test_a_slow_or_lost_connection_is_told(model: Model) -> None:
    model.lag = 0.9
    assert "lag" not in bar(model)
    model.lag = 2.6
    assert "  lag 3 s  " in bar(model)
    model.connection = "not connected, next try in 4 s"
    assert bar(model).startswith(" me  not connected, next try in 4 s  1:#tea")


def test_the_mode_of_the_keys_is_told_if_there_is_one(model: Model) -> None:
    assert "  vi  " in bar(model, mode="vi")


def test_what_matters_least_goes_first(model: Model) -> None:
    unread(model, "#py", 12, 2)
    unread(model, "#much", 40)
    model.conversations["#tea"].typing["alice"] = 6.0
    assert [bar(model, columns) for columns in (64, 54, 50, 36, 30, 20)] == [
        " me  1:#tea  3 here  2:#py(12!)  3:#much(40)  alice is typing",
        " me  1:#tea  2:#py(12!)  3:#much(40)  alice is typing",
        " 1:#tea  2:#py(12!)  3:#much(40)  alice is typing",
        " me  1:#tea  2:#py(12!)  3:#much(40)",
        " me  1:#tea  2:#py(12!)",
        " 1:#tea  2:#py(12!)",
    ]


@given(st.integers(0, 120), st.text(max_size=30), st.text(max_size=30))
def test_it_fits_and_nothing_in_it_is_acted_upon(columns: int, name: str, topic: str) -> None:
    model = busy_model()
    model.open(f"#{name}")
    unread(model, f"#{name}", 3, 1)
    model.rooms["#tea"].topic = topic
    shown = bar(model, columns, "vi")
    assert width(shown) <= columns
    assert not any(c < " " or "\x7f" <= c <= "\x9f" for c in shown)
