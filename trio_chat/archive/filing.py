"""Filing: from lines to rows, which lie by place, with their words in the index.

Laws:

* Names are looked up as they are found at this moment, a few questions for all lines together;
  nothing is remembered of them, so that whoever changes them need tell nobody.
* What two said of whom one has no account any more is not filed: it is erased with the account.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence

from trio_chat.archive.lines import SAID, Line
from trio_chat.core.history import Place
from trio_chat.store import accounts, facts, history, places
from trio_chat.store.history import EventRow, MessageRow
from trio_chat.store.places import PlaceRow

Fold = Callable[[str], str]

LATEST = "latest_message"
"""The fact that says when the latest line of all was, in milliseconds."""

_OWN_TAGS = frozenset({"msgid", "account"})
"""Tags that the row has otherwise."""


def put(db: sqlite3.Connection, lines: Sequence[Line], fold: Fold) -> None:
    """File lines, in their order."""
    if not lines:
        return
    fold = _Folded(fold).__getitem__
    names = {fold(line.tags["account"]) for line in lines if "account" in line.tags}
    names.update(name for line in lines if isinstance(line.place, tuple) for name in line.place)
    by_name = accounts.numbers(db, sorted(names))
    by_place = _places_of(db, lines, by_name, fold)
    messages: list[MessageRow] = []
    events: list[EventRow] = []
    for line in lines:
        place = by_place[line.place]
        if place is None:
            continue
        account = by_name.get(fold(line.tags["account"])) if "account" in line.tags else None
        if line.command in SAID:
            messages.append(_message_row(line, place, account, fold))
        else:
            events.append(_event_row(line, place, account, fold))
    # By place, so that rows which lie together are written together.
    history.add_messages(db, sorted(messages, key=_key))
    history.add_events(db, sorted(events, key=_key))
    facts.put(db, LATEST, str(max(latest(db), *(line.at for line in lines))))


class _Folded(dict[str, str]):
    """Folded names, each folded once: many lines are of few people in few rooms."""

    def __init__(self, fold: Fold) -> None:
        super().__init__()
        self._fold = fold

    def __missing__(self, name: str) -> str:
        folded = self[name] = self._fold(name)
        return folded


def latest(db: sqlite3.Connection) -> int:
    """When the latest line of all that was filed was, in milliseconds; 0 if there is none."""
    return int(facts.find(db, LATEST) or 0)


def _key(row: MessageRow | EventRow) -> tuple[int, int]:
    return row.place, row.sequence


def _message_row(line: Line, place: PlaceRow, account: int | None, fold: Fold) -> MessageRow:
    target, text = line.params[:2]
    return MessageRow(
        place.id,
        line.sequence,
        line.at,
        line.command,
        line.source,
        account,
        None if fold(target) == place.folded else target,
        text,
        _other_tags(line),
    )


def _event_row(line: Line, place: PlaceRow, account: int | None, fold: Fold) -> EventRow:
    params: list[str | None] = list(line.params)
    # A room that has another name now is replayed by that, or its members' clients would not know
    # which is meant; but for how it came to have it.
    if params and line.command != "RENAME" and fold(line.params[0]) == place.folded:
        params[0] = None
    return EventRow(
        place.id,
        line.sequence,
        line.at,
        line.command,
        line.source,
        account,
        json.dumps(params, ensure_ascii=False),
        _other_tags(line),
        line.parent or None,
    )


def _other_tags(line: Line) -> str | None:
    tags = {key: value for key, value in line.tags.items() if key not in _OWN_TAGS}
    return json.dumps(tags, ensure_ascii=False) if tags else None


# -- places


def _places_of(
    db: sqlite3.Connection, lines: Sequence[Line], by_name: dict[str, int], fold: Fold
) -> dict[Place, PlaceRow | None]:
    """The row of each line's place, made if there was none; None for what is not to be filed."""
    last = {line.place: line for line in lines}
    names = {  # as the last line that has a room's name spells it
        line.place: line.params[0]
        for line in lines
        if line.params and fold(line.params[0]) == line.place
    }
    rooms = places.find_rooms(db, [place for place in last if isinstance(place, str)])
    found: dict[Place, PlaceRow | None] = {}
    for place, line in last.items():
        if isinstance(place, str):
            found[place] = _room(db, rooms.get(place), place, names.get(place), line.is_closed)
        else:
            found[place] = _conversation(db, [by_name.get(name) for name in place])
    return found


def _room(
    db: sqlite3.Connection, known: PlaceRow | None, folded: str, name: str | None, is_closed: bool
) -> PlaceRow:
    if known is None:
        return places.add_room(db, folded, name or folded, is_closed)
    name = name or known.name
    if (known.name, bool(known.is_closed)) != (name, is_closed):
        places.change_room(db, known.id, folded, name, is_closed)
    return known


def _conversation(db: sqlite3.Connection, numbers: list[int | None]) -> PlaceRow | None:
    one, other = numbers
    if one is None or other is None:
        return None
    one, other = sorted((one, other))
    known = places.find_conversation(db, one, other)
    return known or places.add_conversation(db, one, other)
