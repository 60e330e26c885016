"""The list that the tests of the core have for a history answers as the real one does.

Whatever the core was shown by the one, it will be shown by the other.
"""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.core.history import (
    EDIT_TEXT,
    TARGET_MSGID,
    FindKept,
    ListBuffers,
    Page,
    Place,
    ReadHistory,
    ReadPins,
    Reference,
    SearchHistory,
    Select,
)
from trio_chat.core.questions import Question
from trio_chat.testing.chat import EPOCH

from ..core.historian import Historian
from .chronicle import Scribe
from .office import Office

TALK = ("alice", "bob")
PEOPLE = ("alice", "bob", "carol")
LIMITS = (1, 2, 50)


class Both:
    """A history, kept by both; a line of it is a tenth of a second after the last, or at once."""

    def __init__(self) -> None:
        self.scribe = Scribe(Office())
        self.historian = Historian()
        self.at = EPOCH
        self.ids: list[str] = []
        self.times: list[float] = []
        for name in PEOPLE:
            self.scribe.office.have(name)

    def keep(self, effect: Chronicle | Conclude) -> None:
        self.scribe.keep(effect)
        self.historian.heeds(effect)

    def do(
        self,
        place: Place,
        by: str,
        command: str,
        *params: str,
        gap: float = 0.1,
        reply: str = "",
        edits: str = "",
    ) -> str:
        """Have something done; its msgid."""
        self.at = round(self.at + gap, 1)
        target = place if isinstance(place, str) else place[place[0] == by]
        tags = {"+reply": reply} if reply else {}
        if edits:
            tags = {TARGET_MSGID: edits, EDIT_TEXT: params[0]}
            params = ()
        line = self.scribe.line(
            place, target, *params, command=command, by=by, account=by, tags=tags, at=self.at
        )
        self.keep(line)
        self.ids.append(line.message.tags["msgid"])
        self.times.append(self.at)
        return self.ids[-1]

    def ask(self, question: Question) -> object:
        answer = self.scribe.archive.reading[type(question)](question)
        assert answer == self.historian.answer(question), question
        return answer


def early_days(both: Both) -> None:
    """What is filed in any case, as it was amended."""
    both.do("#den", "alice", "PRIVMSG", "green tea")
    both.keep(Conclude("#den"))
    both.do("#old", "carol", "JOIN")
    zero = both.do("#old", "carol", "PRIVMSG", "black tea")
    both.do("#old", "bob", "PRIVMSG", "no coffee")
    both.do("#old", "carol", "TOPIC", "Leaves")
    both.do("#old", "alice", "TAGMSG", reply=zero)
    both.do("#old", "carol", "RENAME", "#tea")
    wrong = both.do("#tea", "alice", "PRIVMSG", "milk in it")
    both.do("#tea", "alice", "REDACT", wrong)
    both.do("#tea", "carol", "EDIT", "green tea, leaves", edits=zero)
    both.do("#tea", "carol", "EDIT", "black tea, leaves", edits=zero)
    both.do("#tea", "carol", "PIN", zero)
    both.do(TALK, "bob", "NOTICE", "tea at five")


def later_days(both: Both, half: bool) -> str:
    """What comes then, with some of it filed in the middle; a message that may be taken back."""
    one = both.do("#tea", "alice", "PRIVMSG", "white tea")
    both.do("#tea", "bob", "TAGMSG", reply=one)
    both.do("#tea", "bob", "PRIVMSG", "tea for two", gap=0)
    both.do("#den", "carol", "PRIVMSG", "tea here")
    if half:
        both.scribe.file()
    two = both.do("#tea", "carol", "NOTICE", "at five", gap=0)
    for name in (*PEOPLE, *PEOPLE):
        both.do("#tea", name, "JOIN")
    both.do("#tea", "alice", "TAGMSG", reply=one)
    both.do(TALK, "alice", "PRIVMSG", "green tea", gap=0)
    both.do("#tea", "carol", "PRIVMSG", "green tea")
    both.do("#tea", "bob", "TAGMSG", reply=two)
    both.do("#tea", "bob", "QUIT", gap=0)
    return two


@pytest.fixture(scope="module", params=["fresh", "half filed", "filed", "amended"])
def both(request: pytest.FixtureRequest) -> Both:
    both = Both()
    early_days(both)
    two = later_days(both, request.param == "half filed")
    if request.param == "amended":
        both.do("#tea", "carol", "REDACT", two)
        both.do("#tea", "carol", "REDACT", both.ids[-2])
    elif request.param == "filed":
        both.scribe.file()
    is_fresh = len(both.scribe.archive.history.fresh) > 0
    assert is_fresh == (request.param in ("fresh", "half filed"))
    return both


def points(both: Both) -> list[Reference]:
    """All that there is in the history, and what is before it, between, and after."""
    times = list(dict.fromkeys(both.times))
    odd: list[Reference] = [EPOCH - 1, times[9] + 0.05, times[-1] + 1, "1-fff", "2-1"]
    return [*both.ids, *times, *odd]


@pytest.mark.parametrize("select", ["before", "after", "around", "latest"])
def test_pages_from_one_point_are_the_same(both: Both, select: Select) -> None:
    for point, limit, events in product(points(both)[::2], LIMITS, (False, True)):
        both.ask(ReadHistory("#tea", select, limit, point, events=events))
    places: list[Place] = ["#tea", "#den", "#old", TALK]
    for place, limit, events in product(places, LIMITS, (False, True)):
        both.ask(ReadHistory(place, "latest", limit, events=events))


def test_pages_between_two_points_are_the_same(both: Both) -> None:
    some = points(both)[::5]
    for one, other, limit, events in product(some, some, (1, 3, 50), (False, True)):
        both.ask(ReadHistory("#tea", "between", limit, one, other, events=events))


def test_single_messages_are_the_same(both: Both) -> None:
    found = [
        both.ask(FindKept(place, msgid)) for msgid in both.ids for place in ("#tea", "#old", TALK)
    ]
    assert any(found)
    for msgid, room in product(both.ids, ("#tea", "#old")):
        both.ask(ReadPins(room, msgid))


def test_buffers_are_the_same(both: Both) -> None:
    times = sorted({*both.times[::3], both.times[-1], EPOCH - 1, both.at + 1})
    for first, second in [*pairwise(times), (times[0], times[-1])]:
        for rooms, account in product(((), ("#tea",), ("#tea", "#den")), ("", *PEOPLE)):
            for limit in (1, 9):
                both.ask(ListBuffers(rooms, account, first, second, limit))
                both.ask(ListBuffers(rooms, account, second, first, limit))


@pytest.mark.parametrize("text", ["", "tea", "green tea"])
def test_what_is_found_is_the_same(both: Both, text: str) -> None:
    times = [None, both.times[4], both.times[12], both.at]
    for after, before, sender, limit in product(times, times, ("", "carol"), (1, 50)):
        for rooms, account, other in (
            (("#tea", "#den", "#old"), "alice", ""),
            (("#tea",), "", ""),
            ((), "alice", "bob"),
            ((), "bob", "carol"),
        ):
            both.ask(SearchHistory(rooms, account, limit, other, text, sender, after, before))


def test_from_an_event_back_to_a_time_is_back() -> None:
    both = Both()
    for _ in range(3):
        both.do("#tea", "alice", "JOIN")
    both.scribe.file()
    page = both.ask(ReadHistory("#tea", "between", 9, both.ids[2], both.times[0], events=True))
    assert isinstance(page, Page)
    assert [each.message.tags["msgid"] for each in page.kept] == [both.ids[1]]
