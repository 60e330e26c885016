"""What the inline client prints of what happens here and elsewhere, and on going somewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from trio_chat.client.folding import Folded
from trio_chat.client.model.entries import Entry, Kind, State
from trio_chat.client.model.model import Model
from trio_chat.client.rooms import Room
from trio_chat.client.screen import printout as module
from trio_chat.client.screen.line import text_of
from trio_chat.client.screen.printout import Printout
from trio_chat.client.screen.view import View
from trio_chat.client.setup.settings import Settings
from trio_chat.wire.grammar import casefold


class Desk:
    """Two rooms, in the first of which the person is."""

    def __init__(self, **settings: Any) -> None:
        self.model = Model("me")
        self.model.open("#tea")
        self.model.open("#py")
        self.model.rooms = {name: Room(name, Folded(casefold)) for name in ("#tea", "#py")}
        self.model.switch("#tea")
        view = View(Settings(time="off", numbers=False, **settings), zone=UTC)
        self.printout = Printout(self.model, view)
        self._minutes = count()

    def said(self, text: str, where: str = "#py", **known: Any) -> list[str]:
        """What is printed when somebody says something."""
        at = datetime(2026, 3, 1, 12, next(self._minutes), tzinfo=UTC)
        entry = Entry(at, known.pop("kind", Kind.SAID), where, "bob", text, **known)
        conversation = self.model.open(where)
        conversation.add(entry)
        if where != self.model.current and entry.is_message and not entry.own:
            conversation.count(entry)
        return [text_of(line) for line in self.printout.entry(entry, 30)]

    def goes_to(self, name: str) -> list[str]:
        """What is printed on going there: what was printed before in brackets."""
        self.model.switch(name)
        lines = self.printout.switch(30)
        return [
            f"({text_of(line)})" if line[0][0] == "class:again" else text_of(line) for line in lines
        ]


def test_here_is_printed_and_elsewhere_counts() -> None:
    desk = Desk()
    assert desk.said("hello", "#tea") == ["<bob> hello"]
    assert desk.said("hello") == []
    assert desk.said("alice joined", kind=Kind.CHANGED) == []


def test_noise_and_what_is_on_its_way_is_not_printed() -> None:
    desk = Desk()
    assert desk.said("alice joined", "#tea", kind=Kind.CHANGED, noise=True) == []
    assert desk.said("hello", "#tea", own=True, state=State.PENDING) == []
    assert desk.goes_to("#tea") == ["── 1:#tea ────────────────────"]


def test_the_first_that_is_meant_for_us_elsewhere_is_printed_until_we_have_been_there() -> None:
    desk = Desk()
    assert desk.said("me: hello", mention=True) == ["#py <bob> me: hello (Alt-2)"]
    assert desk.said("me: hello?", mention=True) == []
    assert desk.said("psst", "bob", private=True) == ["[bob → you] psst (Alt-3)"]
    assert desk.said("psst!", "bob", private=True) == []
    desk.goes_to("#py")
    desk.goes_to("#tea")
    assert desk.said("me: again", mention=True) == ["#py <bob> me: again (Alt-2)"]
    assert desk.said("me: missed", mention=True, missed=True) == []


@pytest.mark.parametrize(("show", "shown"), [("mentions", [1, 1, 0]), ("all", [1, 1, 1])])
def test_more_is_printed_of_elsewhere_if_wanted(show: str, shown: list[int]) -> None:
    desk = Desk(show=show)
    printed = [
        desk.said("me: hello", mention=True),
        desk.said("me: hello?", mention=True),
        desk.said("nothing much"),
    ]
    assert [len(lines) for lines in printed] == shown


def test_our_own_and_what_names_its_place_is_printed_wherever_it_is() -> None:
    desk = Desk()
    assert desk.said("hello", own=True) == ["#py <bob> hello"]
    assert desk.said("you left #py", kind=Kind.CHANGED, names_place=True) == ["-- you left #py"]
    assert desk.said("no such room", kind=Kind.TROUBLE) == ["#py !! no such room"]


def test_no_key_is_told_where_there_is_none() -> None:
    desk = Desk()
    for number in range(10):
        desk.model.open(f"#more{number}")
    assert desk.said("me: hello", "#more9", mention=True) == ["#more9 <bob> me: hello"]


def test_going_somewhere_prints_the_last_lines_there_and_again_those_printed_before() -> None:
    desk = Desk(lines=3)
    desk.model.rooms["#py"].topic = "snakes"
    for text in ("one", "two", "three"):
        desk.said(text)
    assert desk.goes_to("#py") == [
        "── 2:#py · snakes ────────────",
        "<bob> one",
        "<bob> two",
        "<bob> three",
    ]
    desk.goes_to("#tea")
    desk.said("four")
    assert desk.goes_to("#py")[1:] == [
        "(<bob> two)",
        "(<bob> three)",
        "── unread ────────────────────",
        "<bob> four",
    ]


def test_more_unread_than_is_shown_is_told_of() -> None:
    desk = Desk(lines=2)
    for number in range(5):
        desk.said(str(number))
    assert desk.goes_to("#py")[1:] == [
        "── more unread above (/his… ──",
        "<bob> 3",
        "<bob> 4",
    ]


def test_our_coming_into_a_room_is_printed_once() -> None:
    desk = Desk()
    desk.model.open("#new")
    entry = Entry(datetime.now(UTC), Kind.CHANGED, "#new", "", "you joined #new", names_place=True)
    desk.model.conversations["#new"].add(entry)
    assert desk.goes_to("#new")[1:] == ["-- you joined #new"]
    assert desk.printout.entry(entry, 30) == []


def test_nowhere_nothing_is_printed() -> None:
    desk = Desk()
    desk.model.close("#py")
    desk.model.close("#tea")
    assert desk.goes_to("") == []


def test_what_has_been_printed_is_forgotten_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_REMEMBERED", 2)
    desk = Desk()
    for text in ("one", "two", "three"):
        desk.said(text, "#tea")
    assert desk.goes_to("#tea")[1:] == ["<bob> one", "(<bob> two)", "(<bob> three)"]


def test_what_commands_answered_is_not_printed_again() -> None:
    desk = Desk()
    desk.said("hello", "#tea")
    desk.said("help: ...", "#tea", kind=Kind.TOLD)
    desk.said("there is no such command", "#tea", kind=Kind.TROUBLE)
    desk.goes_to("#py")
    assert desk.goes_to("#tea") == ["── 1:#tea ────────────────────", "(<bob> hello)"]
