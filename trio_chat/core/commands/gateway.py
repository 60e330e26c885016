"""WEBIRC: a gateway tells whom it connects for (IRCv3 webirc)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trio_chat.core.commands.bans import look_at_address
from trio_chat.core.departure import drop
from trio_chat.core.effects import Effect
from trio_chat.core.replies import Refusal
from trio_chat.core.state import Session, World
from trio_chat.wire.addresses import is_address
from trio_chat.wire.grammar import host_literal
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import ERR_ALREADYREGISTERED

# RFC 1123 section 2.1, and no address in disguise: a name has a letter in it.
_HOST_NAME = re.compile(r"(?=.{1,63}$)(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def webirc(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`WEBIRC password gateway hostname ip [:options]`, before anything else."""
    if session.registered:
        raise Refusal(ERR_ALREADYREGISTERED, "You may not reregister")
    password, _, name, address = message.params[:4]
    wrong = _what_is_wrong(world, session, password, address)
    if wrong:
        yield from drop(world, session, wrong)
        return
    user = session.user
    # An address with a leading colon is sent with a zero before it; so it is shown, too.
    user.address = session.address = host_literal(address)
    shown = world.shown_host(user.address)
    # A name would tell more than the cloak hides.
    is_named = shown == user.address and _HOST_NAME.fullmatch(name)
    user.host = session.host = name if is_named else shown
    session.through_gateway = True
    session.fingerprint = ""  # the gateway's own: it must not stand for each of its users
    world.judge(session)
    # webirc, "Options": secure only if the gateway's own connection is secure as well.
    options = [option.partition("=")[0] for option in " ".join(message.params[4:]).split()]
    if session.encrypted and "secure" not in options:
        session.encrypted = False
        user.set_mode("Z", False)
    yield from look_at_address(world, session)


def _what_is_wrong(world: World, session: Session, password: str, address: str) -> str:
    gateways = [each for each in world.settings.gateways if each.serves(session.address)]
    if session.lines > 1:
        return "WEBIRC must be the first command"
    if not gateways:
        return "WEBIRC is not accepted from your address"
    if not any(each.believes(password) for each in gateways):
        return "Invalid WebIRC password"
    if not is_address(address):
        return "Invalid WebIRC address"
    return ""
