"""What changes a history that is filed: a message taken back, edited or pinned, another name of a
room, an end.

Law: all that came before is filed by then, in the same transaction, and what is done here is done
to rows alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

from trio_chat.archive import filing
from trio_chat.archive.filing import Fold
from trio_chat.archive.lines import Line
from trio_chat.core.history import EDIT_TEXT, Place, sequence_of
from trio_chat.store import accounts, history, pins, places
from trio_chat.store.places import PlaceRow


def find_place(db: sqlite3.Connection, place: Place) -> PlaceRow | None:
    """The row of a place, if it has one."""
    if isinstance(place, str):
        return places.find_rooms(db, [place]).get(place)
    by_name = accounts.numbers(db, place)
    if not all(name in by_name for name in place):
        return None
    return places.find_conversation(db, *sorted(by_name[name] for name in place))


def _redact(db: sqlite3.Connection, line: Line, fold: Fold) -> None:
    """Erase a message, or a reaction; that it was taken back is told by the REDACT itself."""
    filing.put(db, [line], fold)
    place = find_place(db, line.place)
    if place is not None:
        redacted = sequence_of(line.params[1])
        history.delete_messages(db, place.id, [redacted])
        history.delete_events(db, place.id, [redacted])


def _edit(db: sqlite3.Connection, line: Line, fold: Fold) -> None:
    """Give a message its new text. Of one that is not kept the edit is not kept either; of several
    edits the last one is."""
    place = find_place(db, line.place)
    edited = line.parent
    if place is None or not history.change_text(db, place.id, edited, line.tags[EDIT_TEXT]):
        return
    history.delete_edits(db, place.id, [edited])
    filing.put(db, [line], fold)


def _pin(db: sqlite3.Connection, line: Line, fold: Fold) -> None:
    filing.put(db, [line], fold)
    place = find_place(db, line.place)
    assert place is not None
    pins.add(db, place.id, line.parent)


def _unpin(db: sqlite3.Connection, line: Line, fold: Fold) -> None:
    filing.put(db, [line], fold)
    place = find_place(db, line.place)
    assert place is not None
    pins.delete(db, place.id, [line.parent])


def _rename(db: sqlite3.Connection, line: Line, fold: Fold) -> None:
    """Have a room's history follow it to its new name; what another room of that name had ends."""
    filing.put(db, [line], fold)
    assert isinstance(line.place, str)
    place = places.find_rooms(db, [line.place])[line.place]
    name = line.params[1]
    if fold(name) != line.place:
        places.conclude(db, fold(name), line.at / 1000)
    places.change_room(db, place.id, fold(name), name, line.is_closed)


AMENDMENTS: Mapping[str, Callable[[sqlite3.Connection, Line, Fold], None]] = {
    "REDACT": _redact,
    "EDIT": _edit,
    "PIN": _pin,
    "UNPIN": _unpin,
    "RENAME": _rename,
}
"""What is done for a line of these commands, filing it included."""
