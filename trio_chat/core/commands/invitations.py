"""Being asked in and asking to be: INVITE, KNOCK."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.entry import entry_refusal
from trio_chat.core.commands.lookup import (
    known_user,
    own_membership,
    public_room,
    require_rank,
    word,
)
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.replies import Refusal, reply
from trio_chat.core.speech import bot_tag, from_user
from trio_chat.core.state import Room, Session, User, World
from trio_chat.wire import caps
from trio_chat.wire.message import Message
from trio_chat.wire.modes import LEVELS
from trio_chat.wire.numerics import (
    ERR_BANNEDFROMCHAN,
    ERR_CANNOTSENDTOCHAN,
    ERR_CHANOPEN,
    ERR_KNOCKONCHAN,
    ERR_NEEDMOREPARAMS,
    ERR_NOSUCHCHANNEL,
    ERR_TOOMANYKNOCK,
    ERR_USERONCHANNEL,
    RPL_AWAY,
    RPL_ENDOFINVITELIST,
    RPL_INVITELIST,
    RPL_INVITING,
    RPL_KNOCK,
    RPL_KNOCKDLVR,
)

# -- INVITE


def invite(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`INVITE nick #room`, or `INVITE` to be told one's invitations (Modern IRC, "INVITE")."""
    if not message.params:
        yield from _invitations(world, session)
        return
    if len(message.params) == 1:
        raise Refusal(ERR_NEEDMOREPARAMS, "INVITE", "Not enough parameters")
    nick, name = message.params[:2]
    target = known_user(world, nick)
    public_room(world, session, name)
    room, _ = own_membership(world, session, name)
    if room.has("i"):
        require_rank(room, session, "h")
    if target in room.members:
        text = "is already in the room"
        raise Refusal(ERR_USERONCHANNEL, target.nick, room.name, text)
    world.invite(room, target)
    invitation = from_user(session.user, "INVITE", target.nick, room.name)
    yield reply(world, session, RPL_INVITING, target.nick, room.name)
    if target.away:
        yield reply(world, session, RPL_AWAY, target.nick, target.away)
    yield Deliver(target.sessions, invitation)
    yield Deliver(room.audience, invitation, omit=session, need=caps.INVITE_NOTIFY)


def _invitations(world: World, session: Session) -> Iterator[Effect]:
    for room in session.user.invitations:
        if room.members:
            yield reply(world, session, RPL_INVITELIST, room.name)
    yield reply(world, session, RPL_ENDOFINVITELIST, "End of INVITE list")


# -- KNOCK


def knock(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`KNOCK #room`: ask those who could invite, once in a while, to be let in.

    Modern IRC lists no KNOCK; the numerics are those that servers have long agreed on. Whoever
    knows the name of a secret room may knock: JOIN would tell as much.
    """
    name = message.params[0]
    user = session.user
    room = world.find_room(name)
    if room is None:
        raise Refusal(ERR_NOSUCHCHANNEL, word(name), "No such room")
    if room in user.rooms:
        raise Refusal(ERR_KNOCKONCHAN, room.name, "You're already in that room")
    barred = entry_refusal(world, room, session, "")
    if barred is None:
        raise Refusal(ERR_CHANOPEN, room.name, "The room is open, just join it")
    if barred.code == ERR_BANNEDFROMCHAN or room.is_private:
        raise Refusal(ERR_CANNOTSENDTOCHAN, room.name, "You cannot knock at that room")
    if not session.exempt:
        _check_patience(world, user, room)
    user.knocked = room.knocked = world.uptime
    params = (room.name, room.name, user.source, "has asked for an invitation")
    asked = Message(RPL_KNOCK, params, world.settings.server_name, bot_tag(user))
    yield Deliver(room.audience_from(LEVELS["h"]), asked)
    yield reply(world, session, RPL_KNOCKDLVR, room.name, "Your KNOCK has been delivered")


def _check_patience(world: World, user: User, room: Room) -> None:
    limits = world.settings.limits
    if _was_just_now(world, user.knocked, limits.knock_seconds):
        raise Refusal(ERR_TOOMANYKNOCK, room.name, "You have knocked just now, wait a while")
    if _was_just_now(world, room.knocked, limits.knock_room_seconds):
        text = "Somebody has knocked there just now, wait a while"
        raise Refusal(ERR_TOOMANYKNOCK, room.name, text)


def _was_just_now(world: World, last: float | None, seconds: float) -> bool:
    return last is not None and world.uptime - last < seconds
