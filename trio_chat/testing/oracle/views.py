"""What each connection saw: the rooms it was in, who was there, and what was said and done.

Laws:

* A view is one client's, and goes by what that client was sent alone, in the order it was sent.
* What is shown once more (a history, a search, what somebody missed on joining) is no part of it.
  Who asks for such without the capability batch can not tell the one from the other, nor can we:
  nothing is made of their view.
* What contradicts the view itself (somebody comes who is here, or is heard of a room that was left)
  is found here, where all it takes to see it is at hand; what contradicts others', elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.journal import Event, Journal
from trio_chat.testing.oracle.naming import is_room
from trio_chat.testing.oracle.sayings import AMBIGUOUS, Said, Sayings
from trio_chat.testing.oracle.seen import MULTILINE, REPLAYED, Batch, Item, Page, Stay
from trio_chat.wire.message import Message

IN_A_ROOM = "who is in a room"
AFTERWARDS = "nothing of a room one has left"
TO_ANOTHER = "private messages"

RANK_SIGNS = "~&@%+!"

_DATED = re.compile(r"(\x01ACTION )?\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] ")
"""What stands before a text that is shown once more to a client that takes no times."""


class View:
    """All that one connection saw."""

    def __init__(
        self, journal: Journal, sayings: Sayings, connection: int, has_jumped: bool = False
    ) -> None:
        """With `has_jumped` nothing is made of the times at which the server says things."""
        self.connection = connection
        self.name = journal.names[connection]
        self.nick = ""
        """Folded; empty before it has registered."""
        self.nicks: dict[str, None] = {}
        """All it has ever had, folded."""
        self.names_had: list[tuple[int, str]] = []
        """The same in order, each with where in the journal it learned of it."""
        self.proofs: dict[int, int] = {}
        """Of each of `names_had`, by its place there, the last place of the journal where it surely
        had that name: it sent something there, and was answered by this name."""
        self.accounts: dict[str, None] = {}
        """All it was ever logged in to."""
        self.namings: list[tuple[int, str, dict[str, str]]] = []
        """Who was in which room by each complete answer to NAMES, and where in the journal."""
        self.caps: dict[str, None] = {}
        self.echoes = True
        """Whether it was told of its own messages for as long as it could say any."""
        self.stays: list[Stay] = []
        self.rooms: dict[str, Stay] = {}
        """Where it is now."""
        self.private: list[Item] = []
        self.acknowledged: list[tuple[int, Said]] = []
        """What of its own it knows to be kept, and where in the journal it learned of it."""
        self.pages: list[Page] = []
        self.renamings: list[tuple[str, str]] = []
        """The rooms it saw get another name, each with that."""
        self.troubles: list[Finding] = []
        self.began = 0
        """Where in the journal."""
        self.ended: int | None = None
        """Where in the journal; None as long as it has not."""
        self.is_let_go = False
        """Whether the server has said that it ends the connection, which it did before."""
        self.has_all = False
        """Whether it should have seen everything that had been done when all settled last."""
        self._fold = sayings._fold
        self._sayings = sayings
        self._batches: dict[str, Batch] = {}
        self._asked_for_more = False
        self._labels: dict[str, int] = {}
        self._has_jumped = has_jumped
        self._returning: dict[str, dict[str, None]] = {}

    def trouble(self, rule: str, text: str, at: float) -> None:
        self.troubles.append(Finding(rule, f"{self.name} {text}", at))

    # -- reading

    def send(self, index: int, message: Message) -> None:
        label = message.tags.get("label")
        if label is not None:
            self._labels[label] = index
        if message.command in ("CHATHISTORY", "SEARCH", "PINS"):
            self._asked_for_more = True

    @property
    def is_blurred(self) -> bool:
        """Whether it may have taken for news what was shown to it once more."""
        return self._asked_for_more and "batch" not in self.caps

    def receive(self, index: int, event: Event) -> None:
        message = event.message
        assert message is not None
        label = message.tags.get("label")
        if label is not None and label in self._labels:
            self._prove(self._labels.pop(label))
        reference = message.tags.get("batch")
        if reference is not None:
            batch = self._batches.get(reference)
            if batch is not None and batch.gathers and message.command != "BATCH":
                batch.lines.append(message)
                return
        if message.command == "ACK":
            self._on_ack(index, message.tags.get("label", ""))
            return
        read = _READERS.get(message.command)
        if read is not None:
            read(self, index, event.at, message)

    def _on_welcome(self, index: int, at: float, message: Message) -> None:
        if message.params:
            self._be(index, message.params[0])
            self.echoes = "echo-message" in self.caps

    def _be(self, index: int, nick: str) -> None:
        self.nick = self._fold(nick)
        self.nicks[self.nick] = None
        self.names_had.append((index, self.nick))

    def _on_login(self, index: int, at: float, message: Message) -> None:
        if len(message.params) > 2:
            self.accounts[self._fold(message.params[2])] = None

    def _prove(self, sent: int) -> None:
        """What it sent there was answered under the name it has."""
        name = len(self.names_had) - 1
        self.proofs[name] = max(sent, self.proofs.get(name, -1))

    # -- looking back

    def nick_at(self, index: int) -> str:
        """The nick it had at a place of the journal, folded, as far as it knew."""
        return next((nick for since, nick in reversed(self.names_had) if since <= index), "")

    def is_in(self, room: str, index: int) -> bool:
        """Whether it was in a room at a place of the journal, as far as it knew."""
        return any(
            stay.room == room and stay.began <= index and (stay.ended is None or stay.ended > index)
            for stay in self.stays
        )

    def _on_cap(self, index: int, at: float, message: Message) -> None:
        if len(message.params) < 3 or message.params[1] not in ("ACK", "DEL"):
            return
        for word in message.params[-1].split():
            name = word.lstrip("-")
            if word[0] == "-" or message.params[1] == "DEL":
                self.caps.pop(name, None)
                if name == "echo-message":
                    self.echoes = False
            else:
                self.caps[name] = None

    def _on_failure(self, index: int, at: float, message: Message) -> None:
        if message.params[1:2] == ("NOT_KEPT",):  # it stands in the place of an echo
            self.echoes = False

    def _on_error(self, index: int, at: float, message: Message) -> None:
        self.is_let_go = True

    # -- batches

    def _on_batch(self, index: int, at: float, message: Message) -> None:
        if not message.params:
            return
        sign, reference = message.params[0][:1], message.params[0][1:]
        if sign == "+":
            kind = message.params[1] if len(message.params) > 1 else ""
            around = self._batches.get(message.tags.get("batch", ""))
            batch = Batch(message, kind, index, around.replay if around is not None else None)
            if kind in REPLAYED:
                batch.replay = batch
            self._batches[reference] = batch
            return
        closed = self._batches.pop(reference, None)
        if closed is None:
            return
        if closed.kind == MULTILINE and closed.lines:
            self._take_several(closed, at)
        elif closed.kind == "chathistory" and len(closed.opening.params) > 2:
            target = self._fold(closed.opening.params[2])
            self.pages.append(Page(closed.index, target, closed.lines))

    def _take_several(self, batch: Batch, at: float) -> None:
        first = next((line for line in batch.lines if line.params[-1]), batch.lines[0])
        opening = batch.opening
        whole = Message(first.command, first.params, opening.source, opening.tags)
        if batch.replay is not None:
            batch.replay.lines.append(whole)
        else:
            self._on_speech(batch.index, at, whole)

    # -- what is said

    def _on_speech(self, index: int, at: float, message: Message) -> None:
        params = message.params
        if len(params) < 2 or "!" not in message.source:
            return  # of a server; people have a username
        nick = self._fold(message.nick)
        target = self._fold(params[0])
        is_own = nick == self.nick
        said = self._sayings.find(target, params[1])
        if is_own and said is not None and said.connection == self.connection:
            self.acknowledged.append((index, said))
            self._prove(said.index)
        if not is_room(target):
            self._hear_in_private(index, at, message, Item(index, message, nick, said, is_own))
            return
        stay = self.rooms.get(target)
        if stay is None:
            if not is_own and self.nick:
                text = f"hears what {message.nick} said in {params[0]}, where it is not"
                self.trouble(AFTERWARDS, text, at)
            return
        if said is None and (dated := _DATED.match(params[1])) and "server-time" not in self.caps:
            # Of several lines the first alone is dated.
            text = (dated[1] or "") + params[1][dated.end() :]
            stay.last_several = self._sayings.find(target, text)
            return
        if said is not None and len(said.texts) > 1:
            if stay.last_several is said and "msgid" not in message.tags:
                return  # the next line of it
            stay.last_several = said
        item = Item(index, message, nick, said, is_own)
        stay.items.append(item)
        if "batch" in self.caps or "draft/chathistory" in self.caps or stay.started is None:
            return
        # It is shown without a batch what was said before it came.
        time, came = message.tags.get("time", ""), stay.started.tags.get("time", "")
        if time < came:
            stay.items.pop()
        elif self._has_jumped or time == came:
            item.may_be_old = bool(time)

    def _hear_in_private(self, index: int, at: float, message: Message, item: Item) -> None:
        target = self._fold(message.params[0])
        if target not in self.nicks and not item.is_own:
            if self.nick and target[:1].isalpha():  # of a rank, or a mask of users: to many
                text = f"is told what {message.nick} said to {message.params[0]}"
                self.trouble(TO_ANOTHER, text, at)
            return
        said, last = item.said, self.private[-1].said if self.private else None
        if said is None or said is not last or len(said.texts) == 1 or "msgid" in message.tags:
            self.private.append(item)
        # else it is the next line of the same message

    def _on_ack(self, index: int, label: str) -> None:
        """What was said under a label was accepted; of a NOTICE an ACK says nothing, since none is
        ever refused."""
        number = self._sayings.by_label.get((self.connection, label), AMBIGUOUS)
        if number != AMBIGUOUS:
            said = self._sayings.said[number]
            if said.command == "PRIVMSG":
                self.acknowledged.append((index, said))

    # -- who comes and goes

    def _on_join(self, index: int, at: float, message: Message) -> None:
        nick, room = self._fold(message.nick), self._fold(message.params[0])
        if nick == self.nick:
            if room in self.rooms:
                self.trouble(IN_A_ROOM, f"is told to have joined {room} and was in it", at)
            stay = self.rooms[room] = Stay(self, room, index, message)
            stay.members[nick] = message.nick
            self.stays.append(stay)
            stay.items.append(Item(index, message, nick, None, True))
            return
        found = self._stay_of(room, message, at)
        if found is None:
            return
        if self._returning and room in self._returning.get(nick, ()):
            del self._returning[nick][room]
            return
        if nick in found.members:
            text = f"sees {message.nick} come into {room}, who is in it"
            self.trouble(IN_A_ROOM, text, at)
        found.members[nick] = message.nick
        found.items.append(Item(index, message, nick, None, False))

    def _stay_of(self, room: str, message: Message, at: float) -> Stay | None:
        stay = self.rooms.get(room)
        if stay is None and self.nick and self._fold(message.nick) != self.nick:
            text = f"is told of {message.command} by {message.nick} in {room}, where it is not"
            self.trouble(AFTERWARDS, text, at)
        return stay

    def _on_part(self, index: int, at: float, message: Message) -> None:
        self._leave(index, at, message, self._fold(message.nick))

    def _on_kick(self, index: int, at: float, message: Message) -> None:
        if len(message.params) > 1:
            self._leave(index, at, message, self._fold(message.params[1]))

    def _leave(self, index: int, at: float, message: Message, nick: str) -> None:
        room = self._fold(message.params[0])
        stay = self._stay_of(room, message, at)
        if stay is None:
            return
        is_own = nick == self.nick
        stay.items.append(Item(index, message, nick, None, is_own))
        if is_own:
            self._end(stay, index, message.command)
            return
        if stay.members.pop(nick, None) is None and stay.knows:
            text = f"sees {nick} leave {room} by {message.command}, who is not in it"
            self.trouble(IN_A_ROOM, text, at)

    def _end(self, stay: Stay, index: int, how: str) -> None:
        stay.ended = index
        stay.how = how
        del self.rooms[stay.room]

    def _on_quit(self, index: int, at: float, message: Message) -> None:
        nick = self._fold(message.nick)
        if nick == self.nick:
            return
        if message.params[:1] == ("Changing host",) and "chghost" not in self.caps:
            # "Fallback when the `chghost` capability has not been negotiated": they have gone
            # nowhere, and will seem to come back to each room.
            its = [room for room, stay in self.rooms.items() if nick in stay.members]
            self._returning[nick] = dict.fromkeys(its)
            return
        for stay in self.rooms.values():
            if stay.members.pop(nick, None) is not None:
                stay.items.append(Item(index, message, nick, None, False))

    def _on_nick(self, index: int, at: float, message: Message) -> None:
        before, nick = self._fold(message.nick), self._fold(message.params[0])
        is_own = before == self.nick
        if is_own:
            self._be(index, message.params[0])
        for stay in self.rooms.values():
            if before not in stay.members:
                continue
            if nick != before and nick in stay.members:
                text = f"sees {message.nick} become {nick}, who is in {stay.room} already"
                self.trouble(IN_A_ROOM, text, at)
            del stay.members[before]
            stay.members[nick] = message.params[0]
            stay.items.append(Item(index, message, before, None, is_own))

    def _on_rename(self, index: int, at: float, message: Message) -> None:
        before, room = self._fold(message.params[0]), self._fold(message.params[1])
        self.renamings.append((before, room))
        stay = self.rooms.get(before)
        if stay is None or before == room:
            return
        self._end(stay, index, "RENAME")
        moved = self.rooms[room] = Stay(self, room, index, None)
        moved.members = dict(stay.members)
        moved.knows = stay.knows
        self.stays.append(moved)

    def _on_deed(self, index: int, at: float, message: Message) -> None:
        """TOPIC and MODE."""
        target = self._fold(message.params[0])
        if not is_room(target):
            return
        stay = self._stay_of(target, message, at)
        if stay is not None:
            nick = self._fold(message.nick)
            stay.items.append(Item(index, message, nick, None, nick == self.nick))

    # -- names

    def _on_names(self, index: int, at: float, message: Message) -> None:
        if len(message.params) < 4:
            return
        stay = self.rooms.get(self._fold(message.params[2]))
        if stay is None:
            return
        if stay.naming is None:
            stay.naming = {}
        for word in message.params[3].split():
            nick = word.lstrip(RANK_SIGNS).partition("!")[0]
            stay.naming[self._fold(nick)] = nick

    def _on_end_of_names(self, index: int, at: float, message: Message) -> None:
        stay = self.rooms.get(self._fold(message.params[1])) if len(message.params) > 1 else None
        if stay is None or stay.naming is None:
            return
        named, stay.naming = stay.naming, None
        if stay.knows:
            more = [named[nick] for nick in named if nick not in stay.members]
            less = [stay.members[nick] for nick in stay.members if nick not in named]
            if more or less:
                told = f"NAMES of {stay.room} "
                told += f"has {', '.join(more)} in it, who never came" if more else ""
                told += " and " if more and less else ""
                told += f"has not {', '.join(less)} in it, who never left" if less else ""
                self.troubles.append(Finding(IN_A_ROOM, f"{self.name} is told: {told}", at))
        elif self.nick not in named:
            text = f"has come into {stay.room}, and is not named among those who are there"
            self.trouble(IN_A_ROOM, text, at)
        self.namings.append((index, stay.room, named))
        stay.members = dict(named)
        stay.knows = True


_READERS: dict[str, Callable[[View, int, float, Message], None]] = {
    "001": View._on_welcome,
    "353": View._on_names,
    "366": View._on_end_of_names,
    "900": View._on_login,
    "BATCH": View._on_batch,
    "CAP": View._on_cap,
    "ERROR": View._on_error,
    "FAIL": View._on_failure,
    "JOIN": View._on_join,
    "KICK": View._on_kick,
    "MODE": View._on_deed,
    "NICK": View._on_nick,
    "NOTICE": View._on_speech,
    "PART": View._on_part,
    "PRIVMSG": View._on_speech,
    "QUIT": View._on_quit,
    "RENAME": View._on_rename,
    "TOPIC": View._on_deed,
}
