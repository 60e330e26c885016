"""History against a plain list: whatever is written, filed, amended and read, in whatever order.

Beside the server another process files, and the server is started anew now and then.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from trio_chat.archive.reading import EVENTS_PER_MESSAGE
from trio_chat.archive.settings import HistorySettings
from trio_chat.core.effects import Conclude
from trio_chat.core.history import EDIT_TEXT, TARGET_MSGID, Place, Reference, sequence_of
from trio_chat.core.records import RoomRecord
from trio_chat.store.database import Store
from trio_chat.testing.chat import EPOCH

from .chronicle import Scribe, shown
from .office import Office, opened

ROOMS = ["#tea", "#den", "#registered"]
PLACES: list[Place] = [*ROOMS, ("alice", "bob"), ("alice", "carol")]

places = st.sampled_from(PLACES)
rooms = st.sampled_from(ROOMS)
which = st.integers(0, 30)
"""Which of the messages there are, counted round."""

gaps = st.sampled_from([0, 0, 1, 1000])
"""Milliseconds between two messages: often there are none."""


@dataclass
class Entry:
    """Something that was said or done."""

    msgid: str
    at: float
    word: str
    is_message: bool
    parent: int = 0

    @property
    def sequence(self) -> int:
        return sequence_of(self.msgid)


Part = Callable[[Entry], bool]


class HistoryMachine(RuleBasedStateMachine):
    """Does to an archive and to lists what people do, and reads both."""

    @initialize()
    def start(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.at = EPOCH
        self.model: dict[Place, list[Entry]] = {place: [] for place in PLACES}
        self.closed: dict[Place, bool] = {}
        self.scribe = self.open()
        for name in ("alice", "bob", "carol"):
            self.scribe.office.have(name)
        self.scribe.archive.write([RoomRecord("#registered", "alice", 1.0, 1.0)])

    def teardown(self) -> None:
        self.scribe.office.store.close()
        shutil.rmtree(self.directory)

    def open(self) -> Scribe:
        return Scribe(Office(Store(self.directory), history=HistorySettings("os")))

    def enter(
        self, place: Place, count: int, gap: int, command: str, parent: str, is_closed: bool
    ) -> None:
        lines = []
        for _ in range(count):
            self.at = round(self.at * 1000 + gap) / 1000
            word = command
            if command == "PRIVMSG":
                word = str(self.scribe.number)
                line = self.scribe.line(place, word, at=self.at, is_closed=is_closed)
            else:
                tags = {"+reply": parent} if parent else {}
                line = self.scribe.line(
                    place, "#x", command=command, at=self.at, tags=tags, is_closed=is_closed
                )
            lines.append(line)
            self.model[place].append(
                Entry(
                    line.message.tags["msgid"],
                    self.at,
                    word,
                    command == "PRIVMSG",
                    sequence_of(parent) if command == "TAGMSG" else 0,
                )
            )
        self.scribe.keep(*lines)
        self.closed[place] = is_closed

    # -- what is done

    @rule(place=places, count=st.integers(1, 5), gap=gaps, is_closed=st.booleans())
    def say(self, place: Place, count: int, gap: int, is_closed: bool) -> None:
        self.enter(place, count, gap, "PRIVMSG", "", is_closed)

    @rule(place=places, count=st.integers(1, 3), gap=gaps)
    def come(self, place: Place, count: int, gap: int) -> None:
        self.enter(place, count, gap, "JOIN", "", self.closed.get(place, False))

    @rule(place=places, gap=gaps, number=which)
    def react(self, place: Place, gap: int, number: int) -> None:
        if messages := self.messages(place):
            parent = messages[number % len(messages)].msgid
            self.enter(place, 1, gap, "TAGMSG", parent, self.closed[place])

    @rule(place=places, number=which)
    def redact(self, place: Place, number: int) -> None:
        if messages := self.messages(place):
            gone = messages[number % len(messages)]
            self.model[place].remove(gone)
            self.forget_edits(place, gone)
            msgid = self.scribe.do(
                place, "REDACT", "#x", gone.msgid, at=self.at, is_closed=self.closed[place]
            )
            self.model[place].append(Entry(msgid, self.at, "REDACT", False, gone.sequence))

    @rule(place=places, number=which)
    def edit(self, place: Place, number: int) -> None:
        if messages := self.messages(place):
            edited = messages[number % len(messages)]
            edited.word = f"{edited.word}+"
            self.forget_edits(place, edited)
            msgid = self.scribe.do(
                place,
                *("EDIT", "#x"),
                at=self.at,
                tags={TARGET_MSGID: edited.msgid, EDIT_TEXT: edited.word},
                is_closed=self.closed[place],
            )
            self.model[place].append(Entry(msgid, self.at, "EDIT", False, edited.sequence))

    def forget_edits(self, place: Place, edited: Entry) -> None:
        self.model[place] = [
            each
            for each in self.model[place]
            if (each.word, each.parent) != ("EDIT", edited.sequence)
        ]

    @rule(room=rooms, to=rooms)
    def rename(self, room: str, to: str) -> None:
        if room != to:
            msgid = self.scribe.do(
                room, "RENAME", room, to, at=self.at, is_closed=self.closed.get(room, False)
            )
            self.model[to] = [*self.model[room], Entry(msgid, self.at, "RENAME", False)]
            self.model[room] = []
            self.closed[to] = self.closed.pop(room, False)

    @rule(room=rooms)
    def conclude(self, room: str) -> None:
        self.scribe.keep(Conclude(room))
        self.model[room] = []
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
                self.model[room] = []
                del self.closed[room]

    # -- what is read

    def messages(self, place: Place) -> list[Entry]:
        return [entry for entry in self.model[place] if entry.is_message]

    def reference(self, place: Place, number: int, by_time: bool) -> Reference:
        entries = self.model[place]
        if not entries:
            return EPOCH if by_time else "1-5"
        entry = entries[number % len(entries)]
        return entry.at if by_time else entry.msgid

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
        select: str,
        numbers: tuple[int, int],
        by_time: tuple[bool, bool],
        limit: int,
        events: bool,
        is_bounded: bool,
    ) -> None:
        references = [
            self.reference(place, number, timed)
            for number, timed in zip(numbers, by_time, strict=True)
        ]
        wanted = {"latest": int(is_bounded), "between": 2}.get(select, 1)
        references = references[:wanted]
        page = self.scribe.page(place, select, *references, limit=limit, events=events)
        expected = self.expect(place, select, references, limit, events)
        assert shown(page) == expected, (select, references, limit, events)

    @rule(place=places, number=which)
    def find(self, place: Place, number: int) -> None:
        if messages := self.messages(place):
            wanted = messages[number % len(messages)]
            (kept,) = self.scribe.find(place, wanted.msgid).kept
            assert (kept.message.params[-1], kept.at) == (wanted.word, wanted.at)

    @rule()
    def list_buffers(self) -> None:
        found = {each.name: each.at for each in self.scribe.buffers(ROOMS, "alice")}
        latest = {
            place if isinstance(place, str) else place[1]: messages[-1].at
            for place in PLACES
            if (messages := self.messages(place))
        }
        assert found == latest

    # -- what is expected

    def expect(
        self, place: Place, select: str, references: list[Reference], limit: int, events: bool
    ) -> list[str]:
        def always(entry: Entry) -> bool:
            return True

        low = after(references[0]) if references else always
        high = before(references[0]) if references else always
        match select:
            case "latest":
                stretches = [self.stretch(place, low, always, limit, True)]
            case "before":
                stretches = [self.stretch(place, always, high, limit, True)]
            case "after":
                stretches = [self.stretch(place, low, always, limit, False)]
            case "between":
                one, other = references
                if self.is_earlier(place, one, other):
                    stretches = [self.stretch(place, after(one), before(other), limit, False)]
                else:
                    stretches = [self.stretch(place, after(other), before(one), limit, True)]
            case _:
                early = [entry for entry in self.messages(place) if high(entry)]
                late = [entry for entry in self.messages(place) if not high(entry)]
                count = min(len(late), max(limit - limit // 2, limit - len(early)))

                def later(entry: Entry) -> bool:
                    return not high(entry)

                stretches = [
                    self.stretch(place, always, high, limit - count, True),
                    self.stretch(place, later, always, count, False),
                ]
        messages = [entry for stretch in stretches for entry in stretch[0]]
        if not events:
            return [entry.word for entry in messages]
        done = [entry for stretch in stretches for entry in stretch[1]]
        told = sorted([*messages, *done], key=lambda entry: entry.sequence)
        about = [
            entry
            for entry in self.model[place]
            if entry.parent and any(entry.parent == each.sequence for each in messages)
        ][: EVENTS_PER_MESSAGE * limit]
        words = []
        for entry in told:
            words.append(entry.word)
            words += [
                f"({each.word})"
                for each in about
                if each.parent == entry.sequence and each not in told
            ]
        return words

    def stretch(
        self, place: Place, low: Part, high: Part, count: int, latest: bool
    ) -> tuple[list[Entry], list[Entry]]:
        if not count:
            return [], []
        found = [entry for entry in self.model[place] if low(entry) and high(entry)]
        messages = [entry for entry in found if entry.is_message]
        messages = messages[-count:] if latest else messages[:count]
        if len(messages) == count:
            if latest:
                found = [entry for entry in found if entry.sequence >= messages[0].sequence]
            else:
                found = [entry for entry in found if entry.sequence <= messages[-1].sequence]
        done = [entry for entry in found if not entry.is_message]
        most = EVENTS_PER_MESSAGE * count
        return messages, done[-most:] if latest else done[:most]

    def is_earlier(self, place: Place, one: Reference, other: Reference) -> bool:
        if isinstance(one, float) and isinstance(other, float):
            return one <= other

        def position(reference: Reference) -> float:
            if isinstance(reference, str):
                return sequence_of(reference)
            messages = [entry for entry in self.messages(place) if not before(reference)(entry)]
            return messages[0].sequence if messages else float("inf")

        return position(one) <= position(other)


def before(reference: Reference) -> Part:
    if isinstance(reference, str):
        return lambda entry: entry.sequence < sequence_of(reference)
    return lambda entry: entry.at < reference


def after(reference: Reference) -> Part:
    if isinstance(reference, str):
        return lambda entry: entry.sequence > sequence_of(reference)
    return lambda entry: entry.at > reference


TestHistory = HistoryMachine.TestCase
TestHistory.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
