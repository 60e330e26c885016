"""Messages said before, of which somebody wants something now: found, and whose they are.

Laws:

* Only who may have seen a message learns whether the server knows of it.
* What was said lately is known by who said it; what the history has, by the account of who did.
* What follows when a message is found looks up room and rank again: the archive may have been asked
  meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trio_chat.core.asking import ask
from trio_chat.core.commands.lookup import correspondent, word
from trio_chat.core.effects import Effect
from trio_chat.core.history import FindKept, Page, Place, conversation, sequence_of
from trio_chat.core.recent import Said
from trio_chat.core.replies import Refusal
from trio_chat.core.state import Room, Session, User, World

SAYABLE = ("PRIVMSG", "NOTICE", "TAGMSG")
"""The commands of messages; all else that a history has was done, not said."""

_VERBS = {"REDACT": "take back", "EDIT": "edit"}


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that is wanted of a message, by a command."""

    command: str
    target: str
    msgid: str

    @property
    def verb(self) -> str:
        return _VERBS[self.command]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What there is to know of a message: by which command it was said, and when.

    `said` is what was known of it by heart, None if it was asked for.
    """

    command: str
    is_own: bool
    at: float
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """Whom something was said to in private: a nick, and an account, empty for none."""

    name: str
    account: str


def place_of(world: World, user: User, other: Other, earlier: Earlier) -> Place | None:
    """Whose history has a message of a user to another; None if nobody's."""
    accounts: tuple[str, str] | None = (user.account, other.account)
    if earlier.said is not None:
        accounts = earlier.said.accounts
    return conversation(world, *accounts) if accounts is not None else None


InRoom = Callable[[World, Session, Wish, Room, Earlier], Iterator[Effect]]
InPrivate = Callable[[World, Session, Wish, Other, Earlier], Iterator[Effect]]


def find_in_room(world: World, session: Session, wish: Wish, go_on: InRoom) -> Iterator[Effect]:
    """Find a message to a room this user is in, and go on with it."""
    room = _own_room(world, session, wish)
    said = room.recent.find(wish.msgid) if room.recent is not None else None
    if said is not None:
        yield from go_on(world, session, wish, room, _known(world, session, said))
        return

    def then(world: World, session: Session, earlier: Earlier) -> Iterator[Effect]:
        room = _own_room(world, session, wish)
        yield from go_on(world, session, wish, room, earlier)

    yield _ask(world, session, room.name, wish, world.fold(room.name), then)


def find_in_private(
    world: World, session: Session, wish: Wish, go_on: InPrivate
) -> Iterator[Effect]:
    """Find a message of this user to another, or of the other to them, and go on with it."""
    user = session.user
    other = Other(*correspondent(world, wish.target))
    if not other.name:
        raise _invalid_target(wish)
    there = world.find_user(other.name)
    if there is not None and there is not user and there.recent is not None:
        theirs = there.recent.find(wish.msgid)
        if theirs is not None and theirs.to is user:
            raise _forbidden(wish, other.name)
    said = user.recent.find(wish.msgid) if user.recent is not None else None
    if said is None and user.account and other.account:
        place = conversation(world, user.account, other.account)

        def then(world: World, session: Session, earlier: Earlier) -> Iterator[Effect]:
            other, own = Other(*correspondent(world, wish.target)), session.user.account
            if not (own and other.account and conversation(world, own, other.account) == place):
                raise _invalid_target(wish)
            yield from go_on(world, session, wish, other, earlier)

        yield _ask(world, session, other.name, wish, place, then)
        return
    if said is None or said.to is not there:
        raise _unknown(wish, other.name)
    yield from go_on(world, session, wish, other, _known(world, session, said))


def check_own(world: World, wish: Wish, name: str, earlier: Earlier, window: float) -> None:
    """Raise the refusal unless this is the user's own message, and not older than so many
    seconds."""
    if not earlier.is_own:
        raise _forbidden(wish, name)
    if world.now - earlier.at > window:
        text = f"You can no longer {wish.verb} this message"
        raise Refusal(f"{wish.command}_WINDOW_EXPIRED", name, wish.msgid, f"{window:g}", text)


def _own_room(world: World, session: Session, wish: Wish) -> Room:
    room = world.find_room(wish.target)
    if room is None or room not in session.user.rooms:
        raise _invalid_target(wish)
    return room


def _known(world: World, session: Session, said: Said) -> Earlier:
    user = session.user
    is_own = said.by is user
    if not is_own and user.account:  # one who came back is another user of the same account
        is_own = world.fold(said.by.account) == world.fold(user.account)
    return Earlier(said.command, is_own, said.at, said)


_Then = Callable[[World, Session, Earlier], Iterator[Effect]]


def _ask(
    world: World, session: Session, name: str, wish: Wish, place: Place, go_on: _Then
) -> Effect:
    """Have a message looked for in the history of a place, and go on when it is found."""
    if not (world.keeps_accounts and sequence_of(wish.msgid)):  # what keeps the one keeps the other
        raise _unknown(wish, name)

    def then(world: World, session: Session, page: Page | None) -> Iterator[Effect]:
        if page is None:
            text = "This message could not be looked for, try again later"
            raise Refusal("UNKNOWN_MSGID", name, word(wish.msgid), text)
        found = next((each for each in page.kept if each.message.command in SAYABLE), None)
        if found is None:
            raise _unknown(wish, name)
        author = world.fold(found.message.tags.get("account", ""))
        is_own = author != "" and author == world.fold(session.user.account)
        yield from go_on(world, session, Earlier(found.message.command, is_own, found.at))

    return ask(session, FindKept(place, wish.msgid), wish.command, then)


def _invalid_target(wish: Wish) -> Refusal:
    text = f"You cannot {wish.verb} messages there"
    return Refusal("INVALID_TARGET", word(wish.target), text)


def _unknown(wish: Wish, name: str) -> Refusal:
    text = "This message does not exist or is too old"
    return Refusal("UNKNOWN_MSGID", name, word(wish.msgid), text)


def _forbidden(wish: Wish, name: str) -> Refusal:
    text = f"You may not {wish.verb} this message"
    return Refusal(f"{wish.command}_FORBIDDEN", name, wish.msgid, text)
