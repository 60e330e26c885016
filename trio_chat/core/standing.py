"""What a user is by all of their sessions together: away, secure, an operator.

Laws:

* A user is away if each of their sessions is. What is told of it is what was said last, but `*`,
  by which a client says that nobody sits at it, never stands above a text (pre-away).
* A user has mode Z if each of their sessions is encrypted, and mode o if any is an operator's.
* Who has no session at present (see `core.residents`) is away and no operator, and secure if the
  last one was.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.circle import tell_circle
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.speech import from_user
from trio_chat.core.state import Session, User, World
from trio_chat.wire import caps
from trio_chat.wire.message import Message
from trio_chat.wire.modes import Change, format_modes

NOT_CONNECTED = "Not connected at present"
"""The away message of who stays without a client, unless one was given."""

NOBODY = "*"
"""As an away message: nobody sits at this client (pre-away, "Implementation")."""


def settle(world: World, user: User, latest: Session | None = None) -> Iterator[Effect]:
    """Bring up to date what a user is by their sessions, and tell those whom it concerns.

    `latest` is the session that has brought it about, and knows already.
    """
    user.operator = next((each.operator for each in user.sessions if each.operator), None)
    before, user.away = user.away, _away(user, latest)
    if user.away != before:
        world.touch(user)
    if user.sessions and not user.sessions[0].registered:
        return
    wanted = {
        "Z": all(each.encrypted for each in user.sessions) if user.sessions else user.is_secure,
        "o": user.operator is not None,
    }
    made = [Change(on, mode) for mode, on in wanted.items() if world.set_mode(user, mode, on)]
    if made:
        yield Deliver(user.sessions, _modes(user, made), omit=latest)
    if user.away != before:
        notice = from_user(user, "AWAY", *([user.away] if user.away else []))
        yield from tell_circle(world, user, notice, caps.AWAY_NOTIFY, omit=latest)


def _modes(user: User, made: list[Change]) -> Message:
    return from_user(user, "MODE", user.nick, *format_modes(made))


def _away(user: User, latest: Session | None) -> str:
    if not user.sessions:
        return user.away if user.away not in ("", NOBODY) else NOT_CONNECTED
    said = [each.away for each in user.sessions]
    if not all(said):
        return ""
    texts = [text for text in said if text != NOBODY]
    if latest is not None and latest.away in texts:
        return latest.away
    if user.away in texts:  # whoever said it is still away
        return user.away
    return texts[-1] if texts else NOBODY
