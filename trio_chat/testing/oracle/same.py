"""Which of the things that several clients saw are the same.

What is seen in several views is known to be the same

* if it was said: by its msgid, or by a text that was said only once;
* if it was done for a reason that was given only once, by that reason;
* if a connection has come into the room, has left it, has taken a nick or has changed these modes
  only once: by that;
* if somebody came, went or changed something: by what they did next in that room. Of two people who
  both saw somebody come and heard their next message, both saw them come the same time. What was
  not followed by anything is not compared.
"""

from __future__ import annotations

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.naming import username_of
from trio_chat.testing.oracle.sayings import AMBIGUOUS, SPOKEN, Said
from trio_chat.testing.oracle.seen import Item, Stay
from trio_chat.testing.oracle.story import Story
from trio_chat.testing.oracle.views import View
from trio_chat.wire.message import Message

ONE_MESSAGE = "one message for all"

Key = tuple[object, ...]


class Same:
    """Gives every item of every stay the number that it has in all of them."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.findings: list[Finding] = []
        """Messages that are not the same for all."""
        self.shown: list[Item] = []
        """One of the items of each number, to tell of it."""
        self.unsure: dict[Stay, dict[tuple[str, str], None]] = {}
        """What else a client saw in its stay, by command and nick, and nobody can tell which."""
        self._ids: dict[Key, int] = {}
        self._said_of_msgid: dict[str, int] = {}
        self._msgid_of_said: dict[int, str] = {}
        self._msgid_of_text: dict[tuple[str, str], str] = {}
        self._learn()
        for view in story.judged:
            for stay in view.stays:
                self._name(stay)

    # -- asking

    def number_of(self, said: int) -> int:
        """The number of what was said, by its own number; -1 if nobody saw it."""
        return self._ids.get(("said", said), -1)

    def leaving(self, room: str, connection: int) -> int:
        """The number of the QUIT of a connection, as those in a room saw it; -1 if nobody did."""
        return self._ids.get((room, "QUIT", connection), -1)

    def msgid_of(self, said: Said) -> str:
        """The msgid under which somebody saw this; empty if nobody saw one."""
        return self._msgid_of_said.get(said.number, "")

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

    # -- telling

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
            key = None if item.may_be_old else self._key(stay, item, following)
            nick = item.nick
            if key is None:
                unsure[item.message.command, nick] = None
                following.pop(nick, None)
                continue
            number = self._ids.get(key)
            if number is None:
                number = self._ids[key] = len(self.shown)
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
        owner = self._owner(message)
        if command == "QUIT":
            if owner is not None:
                return (stay.room, command, owner)
            reason = message.params[-1].removeprefix("Quit: ") if message.params else ""
            return (stay.room, command, reason) if reasons.get(reason) == 1 else None
        if owner is not None and self._is_only(command, owner, message):
            what = message.params[1:] if command == "MODE" else message.params[:1]
            return (stay.room, command, owner, *what)
        after = item.nick
        if command == "NICK":
            after = self.story.fold(message.params[0])
        elif command == "KICK":
            after = self.story.fold(message.nick)
        if "!" not in message.source or (item.is_own and not self._knows_itself(stay.view, item)):
            return None
        number = following.get(after)
        if command == "NICK":
            following.pop(after, None)
        if number is None:
            return None
        next_deed: object = number
        said = self.shown[number].said
        if command == "JOIN" and said is not None and said.connection == owner:
            # Also who has missed what they said first knows by the next that they came for that.
            next_deed = (owner, self.story.sayings.joins_before(said))
        what = message.params[1:] if command in ("MODE", "TOPIC") else ()
        return (stay.room, command, item.nick, after, *what, next_deed)

    def _is_only(self, command: str, owner: int, message: Message) -> bool:
        """Whether the connection has done this once."""
        if command not in ("JOIN", "PART", "NICK", "MODE"):
            return False
        what = message.params if command == "MODE" else message.params[:1]
        return self.story.sayings.did_once(command, owner, tuple(map(self.story.fold, what)))

    def _owner(self, message: Message) -> int | None:
        """The connection that has done something, and it alone: of an account there may be several,
        which come and go together."""
        owner = self.story.sayings.connection_of_username.get(username_of(message.source))
        if owner is None or owner == AMBIGUOUS or self.story.views[owner].accounts:
            return None
        return owner

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

    def _text(self, number: int) -> str:
        return self.story.sayings.said[number].texts[0]


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
