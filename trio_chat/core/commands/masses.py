"""Messages to masks: what an operator says to everyone of a server or a host at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trio_chat.core.audit import audit
from trio_chat.core.commands.lookup import require_privilege, word
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.replies import Refusal
from trio_chat.core.speech import to_own
from trio_chat.core.state import Session, User, World
from trio_chat.wire.caps import ECHO_MESSAGE, MESSAGE_TAGS
from trio_chat.wire.grammar import matches
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import ERR_NOSUCHNICK


def to_masses(world: World, session: Session, target: str, relayed: Message) -> Iterator[Effect]:
    """Hand a message on to everyone a mask means (RFC 2812 section 3.3.1).

    `$$mask` matches the server's name, `$#mask` hosts. What the RFC says about dots in masks is
    left out: it is about domains, and hosts here are addresses.
    """
    require_privilege(session, "message-all")
    kind, mask = target[:2], target[2:]
    meant: Iterable[User]
    if kind == "$$":
        meant = world.users.values() if matches(mask, world.settings.server_name) else ()
    elif kind == "$#":
        meant = [user for user in world.users.values() if matches(mask, user.host)]
    else:
        raise Refusal(ERR_NOSUCHNICK, word(target), "No such nick")
    audience = tuple(each for user in meant for each in user.sessions)
    need = MESSAGE_TAGS if relayed.command == "TAGMSG" else 0
    echo = session.caps & ECHO_MESSAGE
    yield Deliver(audience, relayed, None if echo else session, need=need)
    if session not in audience:
        yield from to_own(session, relayed, need)
    yield from audit(world, session, relayed.command, f"writes to {word(target)}")
