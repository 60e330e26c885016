"""CHATHISTORY: what was said before (IRCv3 chathistory).

Laws:

* Of a room only who is in it is shown anything, and of a conversation only the two accounts: this
  is found out before the archive is asked, and again when it has answered.
* What can never have been kept, because somebody has no account, is an empty history, no failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trio_chat.core.asking import Then, ask
from trio_chat.core.batches import batch_of
from trio_chat.core.commands.lookup import correspondent, nicks_of_accounts, word
from trio_chat.core.effects import Effect
from trio_chat.core.history import (
    Buffer,
    ListBuffers,
    Page,
    Place,
    ReadHistory,
    Reference,
    Select,
    conversation,
    sequence_of,
)
from trio_chat.core.playback import play
from trio_chat.core.replies import Refusal
from trio_chat.core.state import Session, World
from trio_chat.core.timestamps import stamp_of, time_of
from trio_chat.wire import caps
from trio_chat.wire.grammar import looks_like_room
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import ERR_UNKNOWNCOMMAND
from trio_chat.wire.variants import format_time

LATEST = "*"
"""In the place of a reference: no matter since when."""

_SELECTS: dict[str, tuple[Select, int]] = {
    "LATEST": ("latest", 1),
    "BEFORE": ("before", 1),
    "AFTER": ("after", 1),
    "AROUND": ("around", 1),
    "BETWEEN": ("between", 2),
}
"""The subcommands that are for one target, and how many references each takes."""


def chathistory(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`CHATHISTORY LATEST #room * 50`, and so on (chathistory, "Subcommands")."""
    if not session.caps & caps.CHATHISTORY:
        text = "Unknown command without the capability draft/chathistory"
        raise Refusal(ERR_UNKNOWNCOMMAND, "CHATHISTORY", text)
    given, *params = message.params
    subcommand = given.upper()
    if subcommand == "TARGETS":
        yield from _targets(world, session, given, params)
    elif subcommand in _SELECTS:
        yield from _read(world, session, given, params)
    else:
        raise _invalid(given, "Unknown command")


# -- one target


def _read(world: World, session: Session, given: str, params: list[str]) -> Iterator[Effect]:
    select, count = _SELECTS[given.upper()]
    _check_count(given, params, count + 2)
    target, *points, most = params
    limit = _limit(world, given, most)
    anything = select == "latest" and points[0] == LATEST
    references = [] if anything else [_reference(given, target, point) for point in points]
    first, second, *_ = (*references, None, None)
    found = _find(world, session, given, target)
    if found.place is None or not limit:
        yield from play(world, session, found.name, ())
        return
    events = bool(session.caps & caps.EVENT_PLAYBACK)
    question = ReadHistory(found.place, select, limit, first, second, events)
    yield ask(session, question, "CHATHISTORY", _shown(given, target, found.place))


def _shown(given: str, target: str, place: Place) -> Then:
    """What follows when the history of a place has been read."""

    def then(world: World, session: Session, page: Page | None) -> Iterator[Effect]:
        found = _find(world, session, given, target)
        if found.place != place:  # a room has another name, somebody another account
            raise _invalid_target(given, target)
        if page is None:
            raise _failed(given, word(target))
        private = isinstance(place, tuple)
        yield from play(world, session, found.name, page.kept, private=private)

    return then


@dataclass(frozen=True, slots=True)
class _Found:
    """What a target means: its name in full, and the place, None if nothing can be kept of it."""

    name: str
    place: Place | None


def _find(world: World, session: Session, given: str, target: str) -> _Found:
    """What a target means to this session, if it may read there."""
    if looks_like_room(target):
        room = world.find_room(target)
        if room is None or room not in session.user.rooms:
            raise _invalid_target(given, target)
        return _Found(room.name, world.fold(room.name))
    name, account = correspondent(world, target)
    if not name:
        raise _invalid_target(given, target)
    own = session.user.account
    if not (own and account and world.settings.history.private):
        return _Found(name, None)
    return _Found(name, conversation(world, own, account))


# -- all of them


def _targets(world: World, session: Session, given: str, params: list[str]) -> Iterator[Effect]:
    """`CHATHISTORY TARGETS timestamp=... timestamp=... 50`: where something was said."""
    _check_count(given, params, 3)
    first, second = (_time(given, point) for point in params[:2])
    limit = _limit(world, given, params[2])
    private = world.settings.history.private
    account = world.fold(session.user.account) if private else ""
    rooms = tuple(world.fold(room.name) for room in session.user.rooms)
    if not (rooms or account) or not limit:
        yield from _listed(world, session, ())
        return

    def then(
        world: World, session: Session, buffers: tuple[Buffer, ...] | None
    ) -> Iterator[Effect]:
        if buffers is None:
            raise _failed(given, "*")
        if world.fold(session.user.account) != account:
            buffers = tuple(each for each in buffers if each.is_room)
        yield from _listed(world, session, buffers)

    question = ListBuffers(rooms, account, first, second, limit)
    yield ask(session, question, "CHATHISTORY", then)


def _listed(world: World, session: Session, buffers: tuple[Buffer, ...]) -> Iterator[Effect]:
    lines = _buffer_lines(world, session, buffers)
    return batch_of(world, session, "draft/chathistory-targets", messages=lines)


def _buffer_lines(world: World, session: Session, buffers: tuple[Buffer, ...]) -> Iterator[Message]:
    nicks = nicks_of_accounts(world) if any(not each.is_room for each in buffers) else {}
    for each in buffers:
        name = nicks.get(world.fold(each.name), each.name)
        if each.is_room:
            room = world.find_room(each.name)
            if room is None or room not in session.user.rooms:
                continue
            name = room.name
        params = ("TARGETS", name, format_time(each.at))
        yield Message("CHATHISTORY", params, world.settings.server_name)


# -- parameters


def _check_count(given: str, params: list[str], count: int) -> None:
    if len(params) < count:
        raise _invalid(given, "Insufficient parameters")
    if len(params) > count:
        raise _invalid(given, "Too many parameters")


def _limit(world: World, given: str, param: str) -> int:
    """How many are wanted, and no more than can be had at once."""
    if not (param.isascii() and param.isdecimal()):
        raise _invalid(given, word(param), "Invalid limit")
    most = world.settings.history.lines_per_query
    return min(int(param[:9]), most)  # more digits than that are more than any limit


def _reference(given: str, target: str, param: str) -> Reference:
    kind, sign, value = param.partition("=")
    if kind == "msgid" and sign:
        if not sequence_of(value):  # it is none that this server has given
            raise _failed(given, word(target), word(param))
        return value
    if kind != "timestamp" and sign:
        text = f"There are no references by {word(kind)}, but by msgid and timestamp"
        raise Refusal("INVALID_MSGREFTYPE", word(given), word(target), text)
    return _time(given, param)


def _time(given: str, param: str) -> float:
    stamp = stamp_of(param)
    if stamp is None:
        raise _invalid(given, word(param), "Invalid timestamp")
    return time_of(stamp)


# -- refusals


def _invalid(given: str, *params: str) -> Refusal:
    return Refusal("INVALID_PARAMS", word(given), *params)


def _invalid_target(given: str, target: str) -> Refusal:
    text = "Messages could not be retrieved"
    return Refusal("INVALID_TARGET", word(given), word(target), text)


def _failed(given: str, *context: str) -> Refusal:
    return Refusal("MESSAGE_ERROR", word(given), *context, "Messages could not be retrieved")
