"""What happened, in words for people.

Law: pure; an event for which there are no words is not worth a line.
"""

from __future__ import annotations

import re

from trio_chat.client import events
from trio_chat.client.errors import is_refusal
from trio_chat.client.events import Event
from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.rooms import Member

NAMES_SHOWN = 30
"""Names listed on coming into a room; `/names` lists them all."""

# The numbers of a welcome that tell a person nothing, and ends of lists.
_UNSAID = frozenset(
    {"002", "003", "004", "042", "221", "250", "251", "252", "253", "254", "255", "265", "266"}
    | {"315", "318", "323", "375", "376", "396", "422"}
)

# "a server of the network" and the one it lost: servers mark what a person says as "Quit: ...".
_SPLIT = re.compile(r"[\w-]+(?:\.[\w*-]+)+ [\w-]+(?:\.[\w*-]+)+")


def changed(event: Event) -> str:
    """What changed in a room, or empty."""
    match event:
        case events.Joined(nick, room, own):
            return f"you joined {room}" if own else f"{nick} joined"
        case events.Parted(nick, room, reason, own):
            return _with_reason(f"you left {room}" if own else f"{nick} left", reason)
        case events.Kicked(nick, room, by, reason, own):
            text = f"{by} kicked you from {room}" if own else f"{by} kicked {nick}"
            return _with_reason(text, reason)
        case events.Quitted(nick, reason):
            # Servers mark what the person said, or did not, from what they say themselves.
            reason = reason.removeprefix("Quit:").strip()
            return _with_reason(f"{nick} left the chat", reason)
        case events.NickChanged(old, new, _, own):
            return f"you are now {new}" if own else f"{old} is now {new}"
        case events.RoomRenamed(old, new, nick, reason):
            return _with_reason(f"{nick} renamed {old} to {new}", reason)
        case events.TopicChanged(_, topic, nick):
            return f"{nick} set the topic: {topic}" if topic else f"{nick} cleared the topic"
        case events.TopicTold(_, topic):
            return f"topic: {topic}" if topic else ""
        case events.NamesTold(_, members) if members:
            return _names(members)
        case events.ModeChanged(_, changes, nick):
            return f"{nick} set {' '.join(changes)}"
    return ""


def told(event: Event) -> str:
    """What the server, or another's client, tells us outside of any conversation, or empty."""
    match event:
        case events.Noticed(nick, text, room) if event.message.params[1:2] != (text,):
            query, _, rest = text.partition(" ")
            where = f" in {room}" if room else ""
            return f"{nick}'s client answers{where} to {query}: {rest}".rstrip(": ")
        case events.Noticed(_, text):
            return text
        case events.Invited(nick, room, _, True):
            return f"{nick} invites you: /join {room}"
        case events.Invited(nick, room, invited):
            return f"{nick} invited {invited} to {room}"
        case events.Queried(nick, query):
            return f"{nick}'s client asks ours for {query}"
        case events.Reported(_, _, _, text):
            return text
    return ""


def replied(event: events.Replied) -> tuple[Kind, str] | None:
    """What a reply says, and whether that is trouble; None if it says nothing to people."""
    code, params = event.code, event.params
    if code in _UNSAID or not params:
        return None
    text = " ".join(params)
    if code == "301":
        text = f"{params[0]} is away: {params[-1]}"
    elif code in ("900", "901"):  # our own source and account, which its text tells of (sasl-3.1)
        text = params[-1]
    return (Kind.TROUBLE if is_refusal(event.message) else Kind.TOLD), text


def amended(event: Event, about: Entry | None) -> str:
    """What was done to a message, or empty."""
    which = _which(about)
    match event:
        case events.Edited(nick, _, _, text):
            return f"{nick} edited {which}: {text}"
        case events.Redacted(nick, _, _, reason):
            return _with_reason(f"{nick} took back {which}", reason)
        case events.Reacted(nick, _, _, reaction, removed):
            return (
                f"{nick} took back {reaction} on {which}"
                if removed
                else (f"{nick} reacted to {which}: {reaction}")
            )
        case events.PinChanged(nick, _, _, pinned):
            return f"{nick} pinned {which}" if pinned else f"{nick} unpinned {which}"
    return ""


def missed(count: int, *, more: bool) -> str:
    """Above what was said while one was not there."""
    return f"missed {'more than ' * more}{count}"


def split_reason(event: Event) -> str:
    """The two servers that lost each other, if that is why somebody is gone; else empty."""
    if isinstance(event, events.Quitted) and _SPLIT.fullmatch(event.reason):
        return event.reason
    return ""


def split(servers: str, nicks: list[str], gone: int) -> str:
    """Many left at once: `nicks` are some of the `gone`."""
    more = gone - len(nicks)
    return f"netsplit ({servers}): {', '.join(nicks)}{f' and {more} more' * (more > 0)} left"


def _which(about: Entry | None) -> str:
    if about is None:
        return "an earlier message"
    if about.number:
        return str(about.number)
    return f"a message of {about.who}"


def _names(members: tuple[Member, ...]) -> str:
    if len(members) == 1:
        return "you are alone here"
    signed = [member.signs[:1] + member.nick for member in members[:NAMES_SHOWN]]
    more = len(members) - len(signed)
    return f"here: {', '.join(signed)}" + (f" and {more} more" * (more > 0))


def _with_reason(text: str, reason: str) -> str:
    return f"{text} ({reason})" if reason else text
