"""A chat with a history: what the core wants kept is remembered in a list, and found there again.

It answers as the archive does, at once unless told to wait, but knows nothing of disks.
"""

from __future__ import annotations

import math
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

EVENTS_PER_MESSAGE = 2
"""Events that may come with a page for each message it may have."""


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
            self.pinned[new] = self.pinned.pop(place, [])
            self.kept[new] = [
                _renamed(each, place, message.params[1]) for each in self.kept.pop(place, [])
            ]
            place = new
            self.names[new] = message.params[1]
        elif message.command == "REDACT":
            msgid = message.params[1]
            self._forget_edits(place, msgid)
            self.kept[place] = [
                each for each in self.kept[place] if each.message.tags["msgid"] != msgid
            ]
            self._unpin(place, msgid)
        elif message.command == "EDIT":
            msgid = message.tags[TARGET_MSGID]
            if not any(map(_is_said, self._find(place, msgid))):
                return
            self._forget_edits(place, msgid)
            self._edit(place, msgid, message.tags[EDIT_TEXT])
        elif message.command == "PIN":
            self.pinned.setdefault(place, []).append(message.params[1])
        elif message.command == "UNPIN":
            self._unpin(place, message.params[1])
        elif isinstance(place, str):
            self.names.setdefault(place, message.params[0] if message.params else place)
        self.kept.setdefault(place, []).append(Kept(message, chronicle.at))

    def _unpin(self, place: Place, msgid: str) -> None:
        self.pinned[place] = [each for each in self.pinned.get(place, []) if each != msgid]

    def _forget_edits(self, place: Place, msgid: str) -> None:
        self.kept[place] = [
            each
            for each in self.kept.get(place, [])
            if (each.message.command, _parent(each)) != ("EDIT", sequence_of(msgid))
        ]

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
        told = _told(kept, question)
        if not question.events:
            return Page(tuple(each for each in told if _is_said(each)))
        said = {_sequence(each) for each in told if _is_said(each)}
        about = [each for each in kept if _parent(each) in said]
        page: list[Kept] = []
        for each in told:
            page.append(each)
            page += [
                context._replace(is_context=True)
                for context in about[: EVENTS_PER_MESSAGE * question.limit]
                if context not in told and _parent(context) == _sequence(each)
            ]
        return Page(tuple(page))

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


def _renamed(each: Kept, before: str | tuple[str, str], name: str) -> Kept:
    """Something from the history of a room that has another name now."""
    command, params = each.message.command, each.message.params
    if command == "RENAME" or params[:1] == () or params[0].lower() != before:
        return each
    return each._replace(message=replace(each.message, params=(name, *params[1:])))


def _told(kept: list[Kept], question: ReadHistory) -> list[Kept]:
    """What a question asks for, with what was done."""
    first, second, limit = question.first, question.second, question.limit
    if question.select == "latest" and first is None:
        return _last(kept, limit)
    assert first is not None
    match question.select:
        case "latest":
            return _last(_after(kept, first), limit)
        case "before":
            return _last(_before(kept, first), limit)
        case "after":
            return _first(_after(kept, first), limit)
        case "around":
            early = _before(kept, first)
            late = kept[len(early) :]
            before, after = (len(list(filter(_is_said, half))) for half in (early, late))
            count = min(after, max(limit - limit // 2, limit - before))
            return [*_last(early, limit - count), *_first(late, count)]
        case _:  # between
            assert second is not None
            if _position(kept, first) <= _position(kept, second):
                return _first(_before(_after(kept, first), second), limit)
            return _last(_before(_after(kept, second), first), limit)


def _is_said(each: Kept) -> bool:
    return each.message.command in SPOKEN


def _sequence(each: Kept) -> int:
    return sequence_of(each.message.tags["msgid"])


def _parent(each: Kept) -> int:
    """The sequence of the message that this is about, 0 for none."""
    message = each.message
    if message.command in ("REDACT", "PIN", "UNPIN"):
        return sequence_of(message.params[1])
    if message.command == "EDIT":
        return sequence_of(message.tags[TARGET_MSGID])
    if message.command == "TAGMSG":
        return sequence_of(message.tags.get("+draft/reply") or message.tags.get("+reply", ""))
    return 0


def _order(each: Kept, reference: Reference) -> int:
    """Whether a message is before, at or after a reference: -1, 0 or 1."""
    if isinstance(reference, str):
        own, other = _sequence(each), sequence_of(reference)
        return (own > other) - (own < other)
    at, then = format_time(each.at), format_time(reference)
    return (at > then) - (at < then)


def _before(kept: Iterable[Kept], reference: Reference) -> list[Kept]:
    return [each for each in kept if _order(each, reference) < 0]


def _after(kept: Iterable[Kept], reference: Reference) -> list[Kept]:
    return [each for each in kept if _order(each, reference) > 0]


def _position(kept: list[Kept], reference: Reference) -> tuple[float, str]:
    """Where a reference is: two times by themselves, else by what is the first from it on."""
    if isinstance(reference, str):
        return sequence_of(reference), ""
    from_it_on = (_sequence(each) for each in kept if _order(each, reference) >= 0)
    return next(from_it_on, math.inf), format_time(reference)


def _first(kept: list[Kept], count: int) -> list[Kept]:
    """The first so many that were said, and what was done up to the last of them; if they are all,
    what was done after it, too."""
    if not count:
        return []
    said = [each for each in kept if _is_said(each)][:count]
    if len(said) == count:
        kept = kept[: kept.index(said[-1]) + 1]
    done = [each for each in kept if not _is_said(each)][: EVENTS_PER_MESSAGE * count]
    return sorted([*said, *done], key=_sequence)


def _last(kept: list[Kept], count: int) -> list[Kept]:
    return _first(kept[::-1], count)


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
