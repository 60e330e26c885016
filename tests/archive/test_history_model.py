"""History against the list that the tests of the core have for it: whatever is written, filed,
amended, read and searched, in whatever order, both answer the same.

Beside the server another process files, and the server is started anew now and then.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from trio_chat.archive.settings import HistorySettings
from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.core.history import (
    EDIT_TEXT,
    TARGET_MSGID,
    FindKept,
    Kept,
    ListBuffers,
    Place,
    ReadHistory,
    ReadPins,
    Reference,
    SearchHistory,
    Select,
)
from trio_chat.core.questions import Question
from trio_chat.core.records import RoomRecord
from trio_chat.store.database import Store
from trio_chat.testing.chat import EPOCH

from ..core.historian import Historian
from .chronicle import Scribe
from .office import Office, opened

ROOMS = ["#tea", "#den", "#registered"]
PEOPLE = ("alice", "bob", "carol")
PLACES: list[Place] = [*ROOMS, ("alice", "bob"), ("alice", "carol")]

places = st.sampled_from(PLACES)
rooms = st.sampled_from(ROOMS)
which = st.integers(0, 30)
"""Which of the messages there are, counted round."""

gaps = st.sampled_from([0, 0, 1, 1000])
"""Milliseconds between two messages: often there are none."""


class HistoryMachine(RuleBasedStateMachine):
    """Does to an archive and to lists what people do, and reads both."""

    @initialize()
    def start(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.at = EPOCH
        self.historian = Historian()
        self.closed: dict[Place, bool] = {}
        self.scribe = self.open()
        for name in PEOPLE:
            self.scribe.office.have(name)
        self.scribe.archive.write([RoomRecord("#registered", "alice", 1.0, 1.0)])

    def teardown(self) -> None:
        self.scribe.office.store.close()
        shutil.rmtree(self.directory)

    def open(self) -> Scribe:
        return Scribe(Office(Store(self.directory), history=HistorySettings("os")))

    def keep(self, *effects: Chronicle | Conclude) -> None:
        self.scribe.keep(*effects)
        for effect in effects:
            self.historian.heeds(effect)

    def line(self, place: Place, command: str, *params: str, **how: Any) -> Chronicle:
        """What keeps something of now; to whom it is is said already."""
        by = how.pop("by", "alice")
        target = place if isinstance(place, str) else place[place[0] == by]
        how.setdefault("is_closed", self.closed.get(place, False))
        return self.scribe.line(
            place, target, *params, command=command, by=by, account=by, at=self.at, **how
        )

    def later(self, gap: int) -> None:
        self.at = round(self.at * 1000 + gap) / 1000

    # -- what is done

    @rule(place=places, count=st.integers(1, 5), gap=gaps, is_closed=st.booleans(), which=which)
    def say(self, place: Place, count: int, gap: int, is_closed: bool, which: int) -> None:
        people = place if isinstance(place, tuple) else PEOPLE
        lines = []
        for _ in range(count):
            self.later(gap)
            word, by = f"n{self.scribe.number:03}", people[which % len(people)]
            lines.append(self.line(place, "PRIVMSG", f"tea {word}", by=by, is_closed=is_closed))
        self.keep(*lines)
        self.closed[place] = is_closed

    @rule(room=rooms, count=st.integers(1, 3), gap=gaps)
    def come(self, room: str, count: int, gap: int) -> None:
        lines = []
        for _ in range(count):
            self.later(gap)
            lines.append(self.line(room, "JOIN"))
        self.keep(*lines)

    @rule(place=places, gap=gaps, number=which)
    def react(self, place: Place, gap: int, number: int) -> None:
        if messages := self.messages(place):
            self.later(gap)
            self.keep(self.line(place, "TAGMSG", tags={"+reply": msgid(messages, number)}))

    @rule(place=places, number=which)
    def redact(self, place: Place, number: int) -> None:
        """Take back a message, or a reaction."""
        kept = self.historian.kept.get(place, [])
        if some := [each for each in kept if each.message.command in ("PRIVMSG", "TAGMSG")]:
            self.keep(self.line(place, "REDACT", msgid(some, number)))

    @rule(place=places, number=which)
    def edit(self, place: Place, number: int) -> None:
        if messages := self.messages(place):
            edited = messages[number % len(messages)].message
            tags = {TARGET_MSGID: edited.tags["msgid"], EDIT_TEXT: f"{edited.params[1]} or so"}
            self.keep(self.line(place, "EDIT", tags=tags))

    @rule(room=rooms, number=which)
    def pin(self, room: str, number: int) -> None:
        """Pin a message, or no longer."""
        if messages := self.messages(room):
            chosen = msgid(messages, number)
            is_pinned = chosen in self.historian.pinned.get(room, [])
            self.keep(self.line(room, "UNPIN" if is_pinned else "PIN", chosen))
            self.ask(ReadPins(room, chosen))

    @rule(room=rooms, to=rooms)
    def rename(self, room: str, to: str) -> None:
        if room != to:
            self.keep(self.line(room, "RENAME", to))
            self.closed[to] = self.closed.pop(room, False)

    @rule(room=rooms)
    def conclude(self, room: str) -> None:
        self.keep(Conclude(room))
        self.closed.pop(room, None)

    @rule(elsewhere=st.booleans())
    def file(self, elsewhere: bool) -> None:
        if not elsewhere:
            self.scribe.archive.file()
            return
        with Store(self.directory) as store:
            opened(store).file()

    @rule()
    def restart(self) -> None:
        self.scribe.office.store.close()
        number = self.scribe.number
        self.scribe = self.open()
        self.scribe.number = number
        for room in ROOMS:
            if self.closed.get(room) and room != "#registered":
                self.historian.heeds(Conclude(room))
                del self.closed[room]

    # -- what is read

    def messages(self, place: Place) -> list[Kept]:
        kept = self.historian.kept.get(place, [])
        return [each for each in kept if each.message.command == "PRIVMSG"]

    def reference(self, place: Place, number: int, by_time: bool) -> Reference:
        kept = self.historian.kept.get(place)
        if not kept:
            return EPOCH if by_time else "1-5"
        return kept[number % len(kept)].at if by_time else msgid(kept, number)

    @rule(
        place=places,
        select=st.sampled_from(["latest", "before", "after", "around", "between"]),
        numbers=st.tuples(which, which),
        by_time=st.tuples(st.booleans(), st.booleans()),
        limit=st.sampled_from([1, 2, 3, 5, 50]),
        events=st.booleans(),
        is_bounded=st.booleans(),
    )
    def read(
        self,
        place: Place,
        select: Select,
        numbers: tuple[int, int],
        by_time: tuple[bool, bool],
        limit: int,
        events: bool,
        is_bounded: bool,
    ) -> None:
        one, other = (
            self.reference(place, number, timed)
            for number, timed in zip(numbers, by_time, strict=True)
        )
        first = one if is_bounded or select != "latest" else None
        second = other if select == "between" else None
        self.ask(ReadHistory(place, select, limit, first, second, events))

    def ask(self, question: Question) -> None:
        """The answers are the same."""
        answer = self.scribe.archive.reading[type(question)](question)
        assert answer == self.historian.answer(question), question

    @rule(place=places, number=which)
    def find(self, place: Place, number: int) -> None:
        if kept := self.historian.kept.get(place):
            self.ask(FindKept(place, msgid(kept, number)))
            self.ask(ReadPins(place, msgid(kept, number)))

    @rule(
        some=st.lists(rooms, unique=True),
        account=st.sampled_from(["", *PEOPLE]),
        limit=st.sampled_from([1, 3, 50]),
        number=which,
        is_any=st.booleans(),
        sender=st.sampled_from(["", *PEOPLE]),
        bounds=st.tuples(st.booleans(), st.booleans()),
        other=st.sampled_from(["", "bob"]),
    )
    def search(
        self,
        some: list[str],
        account: str,
        limit: int,
        number: int,
        is_any: bool,
        sender: str,
        bounds: tuple[bool, bool],
        other: str,
    ) -> None:
        times = [each.at for kept in self.historian.kept.values() for each in kept] or [EPOCH]
        after, before = (
            times[(number + index) % len(times)] if bound else None
            for index, bound in enumerate(bounds)
        )
        text = "tea" if is_any else f"n{number:03}"
        other = other if other != account else ""
        self.ask(SearchHistory(tuple(some), account, limit, other, text, sender, after, before))

    @rule(numbers=st.tuples(which, which), account=st.sampled_from(["", *PEOPLE]))
    def list_buffers(self, numbers: tuple[int, int], account: str) -> None:
        times = [each.at for kept in self.historian.kept.values() for each in kept] or [EPOCH]
        first, second = (times[number % len(times)] for number in numbers)
        question = ListBuffers(tuple(ROOMS), account, first - 1, second + 1, 100)
        found = self.scribe.archive.reading[ListBuffers](question)
        expected = self.historian.answer(question)
        assert isinstance(found, tuple)
        assert isinstance(expected, tuple)
        # What was last said at one time has no order.
        assert [each.at for each in found] == [each.at for each in expected]
        assert set(found) == set(expected)


def msgid(kept: list[Kept], number: int) -> str:
    return kept[number % len(kept)].message.tags["msgid"]


TestHistory = HistoryMachine.TestCase
TestHistory.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
