"""One order per room for all: what several people saw of a room, they saw in the same order.

The law: the server lets one thing happen after the other, and tells all who are in a room in that
order. So the union of what all saw has one order that everyone's view agrees with; if there is
none, two of them were told different stories. The order in which a client has sent its own messages
is one more such view, and so is the history.
"""

from __future__ import annotations

from collections.abc import Iterable

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.same import Same, described
from trio_chat.testing.oracle.seen import Item, Stay
from trio_chat.testing.oracle.story import Story
from trio_chat.testing.oracle.views import View

ONE_ORDER = "one order for all"
NO_DOUBLE = "nothing twice"


class Order:
    """What happened in one room, in an order that all who were there agree with."""

    __slots__ = ("first_seen", "ids", "places", "segments")

    def __init__(
        self, ids: list[int], after: dict[int, dict[int, str]], first_seen: dict[int, int]
    ) -> None:
        self.ids = ids
        self.places = {each: place for place, each in enumerate(ids)}
        """Where each stands in `ids`."""
        self.first_seen = first_seen
        """Where in the journal somebody first saw it."""
        # Where nobody saw both of two neighbours, their order is a guess: nothing is made of it.
        self.segments = [0] * len(ids)
        """The part of the order that each place belongs to: of two places in one part it is certain
        which is first."""
        segment = 0
        for place in range(1, len(ids)):
            segment += ids[place] not in after.get(ids[place - 1], ())
            self.segments[place] = segment


