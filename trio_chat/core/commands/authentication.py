"""AUTHENTICATE: logging in to an account (IRCv3 sasl), of which there are none yet.

The capability `sasl` is therefore not on offer (sasl-3.2, "Advertisement of `sasl` capability when
authentication is unavailable"). A client that asks nevertheless waits for one of the numerics of
SASL and knows no other, so it is told by one of them that it cannot be logged in. RPL_SASLMECHS is
not sent: the list of mechanisms would be empty, which a line cannot say.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.effects import Effect
from trio_chat.core.replies import Refusal
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import ERR_SASLABORTED, ERR_SASLFAIL


def authenticate(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`AUTHENTICATE mechanism`, or `AUTHENTICATE *` to go on without."""
    yield from ()
    if message.params[0] == "*":
        raise Refusal(ERR_SASLABORTED, "SASL authentication aborted")
    raise Refusal(ERR_SASLFAIL, "SASL authentication failed: there are no accounts here")
