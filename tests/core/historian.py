"""A chat with a history: what the core wants kept is remembered in a list, and found there again.

It answers as the archive does, at once unless told to wait, but knows nothing of disks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from trio_chat.core.accounts import Account
from trio_chat.core.effects import Ask, Chronicle, Conclude, Effect
from trio_chat.core.events import Answered, Event, Restored
from trio_chat.core.history import (
    EDIT_TEXT,
    TARGET_MSGID,
    Buffer,
    FindKept,
    Kept,
    ListBuffers,
    Page,
    Pins,
    Place,
    ReadHistory,
    ReadPins,
    Reference,
    SearchHistory,
    SearchResult,
    sequence_of,
)
from trio_chat.core.playback import SPOKEN
from trio_chat.core.questions import Question
from trio_chat.core.settings import Settings
from trio_chat.wire.message import Message
from trio_chat.wire.variants import format_time

from .language import START, Chat, Client

RUN = 1

QUESTIONS = (ReadHistory, ListBuffers, FindKept, SearchHistory, ReadPins)


def point(at: float) -> str:
    """How a client names this time."""
    return f"timestamp={format_time(at)}"


class Historian:
    """What was kept of each place, in order."""

    def __init__(self) -> None:
        self.kept: dict[Place, list[Kept]] = {}
        self.names: dict[Place, str] = {}
        self.pinned: dict[Place, list[str]] = {}
        self.concluded: list[str] = []

    def heeds(self, effect: Effect) -> tuple[int, object] | None:
        """Carry out an effect; the session that asked something, and the answer, if it did."""
        match effect:
            case Chronicle():
                self.keep(effect)
            case Conclude():
                self.kept.pop(effect.place, None)
                self.pinned.pop(effect.place, None)
                self.concluded.append(effect.place)
            case Ask(session, question) if isinstance(question, QUESTIONS):
                return session.id, self.answer(question)
            case _:
                pass
        return None

    def keep(self, chronicle: Chronicle) -> None:
        message, place = chronicle.message, chronicle.place
        if message.command == "RENAME":
            new = message.params[1].lower()
            self.kept[new] = self.kept.pop(place, [])
            self.pinned[new] = self.pinned.pop(place, [])
            place = new
            self.names[new] = message.params[1]
        elif message.command == "REDACT":
            kept = self.kept.get(place, [])
            self.kept[place] = [
                each for each in kept if each.message.tags["msgid"] != message.params[1]
            ]
            self._unpin(place, message.params[1])
        elif message.command == "EDIT":
            self._edit(place, message.tags[TARGET_MSGID], message.tags[EDIT_TEXT])
        elif message.command == "PIN":
            self.pinned.setdefault(place, []).append(message.params[1])
        elif message.command == "UNPIN":
            self._unpin(place, message.params[1])
        elif isinstance(place, str):
            self.names.setdefault(place, message.params[0] if message.params else place)
        self.kept.setdefault(place, []).append(Kept(message, chronicle.at))

    def _unpin(self, place: Place, msgid: str) -> None:
        self.pinned[place] = [each for each in self.pinned.get(place, []) if each != msgid]

    def _edit(self, place: Place, msgid: str, text: str) -> None:
        for index, each in enumerate(self.kept.get(place, [])):
            if each.message.tags["msgid"] == msgid:
                params = (each.message.params[0], text)
                edited = each._replace(message=replace(each.message, params=params))
                self.kept[place][index] = edited

    def _find(self, place: Place, msgid: str) -> tuple[Kept, ...]:
        kept = self.kept.get(place, [])
        return tuple(each for each in kept if each.message.tags["msgid"] == msgid)

    def said(self, place: Place) -> list[str]:
        """What is kept of a place, in brief."""
        return [
            f"{each.message.nick} {each.message.command} {' '.join(each.message.params)}"
            for each in self.kept.get(place, [])
        ]

    def answer(self, question: Question) -> object:
        match question:
            case ReadHistory():
                return self._read(question)
            case ListBuffers():
                return self._list(question)
            case SearchHistory():
                return self._search(question)
            case FindKept():
                return Page(self._find(question.place, question.msgid))
            case ReadPins():
                pinned = sorted(self.pinned.get(question.place, []), key=sequence_of)
                its = tuple(each for msgid in pinned for each in self._find(question.place, msgid))
                return Pins(its, next(iter(self._find(question.place, question.msgid)), None))
            case _:
                return None

    def _read(self, question: ReadHistory) -> Page:
        kept = self.kept.get(question.place, [])
        first, second = question.first, question.second
        match question.select:
            case "latest":
                kept = _last(_after(kept, first) if first is not None else kept, question)
            case "before":
                kept = _last(_before(kept, first), question)
            case "after":
                kept = _first(_after(kept, first), question)
            case "around":
                earlier = _last(_before(kept, first), question, question.limit // 2)
                left = question.limit - len(earlier)
                itself = [each for each in kept if _is_at(each, first)]
                kept = [*earlier, *_first([*itself, *_after(kept, first)], question, left)]
            case "between":
                assert first is not None
                assert second is not None
                if _goes_back(kept, first, second):
                    kept = _last(_after(_before(kept, first), second), question)
                else:
                    kept = _first(_before(_after(kept, first), second), question)
        return Page(tuple(kept))

    def _search(self, question: SearchHistory) -> SearchResult:
        """What has all of the words anywhere in it."""
        account, other = question.account, question.other
        found = [
            (place, each)
            for place, kept in self.kept.items()
            for each in kept
            if each.message.command in SPOKEN
            and (
                place in question.rooms
                if isinstance(place, str)
                else account in place and (not other or sorted((account, other)) == [*place])
            )
            and all(word in each.message.params[1] for word in question.text.split())
            and question.sender in ("", each.message.nick)
            and (question.after is None or each.at >= question.after)
            and (question.before is None or each.at <= question.before)
        ]
        found.sort(key=lambda each: sequence_of(each[1].message.tags["msgid"]))
        latest = question.after is None
        return SearchResult(tuple(found[-question.limit :] if latest else found[: question.limit]))

    def _list(self, question: ListBuffers) -> tuple[Buffer, ...]:
        found = []
        for place, kept in self.kept.items():
            said = [each for each in kept if each.message.command in SPOKEN]
            if not said:
                continue
            at = said[-1].at
            if not min(question.first, question.second) < at < max(question.first, question.second):
                continue
            if isinstance(place, str) and place in question.rooms:
                found.append(Buffer(self.names[place], at, True))
            elif isinstance(place, tuple) and question.account in place:
                one, other = place
                found.append(Buffer(other if one == question.account else one, at, False))
        found.sort(key=lambda each: each.at, reverse=question.first > question.second)
        return tuple(found[: question.limit])


def _key(reference: Reference | None) -> str:
    return reference if isinstance(reference, str) else format_time(reference or 0.0)


def _order(each: Kept, reference: Reference | None) -> int:
    """Whether a message is before, at or after a reference: -1, 0 or 1."""
    if isinstance(reference, str):
        own, other = sequence_of(each.message.tags["msgid"]), sequence_of(reference)
        return (own > other) - (own < other)
    at, then = format_time(each.at), _key(reference)
    return (at > then) - (at < then)


def _before(kept: Iterable[Kept], reference: Reference | None) -> list[Kept]:
    return [each for each in kept if _order(each, reference) < 0]


def _after(kept: Iterable[Kept], reference: Reference | None) -> list[Kept]:
    return [each for each in kept if _order(each, reference) > 0]


def _is_at(each: Kept, reference: Reference | None) -> bool:
    return _order(each, reference) == 0


def _goes_back(kept: list[Kept], first: Reference, second: Reference) -> bool:
    return any(_order(each, first) < 0 < _order(each, second) for each in kept)


def _first(kept: list[Kept], question: ReadHistory, limit: int | None = None) -> list[Kept]:
    """As many as were asked for, counted by what was said."""
    left = question.limit if limit is None else limit
    found = []
    for each in kept:
        is_said = each.message.command in SPOKEN
        if is_said and not left:
            break
        left -= is_said
        if is_said or question.events:
            found.append(each)
    return found


def _last(kept: list[Kept], question: ReadHistory, limit: int | None = None) -> list[Kept]:
    return _first(kept[::-1], question, limit)[::-1]


class KeptChat(Chat):
    """A chat whose questions about history are answered by a `Historian`."""

    forgets = False

    def __init__(self, settings: Settings | None = None, accounts: Iterable[Account] = ()) -> None:
        self.historian = Historian()
        self.waits = False
        """Whether questions are left open, until `answers`."""
        self._open: list[tuple[int, object]] = []
        super().__init__(settings, None)
        self.happens(Restored(tuple(accounts), (), "", START, run=RUN))

    def happens(self, event: Event) -> None:
        super().happens(event)
        effects = self.effects
        asked = (self.historian.heeds(effect) for effect in effects)
        self._open += [answer for answer in asked if answer is not None]
        if not self.waits:
            self.answers()
        self.effects = effects

    def answers(self, *instead: object) -> None:
        """Answer what was asked, or with this in the place of the first answer."""
        given = list(instead)
        while self._open:
            session, found = self._open.pop(0)
            answer = given.pop(0) if given else found
            self.happens(Answered(session, answer, self.at))

    def keeps(
        self, place: Place, text: str, by: str = "alice", after: float = 1.0, /, **tags: str
    ) -> str:
        """Something was said, so many seconds after the last event; its id.

        In private `by` is the account of who said it, and their nick.
        """
        self.at += after
        target = place
        if isinstance(place, tuple):
            target = place[place[0] == by]
            tags["account"] = by
        line = f"{by} PRIVMSG {target} :{text}"
        return self.notes(place, line, **tags)

    def notes(self, place: Place, line: str, /, **tags: str) -> str:
        """Something was done, as `nick COMMAND param :text`; its id."""
        nick, command, *params = line.partition(" :")[0].split(" ")
        if " :" in line:
            params.append(line.partition(" :")[2])
        msgid = self.world.new_id()
        message = Message(command, tuple(params), f"{nick}!~{nick}@host", {"msgid": msgid, **tags})
        self.historian.keep(Chronicle(place, message, self.at))
        return msgid


def texts(client: Client, line: str) -> list[str]:
    """The texts of what is shown in answer to this line."""
    return [each.params[-1] for each in client.asks(line) if each.command in SPOKEN]
