"""Acknowledged means kept: what its sender knows to be kept is in the history, once and as said.

The law: a server that echoes a message to its sender (echo-message), or acknowledges it
(labeled-response), after it was committed, may lose it by no crash and no loss of power. And what
is in a history was said: by somebody, in these words, in this place. Who reads of it is shown all
that there is between the first message shown and the last, whenever they ask.

Judged is what was read of a room once all had settled, by whoever has read all of it: up to an
empty page (`inspect` does so). Left out is what need not be there: what was taken back; rooms of
which nothing is to be kept (+E, SET KEEP), or whose history ends with them since not everyone may
come and listen (+i, +k, +p, +R, +s, or given up by DROP); people who want nothing kept of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.naming import is_room
from trio_chat.testing.oracle.orders import Orders
from trio_chat.testing.oracle.sayings import SPOKEN, Fold, Said
from trio_chat.testing.oracle.seen import Page
from trio_chat.testing.oracle.views import View
from trio_chat.wire.message import Message

KEPT = "acknowledged is kept"
WAS_SAID = "what is kept was said"
NO_HOLE = "no hole in a page"

_CLOSING_MODES = "EikpRs"
"""The modes that end the history of a room with it, or begin none."""

_SERVICES = ("CS", "CHANSERV", "NS", "NICKSERV")


class _Reading:
    """All that was read of one room's history by one client, the oldest first."""

    def __init__(self, view: View, room: str) -> None:
        self.view = view
        self.room = room
        self.messages: list[Message] = []
        self.is_whole = False
        self.began = -1
        """Where in the journal: what was said later need not be in it."""
        self.index = -1
        """Where the last of it is."""

    def take(self, page: Page) -> None:
        """Take in one more page, of what was said before those that were read so far."""
        self.index = page.index
        if self.began < 0:
            self.began = page.index
        spoken = [each for each in page.messages if each.command in SPOKEN]
        self.messages = spoken + self.messages
        self.is_whole = self.is_whole or not page.messages


def find_lost(orders: Orders) -> Iterator[Finding]:
    """What is not in the histories, and should be; and the other way round."""
    readings = _readings(orders)
    if not readings:
        return
    exempt = _Exempt(orders)
    names = _names(orders)
    acknowledged = _acknowledged(orders)
    for room, reading in readings.items():
        if reading.is_whole and room not in exempt.rooms:
            said = [
                each
                for index, each in acknowledged
                if index < reading.began and names.get(each.target, each.target) == room
            ]
            yield from _missing(orders, reading, said, exempt)
        yield from _unsaid(orders, reading, names, exempt)
        yield from _holes(orders, reading)


def _readings(orders: Orders) -> dict[str, _Reading]:
    """What was read of each room once all had settled; of several readings a whole one."""
    story = orders.story
    readings: dict[str, _Reading] = {}
    for view in story.judged:
        its: dict[str, _Reading] = {}
        for page in view.pages:
            if story.settled_before(page.index) is not None and is_room(page.target):
                its.setdefault(page.target, _Reading(view, page.target)).take(page)
        for room, reading in its.items():
            known = readings.get(room)
            if known is None or (reading.is_whole and not known.is_whole):
                readings[room] = reading
    return readings


def _names(orders: Orders) -> dict[str, str]:
    """What each room is called after it was renamed; whoever opens it again has another."""
    names: dict[str, str] = {}
    fold = orders.story.fold
    for view in orders.story.views:
        for before, after in view.renamings:
            names[fold(before)] = fold(after)
    for room in names:
        seen = {room: None}
        last = names[room]
        while last in names and last not in seen:
            seen[last] = None
            last = names[last]
        names[room] = last
    return names


def _acknowledged(orders: Orders) -> list[tuple[int, Said]]:
    """What their senders know to be kept, each once and in the order in which it was said, with
    where in the journal they learned of it."""
    known: dict[int, int] = {}
    for view in orders.story.judged:
        for index, said in view.acknowledged:
            known.setdefault(said.number, index)
    said_of = orders.story.sayings.said
    return [
        (index, said_of[number])
        for number, index in sorted(known.items())
        if is_room(said_of[number].target)
    ]


