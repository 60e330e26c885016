"""No gap: whoever is in a room is told all that is said and done there, from coming to leaving.

The law: between its JOIN and its PART or KICK, or the end of its connection, a client has seen all
that others saw of the room in that time. Of a connection that has ended the last of it may be lost,
as with any TCP connection; of one that was there when all had settled, nothing may be.

What a client need not be told is no gap: its own messages without `echo-message`; who comes and
goes by another nick, if it never asked who is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.naming import username_of
from trio_chat.testing.oracle.orders import Order, Orders
from trio_chat.testing.oracle.same import described
from trio_chat.testing.oracle.sayings import SPOKEN
from trio_chat.testing.oracle.seen import Stay
from trio_chat.testing.oracle.views import View

NO_GAP = "no gap"


def find_gaps(orders: Orders) -> Iterator[Finding]:
    """What clients have missed of the rooms they were in."""
    for room, order in orders.orders.items():
        joins = _joins(orders, order)
        seen_until: dict[View, int] = {}
        for stay in orders.rooms[room]:
            own = joins.get(stay.view.connection, [])
            yield from _find_in(orders, order, stay, own, seen_until.get(stay.view, -1))
            places = [order.places[item.id] for item in stay.items if item.id != -1]
            if places:
                seen_until[stay.view] = max(places)


def _joins(orders: Orders, order: Order) -> dict[int, list[int]]:
    """At which places others saw a connection come in."""
    joins: dict[int, list[int]] = {}
    owners = orders.story.sayings.connection_of_username
    for place, each in enumerate(order.ids):
        message = orders.shown[each].message
        if message.command == "JOIN":
            owner = owners.get(username_of(message.source))
            if owner is not None:
                joins.setdefault(owner, []).append(place)
    return joins


def _find_in(
    orders: Orders, order: Order, stay: Stay, joins: list[int], seen_until: int
) -> Iterator[Finding]:
    seen = dict.fromkeys(item.id for item in stay.items if item.id != -1)
    places = [order.places[each] for each in seen]
    coming = _coming(orders, stay, joins, places, seen_until)
    if coming is not None and coming not in places:
        places.insert(0, coming)
    if not places:
        return
    ends = [*places[1:]]
    # Behind the last that was seen all is lost of a connection that was lost, else nothing.
    has_all = stay.ended is None and stay.view.has_all
    if has_all:
        ends.append(len(order.ids))
    for place, end in zip(places, ends, strict=False):
        is_last = end == len(order.ids)
        for between in range(place + 1, end):
            if order.segments[between] != order.segments[place]:
                break
            if not is_last and order.segments[end] != order.segments[place]:
                break
            each = order.ids[between]
            if is_last and not _is_settled(orders, order, each):
                break
            if each not in seen and _must_be_seen(orders, stay, each):
                yield _gap(orders, stay, order.ids[place], each)


def _coming(
    orders: Orders, stay: Stay, joins: list[int], places: list[int], seen_until: int
) -> int | None:
    """At which place the client has come in, as others saw it; None if nobody can tell."""
    if stay.started is None or not orders.same.is_its_own(stay.view, stay.started):
        return None
    first = min(places) if places else None
    fitting = [each for each in joins if each > seen_until and (first is None or each <= first)]
    if not fitting or (first is None and len(fitting) > 1):
        return None
    return fitting[-1]


def _is_settled(orders: Orders, order: Order, each: int) -> bool:
    settled = orders.story.settled
    return settled is not None and order.first_seen.get(each, settled) < settled


def _must_be_seen(orders: Orders, stay: Stay, each: int) -> bool:
    """Whether a client is told of this while it is in the room, and would know it again."""
    item = orders.shown[each]
    command = item.message.command
    view = stay.view
    if (command, item.nick) in orders.same.unsure[stay]:
        return False  # it saw one of the kind, and nobody can say whether it was this one
    if command in SPOKEN:
        if item.said is not None and item.said.connection == view.connection:
            return view.echoes
        return item.nick not in view.nicks
    if command in ("NICK", "QUIT"):
        return stay.knows and "no-implicit-names" not in view.caps
    return True


def _gap(orders: Orders, stay: Stay, before: int, each: int) -> Finding:
    missing, last = orders.shown[each], orders.shown[before]
    events = orders.story.journal.events
    at = events[missing.index].at
    others = (
        view.name
        for view in orders.story.judged
        for other in view.stays
        if other.room == stay.room and any(item.id == each for item in other.items)
    )
    who = next(others, "somebody")
    text = (
        f"{stay.view.name} was in {stay.room} and has not seen {described(missing)}, "
        f"as {who} has, after {described(last)}"
    )
    return Finding(NO_GAP, text, at)
