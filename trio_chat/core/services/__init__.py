"""NickServ and ChanServ: what people do by message because they are used to it.

Laws:

* A service is no user: nobody has its nick, it is in no room, and it answers by notices alone.
* What can also be done by a command of IRC is done by the same code; here are the words for it.
"""

from __future__ import annotations

from trio_chat.core.services.chanserv import CHANSERV
from trio_chat.core.services.nickserv import NICKSERV
from trio_chat.core.services.service import Service
from trio_chat.core.state import World

SERVICES = (NICKSERV, CHANSERV)


def find_service(world: World, nick: str) -> Service | None:
    """The service of that name; also as `NickServ@server`, which some clients send."""
    name = world.fold(nick.partition("@")[0])
    return next((each for each in SERVICES if world.fold(each.nick) == name), None)