class _Exempt:
    """Of whom and of what nothing need be found."""

    def __init__(self, orders: Orders) -> None:
        sayings, fold = orders.story.sayings, orders.story.fold
        self.rooms: dict[str, None] = {}
        self.connections: dict[int, None] = {}
        self.msgids: dict[str, None] = {}
        self.edited: dict[str, None] = {}
        for sent in sayings.of("MODE"):
            params = sent.message.params
            if len(params) > 1 and any(mode in params[1] for mode in _CLOSING_MODES):
                self.rooms[fold(params[0])] = None
        for sent in sayings.of("REDACT"):
            if len(sent.message.params) > 1:
                self.msgids[sent.message.params[1]] = None
        for sent in sayings.of("EDIT"):
            tags, params = sent.message.tags, sent.message.params
            self.edited[tags.get("draft/target-msgid", (*params, "", "")[1])] = None
        for said in sayings.said:
            if said.target in ("nickserv", "chanserv"):
                self._by_service(said.connection, said.texts[0], fold)
        for command in _SERVICES:
            for sent in sayings.of(command):
                self._by_service(sent.connection, " ".join(sent.message.params), fold)

    def _by_service(self, connection: int, text: str, fold: Fold) -> None:
        words = text.split()
        verb = [word.upper() for word in words[:3]]
        if verb[:2] == ["SET", "HISTORY"]:
            self.connections[connection] = None
        elif len(words) > 1 and (verb[0] == "DROP" or (verb[0], *verb[2:]) == ("SET", "KEEP")):
            self.rooms[fold(words[1])] = None


def _missing(
    orders: Orders, reading: _Reading, acknowledged: list[Said], exempt: _Exempt
) -> Iterator[Finding]:
    events = orders.story.journal.events
    at = events[reading.index].at
    by_msgid = {each.tags.get("msgid", ""): each for each in reading.messages}
    by_text = {each.params[1]: each for each in reading.messages if len(each.params) > 1}
    for said in acknowledged:
        if said.connection in exempt.connections:
            continue
        msgid = orders.same.msgid_of(said)
        if msgid in exempt.msgids:
            continue
        who = orders.story.journal.names[said.connection]
        kept = by_msgid.get(msgid) if msgid else by_text.get(said.texts[0])
        if kept is None:
            text = f"{who} was told that {said.texts[0]!r} was said in {said.target}, and it is not"
            yield Finding(KEPT, f"{text} in the history that {reading.view.name} has read", at)
        elif kept.params[-1] not in said.texts and msgid not in exempt.edited:
            text = f"{who} said {said.texts[0]!r} in {said.target}, and the history"
            yield Finding(KEPT, f"{text} has it as {kept.params[-1]!r}", at)


def _unsaid(
    orders: Orders, reading: _Reading, names: dict[str, str], exempt: _Exempt
) -> Iterator[Finding]:
    """What the history has twice, or what people of the journal have never said."""
    story = orders.story
    at = story.journal.events[reading.index].at
    own = {nick: None for view in story.views for nick in view.nicks}
    said = {
        (names.get(each.target, each.target), text) for each in story.sayings.said
        for text in each.texts
    }  # fmt: skip
    room = names.get(reading.room, reading.room)
    seen: dict[str, None] = {}
    for message in reading.messages:
        msgid = message.tags.get("msgid", "")
        if msgid and msgid in seen:
            text = f"the history of {reading.room} has {message.params[-1]!r} ({msgid}) twice"
            yield Finding(KEPT, text, at)
        seen[msgid] = None
        is_ours = story.fold(message.nick) in own and msgid not in exempt.edited
        if is_ours and (room, message.params[-1]) not in said:
            text = f"the history of {reading.room} has {message.params[-1]!r} by {message.nick}"
            yield Finding(WAS_SAID, f"{text}, who has not said so there", at)


def _holes(orders: Orders, reading: _Reading) -> Iterator[Finding]:
    """What earlier pages of the same history have left out: it is kept, and so it was then."""
    story = orders.story
    ids = [each.tags.get("msgid", "") for each in reading.messages]
    places = {msgid: place for place, msgid in enumerate(ids)}
    for view in story.judged:
        for page in view.pages:
            if page.target != reading.room or page.index >= reading.began:
                continue
            shown = {each.tags.get("msgid", ""): None for each in page.messages}
            known = [places[msgid] for msgid in shown if msgid and msgid in places]
            for place in range(min(known, default=0), max(known, default=0)):
                if ids[place] and ids[place] not in shown:
                    text = reading.messages[place].params[-1]
                    yield Finding(
                        NO_HOLE,
                        f"{view.name} was shown a page of {reading.room} without {text!r} "
                        f"({ids[place]}), and with what was said before and after it",
                        story.journal.events[page.index].at,
                    )
