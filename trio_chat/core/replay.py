"""What was said in a room before somebody came: shown to the clients that cannot ask for it.

Laws:

* It comes after all that a JOIN is answered with, and has nothing in it that was said since.
* It is done for one room after the other, whenever the session waits for no other answer.
* Nothing is shown that makes a program act: bots are shown nothing, and nobody a CTCP request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from trio_chat.core.asking import Then, ask
from trio_chat.core.effects import Effect
from trio_chat.core.history import Kept, Page, ReadHistory
from trio_chat.core.playback import play
from trio_chat.core.replies import from_server
from trio_chat.core.state import Room, Session, World
from trio_chat.wire import caps
from trio_chat.wire.message import Message

_CTCP = "\x01"
_ACTION = "\x01ACTION "


def owe(world: World, session: Session, room: Room) -> None:
    """Have a session shown what was said in a room until now, if it is to be shown any."""
    rules = world.settings.history
    if not (world.keeps_history and rules.replayed_lines):
        return
    if not (session.caps & caps.CHATHISTORY or session.user.is_bot):
        # By an id, which is exact: of a time there may be several in one event.
        world.owed.setdefault(session, {})[room] = world.new_id()


def show_owed(world: World) -> Iterator[Effect]:
    """Ask for what is to be shown to those who ask for nothing else; the last thing of an event."""
    for session in tuple(world.owed):
        if session.id not in world.sessions:
            del world.owed[session]
        elif session.asked is None:
            yield from _ask_next(world, session)


def _ask_next(world: World, session: Session) -> Iterator[Effect]:
    owed = world.owed[session]
    while owed:
        room = next(iter(owed))
        until = owed.pop(room)
        if room in session.user.rooms:
            limit = world.settings.history.replayed_lines or 1  # it may have been set to 0 by now
            question = ReadHistory(world.fold(room.name), "before", limit, until)
            asking = ask(session, question, "JOIN", _shown(room))
            assert session.asked is not None
            session.asked.is_dispensable = True
            yield asking
            return
    del world.owed[session]


def _shown(room: Room) -> Then:
    def then(world: World, session: Session, page: Page | None) -> Iterator[Effect]:
        if page is None:
            text = f"What was said in {room.name} before you came could not be read"
            yield from_server(world, session, "NOTICE", session.user.nick, text)
        elif room in session.user.rooms:
            kept = unasked(session, page.kept)
            if kept:
                yield from play(world, session, room.name, kept)

    return then


def unasked(session: Session, kept: Iterable[Kept]) -> tuple[Kept, ...]:
    """Of a history what can be shown to a session that has not asked for it, and how."""
    some = (each for each in kept if _is_to_be_shown(each.message))
    return tuple(some if session.caps & caps.SERVER_TIME else _dated(some))


def _is_to_be_shown(message: Message) -> bool:
    text = message.params[1]
    return text[:1] != _CTCP or text.startswith(_ACTION)


def _dated(kept: Iterable[Kept]) -> Iterator[Kept]:
    """Messages with the time in the text, for clients that take it from nowhere else.

    They would show it as said just now; and simple bots, which look for a word at the beginning,
    would obey it once more. What does not fit the line any more is cut.
    """
    for message, at, _ in kept:
        room, text = message.params
        when = datetime.fromtimestamp(at, UTC).strftime("[%Y-%m-%d %H:%M:%S]")
        if text.startswith(_ACTION):
            text = f"{_ACTION}{when} {text.removeprefix(_ACTION)}"
        else:
            text = f"{when} {text}"
        yield Kept(Message(message.command, (room, text), message.source, message.tags), at)
