"""What a server offers (IRCv3 capability-negotiation), and what of it is in use.

Laws: bounded, whatever is offered; a capability that is of no use without another is not asked for
where that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.wire.message import Message

RATIFIED = (
    "account-notify",
    "account-tag",
    "away-notify",
    "batch",
    "cap-notify",
    "chghost",
    "echo-message",
    "extended-join",
    "extended-monitor",
    "invite-notify",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "server-time",
    "setname",
    "standard-replies",
    "userhost-in-names",
)

DRAFTS = (
    "draft/account-registration",
    "draft/channel-rename",
    "draft/chathistory",
    "draft/event-playback",
    "draft/message-edit",
    "draft/message-redaction",
    "draft/multiline",
    "draft/read-marker",
    "draft/search",
    "soju.im/search",
    "trio-chat/pins",
)

WANTED = RATIFIED + DRAFTS
"""The capabilities asked for, of those on offer."""

MOST_OFFERED = 256
"""Capabilities remembered of an offer: real servers have about 40."""

LONGEST_REQUEST = 400
"""Bytes of names in one CAP REQ: the line has 512, with its command and the server's answer to it,
which has our nick in it too."""

_NEEDS = {
    "labeled-response": "batch",  # labeled-response, "Dependencies"
    "draft/multiline": "batch",  # multiline, "Dependencies"
    # Of what comes without a batch nobody can tell what it is, nor where it ends.
    "draft/chathistory": "batch",
    "draft/event-playback": "draft/chathistory",
    "draft/search": "batch",
    "soju.im/search": "batch",
    "trio-chat/pins": "batch",
}


class Capabilities:
    """Those on offer, with their values, and those in use; `name in capabilities` asks for use."""

    __slots__ = ("_enabled", "_offered")

    def __init__(self) -> None:
        self._offered: dict[str, str] = {}
        self._enabled: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._enabled

    @property
    def enabled(self) -> frozenset[str]:
        """Those in use."""
        return frozenset(self._enabled)

    def value(self, name: str) -> str | None:
        """What the server says of a capability it offers, often nothing; None if it has it not."""
        return self._offered.get(name)

    def take(self, params: tuple[str, ...]) -> list[Message]:
        """Follow a CAP of the server, without our nick; what to ask for because of it."""
        verb = params[0].upper() if params else ""
        words = params[-1].split() if len(params) > 1 else []
        names = [word.partition("=")[0] for word in words]
        if verb in ("LS", "NEW"):
            for word in words:
                name, _, value = word.partition("=")
                if len(self._offered) < MOST_OFFERED or name in self._offered:
                    self._offered[name] = value
        if verb == "ACK":
            self._enabled.update(set(names).intersection(WANTED))
            self._enabled.difference_update(name[1:] for name in names if name[:1] == "-")
        elif verb == "DEL":
            self._enabled.difference_update(names)
            for name in names:
                self._offered.pop(name, None)
        elif verb == "NEW":
            return requests(name for name in self._wanted() if name not in self._enabled)
        return []

    def requests(self) -> list[Message]:
        """What to ask for of all that is on offer."""
        return requests(self._wanted())

    def _wanted(self) -> Iterator[str]:
        has = self._offered
        for name in WANTED:
            if name in has and all(need in has for need in _needs(name)):
                yield name


def _needs(name: str) -> Iterator[str]:
    while name in _NEEDS:
        name = _NEEDS[name]
        yield name


def requests(names: Iterator[str]) -> list[Message]:
    """CAP REQ for each of these, drafts apart from what is ratified.

    A server that refuses any of a list refuses all of it ("The CAP REQ subcommand"), and drafts
    change.
    """
    groups: list[list[str]] = []
    for name in names:
        last = groups[-1] if groups else None
        if (
            last is None
            or (last[-1] in RATIFIED) != (name in RATIFIED)
            or len(" ".join([*last, name])) > LONGEST_REQUEST
        ):
            groups.append([name])
        else:
            last.append(name)
    return [Message("CAP", ("REQ", " ".join(group))) for group in groups]
