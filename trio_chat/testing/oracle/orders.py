"""One order per room for all: what several people saw of a room, they saw in the same order.

The law: the server lets one thing happen after the other, and tells all who are in a room in that
order. So the union of what all saw has one order that everyone's view agrees with; if there is
none, two of them were told different stories. The order in which a client has sent its own messages
is one more such view, and so is the history.

What is seen in several views is known to be the same

* if it was said: by its msgid, or by a text that was said only once;
* if it was done for a reason that was given only once, by that reason;
* if somebody came, went or changed something: by what they did next in that room. Of two people who
  both saw somebody come and heard their next message, both saw them come the same time. What was
  not followed by anything is not compared.
"""

from __future__ import annotations

from collections.abc import Iterable

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.naming import username_of
from trio_chat.testing.oracle.sayings import AMBIGUOUS, SPOKEN, Said
from trio_chat.testing.oracle.seen import Item, Stay
from trio_chat.testing.oracle.story import Story
from trio_chat.testing.oracle.views import View
from trio_chat.wire.message import Message

ONE_ORDER = "one order for all"
NO_DOUBLE = "nothing twice"
ONE_MESSAGE = "one message for all"

Key = tuple[object, ...]


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
        self.keys: list[Key] = []
        """What each number stands for."""
        self.shown: list[Item] = []
        """One of the items of each number, to tell of it."""
        self.unsure: dict[Stay, dict[tuple[str, str], None]] = {}
        """What else a client saw in its stay, by command and nick, and nobody can tell which."""
        self._ids: dict[Key, int] = {}
        self._said_of_msgid: dict[str, int] = {}
        self._msgid_of_said: dict[int, str] = {}
        self._msgid_of_text: dict[tuple[str, str], str] = {}
        self._learn()
        self.rooms: dict[str, list[Stay]] = {}
        for view in story.judged:
            for stay in view.stays:
                self._name(stay)
                self.rooms.setdefault(stay.room, []).append(stay)
        self.orders: dict[str, Order] = {}
        for room, stays in self.rooms.items():
            order = self._merge(room, stays)
            if order is not None:
                self.orders[room] = order

    # -- which is which

    def _learn(self) -> None:
        """What is known of msgids and texts by all together."""
        said_of, msgid_of = self._said_of_msgid, self._msgid_of_text
        for view in self.story.views:
            for stay in view.stays:
                for item in stay.items:
                    msgid = item.message.tags.get("msgid")
                    if msgid is None or item.message.command not in SPOKEN:
                        continue
                    if _is_correction(item):
                        continue
                    if item.said is not None:
                        self._msgid_of_said.setdefault(item.said.number, msgid)
                        if said_of.setdefault(msgid, item.said.number) != item.said.number:
                            self._differs(view, item, f"the msgid {msgid} of another message")
                    else:
                        text = (stay.room, item.message.params[1])
                        if msgid_of.setdefault(text, msgid) != msgid:
                            msgid_of[text] = ""

    def _differs(self, view: View, item: Item, what: str) -> None:
        at = self.story.journal.events[item.index].at
        text = f"{view.name} received {described(item)} with {what}"
        self.findings.append(Finding(ONE_MESSAGE, text, at))

    def _name(self, stay: Stay) -> None:
        """Give every item of a stay its number, from the last on, as far as it can be known."""
        following: dict[str, int] = {}
        unsure: dict[tuple[str, str], None] = {}
        view = stay.view
        for item in reversed(stay.items):
            if _is_correction(item):
                continue
            key = self._key(stay, item, following)
            nick = item.nick
            if key is None:
                unsure[item.message.command, nick] = None
                following.pop(nick, None)
                continue
            number = self._ids.get(key)
            if number is None:
                number = self._ids[key] = len(self.keys)
                self.keys.append(key)
                self.shown.append(item)
            item.id = number
            if item.is_own and not view.echoes:
                # What they said in between is missing here: others know this by another thing.
                following.pop(nick, None)
            else:
                following[nick] = number
        self.unsure[stay] = unsure

    def _key(self, stay: Stay, item: Item, following: dict[str, int]) -> Key | None:
        message = item.message
        command = message.command
        if command in SPOKEN:
            return self._key_of_speech(stay, item)
        reasons = self.story.sayings.reasons
        if command in ("PART", "TOPIC", "KICK") and reasons.get(message.params[-1]) == 1:
            return (stay.room, command, item.nick, message.params[-1])
        if command == "QUIT":
            who = self.story.sayings.connection_of_username.get(username_of(message.source))
            if who is not None and who != AMBIGUOUS:
                return (stay.room, command, who)
            if reasons.get(message.params[-1] if message.params else "") == 1:
                return (stay.room, command, message.params[-1])
            return None
        after = item.nick
        if command == "NICK":
            after = self.story.fold(message.params[0])
        elif command == "KICK":
            after = self.story.fold(message.nick)
        if "!" not in message.source or (item.is_own and not self._knows_itself(stay.view, item)):
            return None
        next_deed = following.get(after)
        if command == "NICK":
            following.pop(after, None)
        if next_deed is None:
            return None
        what = message.params[1:] if command in ("MODE", "TOPIC") else ()
        return (stay.room, command, item.nick, after, *what, next_deed)

    def _knows_itself(self, view: View, item: Item) -> bool:
        """Whether a client's own deed is one that the others saw, followed by what they saw."""
        if not view.echoes:
            return False
        return item.message.command != "JOIN" or self.is_its_own(view, item.message)

    def is_its_own(self, view: View, message: Message) -> bool:
        """Whether a client's own JOIN is one that the others saw, too.

        One more client of a user is shown a JOIN for each of their rooms, when nobody comes in.
        """
        owners = self.story.sayings.connection_of_username
        return owners.get(username_of(message.source)) == view.connection

    def _key_of_speech(self, stay: Stay, item: Item) -> Key | None:
        tags = item.message.tags
        msgid = tags.get("msgid")
        if item.said is not None:
            return ("said", item.said.number)
        if msgid is None:
            text = (stay.room, item.message.params[1])
            # What was said again and again has one id after the other, which not all have seen.
            msgid = self._msgid_of_text.get(text)
            if not msgid or text in self.story.sayings.by_text:
                return None
        number = self._said_of_msgid.get(msgid)
        if number is None:
            return ("msgid", msgid)
        self._differs(stay.view, item, f"the msgid {msgid} of {self._text(number)!r}")
        return ("said", number)

    def msgid_of(self, said: Said) -> str:
        """The msgid under which somebody saw this; empty if nobody saw one."""
        return self._msgid_of_said.get(said.number, "")

    def _text(self, number: int) -> str:
        return self.story.sayings.said[number].texts[0]

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
                number = self._ids.get(("said", said.number))
                if number in seen:
                    by_connection.setdefault(said.connection, []).append(number)
        names = self.story.journal.names
        for connection, chain in by_connection.items():
            if len(chain) > 1:
                yield f"{names[connection]}, as sent", chain

    def _as_kept(self, room: str, seen: dict[int, None]) -> Iterable[tuple[str, list[int]]]:
        for view in self.story.judged:
            for page in view.pages:
                if page.target == room:
                    ids = [self.id_of_kept(room, message) for message in page.messages]
                    chain = {each: None for each in ids if each in seen}
                    if len(chain) > 1:
                        yield f"the history that {view.name} was shown", list(chain)

    def id_of_kept(self, room: str, message: Message) -> int:
        """The number of a message of a history; -1 if nobody saw it when it was said."""
        if message.command not in SPOKEN or len(message.params) < 2:
            return -1
        msgid = message.tags.get("msgid", "")
        number = self._said_of_msgid.get(msgid)
        if number is not None:
            return self._ids.get(("said", number), -1)
        found = self._ids.get(("msgid", msgid), -1)
        if found != -1:
            return found
        said = self.story.sayings.find(room, message.params[1])
        return self._ids.get(("said", said.number), -1) if said is not None else -1

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


def _is_correction(item: Item) -> bool:
    """Whether it is the fallback of an EDIT: others were told another way, and cannot miss it."""
    message = item.message
    return (
        item.said is None
        and message.command in SPOKEN
        and "+draft/reply" in message.tags
        and message.params[1].removeprefix("\x01ACTION ").startswith("* ")
    )


def described(item: Item) -> str:
    """An item as a report names it."""
    message = item.message
    if message.command in SPOKEN:
        return f"{message.params[1]!r} by {message.nick}"
    return " ".join([message.command, *message.params, "by", message.nick])


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
    """Things each of which is before the next, and the last before the first."""
    each = next(number for number in after if number not in done)
    path: dict[int, None] = {}
    # Of what is left, something that is left stands before each: so go from it backwards.
    before: dict[int, int] = {}
    for number, its in after.items():
        if number not in done:
            for following in its:
                before[following] = number
    while each not in path:
        path[each] = None
        each = before[each]
    steps = list(path)
    return steps[steps.index(each) :][::-1]
