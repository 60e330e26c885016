"""SEARCH: what was said before, by its words, its sender and its time (IRCv3 search, a draft).

Laws:

* It is looked for where the user may read, and nowhere else: in the rooms they are in, and in the
  conversations of their account. This is found out before the archive is asked, and again when it
  has answered.
* What is no attribute is refused, and not left out: who asked for less must not be shown more.

The draft is pull request 496 of the specifications, and soju's "search", from which it came; they
differ in the names of the capability and of the batch alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from trio_chat.core.asking import ask
from trio_chat.core.batches import batch_of
from trio_chat.core.commands.lookup import correspondent, nicks_of_accounts, word
from trio_chat.core.effects import Effect
from trio_chat.core.history import Kept, Place, SearchHistory, SearchResult, conversation
from trio_chat.core.playback import as_now, forms
from trio_chat.core.replies import Refusal
from trio_chat.core.state import Session, World
from trio_chat.core.timestamps import stamp_of, time_of
from trio_chat.wire import caps
from trio_chat.wire.grammar import looks_like_room
from trio_chat.wire.message import Message, parse_tags
from trio_chat.wire.numerics import ERR_UNKNOWNCOMMAND

FOUND = 100
"""Messages that are shown unless fewer are asked for, or more: a few screens."""

_ATTRIBUTES = ("in", "from", "after", "before", "text", "limit")


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where it is looked: in these rooms, by folded name, and in the conversations of an account,
    with another one alone if there is one; empty for none."""

    rooms: tuple[str, ...] = ()
    account: str = ""
    other: str = ""

    def has(self, place: Place) -> bool:
        """Whether what was said there may be shown."""
        if isinstance(place, str):
            return place in self.rooms
        return bool(self.account) and self.account in place


def search(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`SEARCH text=tea;in=#room;limit=20`, in the form of tags.

    Spaces are written `\\s` there, but whoever types this writes a space.
    """
    if not session.caps & caps.ANY_SEARCH:
        text = "Unknown command without the capability draft/search"
        raise Refusal(ERR_UNKNOWNCOMMAND, "SEARCH", text)
    attributes = {
        key: value for key, value in parse_tags(" ".join(message.params)).items() if value
    }
    for key in attributes:
        if key not in _ATTRIBUTES:
            raise _invalid(key, "No such attribute")
    scope = _scope(world, session, attributes)
    question = SearchHistory(
        scope.rooms,
        scope.account,
        _limit(world, attributes),
        other=scope.other,
        text=attributes.get("text", ""),
        sender=attributes.get("from", ""),
        after=_time(attributes, "after"),
        before=_time(attributes, "before"),
    )
    if not (scope.rooms or scope.account):
        yield from _shown(world, session, scope, SearchResult(()))
        return

    def then(world: World, session: Session, result: SearchResult | None) -> Iterator[Effect]:
        scope = _scope(world, session, attributes)
        if result is None:
            raise Refusal("INTERNAL_ERROR", "The search could not be run")
        yield from _shown(world, session, scope, result)

    yield ask(session, question, "SEARCH", then)


def _shown(world: World, session: Session, scope: _Scope, result: SearchResult) -> Iterator[Effect]:
    kind = "search" if session.caps & caps.SEARCH else "soju.im/search"
    messages = _messages(world, session, scope, result)
    return batch_of(world, session, kind, messages=messages)


def _messages(
    world: World, session: Session, scope: _Scope, result: SearchResult
) -> Iterator[Message]:
    nicks = nicks_of_accounts(world) if scope.account else {}
    for place, kept in result.found:
        its: Iterable[Kept] = (kept,) if scope.has(place) else ()
        if isinstance(place, tuple):
            other = place[place[0] == scope.account]
            account = world.accounts.find(other)
            name = nicks.get(other) or (account.name if account is not None else other)
            its = as_now(world, session.user, name, its)
        yield from forms(world, session, its)


# -- attributes


def _scope(world: World, session: Session, attributes: Mapping[str, str]) -> _Scope:
    """Where this user may look, and wants to."""
    user = session.user
    account = world.fold(user.account) if world.settings.history.private else ""
    target = attributes.get("in", "")
    if not target:
        return _Scope(tuple(world.fold(room.name) for room in user.rooms), account)
    if looks_like_room(target):
        room = world.find_room(target)
        if room is None or room not in user.rooms:
            raise _invalid("in", "You are not in that room")
        return _Scope((world.fold(room.name),))
    name, its = correspondent(world, target)
    if not name:
        raise _invalid("in", "No such nick")
    if not (account and its):
        return _Scope()
    one, other = conversation(world, account, its)
    return _Scope((), account, other if one == account else one)


def _limit(world: World, attributes: Mapping[str, str]) -> int:
    most = world.settings.history.lines_per_query
    limit = attributes.get("limit", str(min(FOUND, most)))
    if not (limit.isascii() and limit.isdecimal() and int(limit[:9])):
        raise _invalid("limit", "Not a number of messages")
    return min(int(limit[:9]), most)


def _time(attributes: Mapping[str, str], key: str) -> float | None:
    if key not in attributes:
        return None
    stamp = stamp_of(f"timestamp={attributes[key]}")
    if stamp is None:
        raise _invalid(key, "Not a time like 2019-01-04T14:33:26.123Z")
    return time_of(stamp)


def _invalid(attribute: str, text: str) -> Refusal:
    return Refusal("INVALID_PARAMS", word(attribute), text)