class Orders:
    """The order of every room, and what does not fit into it."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.findings: list[Finding] = []
        self.same = same = Same(story)
        self.shown = same.shown
        self.rooms: dict[str, list[Stay]] = {}
        for view in story.judged:
            for stay in view.stays:
                self.rooms.setdefault(stay.room, []).append(stay)
        self.orders: dict[str, Order] = {}
        for room, stays in self.rooms.items():
            order = self._merge(room, stays)
            if order is not None:
                self.orders[room] = order

    # -- the order

    def _merge(self, room: str, stays: list[Stay]) -> Order | None:
        """An order that all views of a room agree with; None if there is none, which is found."""
        chains = self._chains(room, stays)
        after: dict[int, dict[int, str]] = {}
        before: dict[int, int] = {}
        for name, chain in chains:
            last = -1
            for each in chain:
                before.setdefault(each, 0)
                if last != -1:
                    its = after.setdefault(last, {})
                    if each not in its:
                        its[each] = name
                        before[each] += 1
                last = each
        ids = _sorted(after, before)
        if len(ids) < len(before):
            self._tell_cycle(room, chains, after, ids)
            return None
        return Order(ids, after, self._first_seen(stays))

    def _first_seen(self, stays: list[Stay]) -> dict[int, int]:
        first: dict[int, int] = {}
        for stay in stays:
            for item in stay.items:
                if item.id != -1 and first.get(item.id, item.index) >= item.index:
                    first[item.id] = item.index
        return first

    def _chains(self, room: str, stays: list[Stay]) -> list[tuple[str, list[int]]]:
        """In which order everyone saw what, each with a name to tell of it."""
        by_view: dict[View, list[Stay]] = {}
        for stay in stays:
            by_view.setdefault(stay.view, []).append(stay)
        chains = []
        seen: dict[int, None] = {}
        for view, its in by_view.items():
            chain: dict[int, None] = {}
            for stay in its:
                for item in stay.items:
                    if item.id == -1:
                        continue
                    if item.id in chain:
                        self._tell_double(view, item)
                    chain[item.id] = None
            seen |= chain
            chains.append((view.name, list(chain)))
        chains += self._as_sent(room, seen)
        chains += self._as_kept(room, seen)
        return chains

    def _as_sent(self, room: str, seen: dict[int, None]) -> Iterable[tuple[str, list[int]]]:
        """A server takes one line after the other of a client."""
        by_connection: dict[int, list[int]] = {}
        for said in self.story.sayings.said:
            if said.target == room:
                number = self.same.number_of(said.number)
                if number in seen:
                    by_connection.setdefault(said.connection, []).append(number)
        for connection, chain in by_connection.items():
            left = self.same.leaving(room, connection)
            if left != -1 and not self.story.views[connection].accounts:
                chain.append(left)
        names = self.story.journal.names
        for connection, chain in by_connection.items():
            if len(chain) > 1:
                yield f"{names[connection]}, as sent", chain

    def _as_kept(self, room: str, seen: dict[int, None]) -> Iterable[tuple[str, list[int]]]:
        for view in self.story.judged:
            for page in view.pages:
                if page.target == room:
                    ids = [self.same.id_of_kept(room, message) for message in page.messages]
                    chain = {each: None for each in ids if each in seen}
                    if len(chain) > 1:
                        yield f"the history that {view.name} was shown", list(chain)

    # -- what is wrong

    def _tell_double(self, view: View, item: Item) -> None:
        at = self.story.journal.events[item.index].at
        self.findings.append(
            Finding(NO_DOUBLE, f"{view.name} received {described(item)} twice", at)
        )

    def _tell_cycle(
        self,
        room: str,
        chains: list[tuple[str, list[int]]],
        after: dict[int, dict[int, str]],
        ids: list[int],
    ) -> None:
        done = dict.fromkeys(ids)
        left = [(name, [each for each in chain if each not in done]) for name, chain in chains]
        found = _contradiction(left)
        if found is not None:
            one, other, first, second = found
            text = (
                f"in {room} {one} has {described(self.shown[first])} before "
                f"{described(self.shown[second])}, and {other} has it after it"
            )
            self._tell_order(text, (first, second))
            return
        circle = _circle(after, done)
        steps = [
            f"{described(self.shown[each])} before {described(self.shown[following])} "
            f"({after[each][following]})"
            for each, following in zip(circle, [*circle[1:], circle[0]], strict=True)
        ]
        self._tell_order(f"in {room} there is " + ", and ".join(steps), circle)

    def _tell_order(self, text: str, ids: Iterable[int]) -> None:
        at = max(self.story.journal.events[self.shown[each].index].at for each in ids)
        self.findings.append(Finding(ONE_ORDER, text, at))


def _sorted(after: dict[int, dict[int, str]], before: dict[int, int]) -> list[int]:
    """What may stand first, and so on, as long as there is anything that may; one chain is followed
    for as long as possible, so that neighbours in a view are neighbours here."""
    waits = dict(before)
    ready = [each for each, count in reversed(before.items()) if not count]
    ids = []
    while ready:
        each = ready.pop()
        ids.append(each)
        for following in after.get(each, ()):
            waits[following] -= 1
            if not waits[following]:
                ready.append(following)
    return ids


def _contradiction(chains: list[tuple[str, list[int]]]) -> tuple[str, str, int, int] | None:
    """Two chains that have two things in different orders, and the two."""
    places = [(name, {each: place for place, each in enumerate(chain)}) for name, chain in chains]
    for name, chain in chains:
        for other, place in places:
            if other == name:
                continue
            last = -1
            for each in chain:
                if each not in place:
                    continue
                if last != -1 and place[each] < place[last]:
                    return name, other, last, each
                last = each
    return None


def _circle(after: dict[int, dict[int, str]], done: dict[int, None]) -> list[int]:
    """Things each of which is before the next, and the last before the first; not the shortest such
    circle, but none that has a shorter way back to its first."""
    each = next(number for number in after if number not in done)
    # Of what is left, something that is left stands before each: so go from it backwards.
    before: dict[int, int] = {}
    for number, its in after.items():
        if number not in done:
            for following in its:
                before[following] = number
    path: dict[int, None] = {}
    while each not in path:
        path[each] = None
        each = before[each]
    return _way(after, each, each)


def _way(after: dict[int, dict[int, str]], start: int, end: int) -> list[int]:
    """The shortest way from one thing to what is before another, by what is before what."""
    came_from: dict[int, int] = {}
    ahead = [start]
    for each in ahead:
        for following in after.get(each, ()):
            if following == end:
                way = [each]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1]
            if following not in came_from:
                came_from[following] = each
                ahead.append(following)
    return [start]
