"""The IRCv3 capabilities the server offers, as bits of one integer.

Law: a name stands in `CAPABILITIES` only if the server does what its specification says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MESSAGE_TAGS = 1 << 0
SERVER_TIME = 1 << 1
BATCH = 1 << 2
LABELED_RESPONSE = 1 << 3
ACCOUNT_TAG = 1 << 4
ECHO_MESSAGE = 1 << 5
CAP_NOTIFY = 1 << 6
MULTI_PREFIX = 1 << 7
EXTENDED_JOIN = 1 << 8
AWAY_NOTIFY = 1 << 9
ACCOUNT_NOTIFY = 1 << 10
STANDARD_REPLIES = 1 << 11
USERHOST_IN_NAMES = 1 << 12
INVITE_NOTIFY = 1 << 13
SETNAME = 1 << 14
CHGHOST = 1 << 15
EXTENDED_MONITOR = 1 << 16
NO_IMPLICIT_NAMES = 1 << 17
EXTENDED_ISUPPORT = 1 << 18
PRE_AWAY = 1 << 19
METADATA = 1 << 20
MULTILINE = 1 << 21
READ_MARKER = 1 << 22
MESSAGE_REDACTION = 1 << 23
OPER_TAG = 1 << 24
CHANNEL_RENAME = 1 << 25
METADATA_3 = 1 << 26
SASL = 1 << 27
ACCOUNT_REGISTRATION = 1 << 28
CHATHISTORY = 1 << 29
EVENT_PLAYBACK = 1 << 30
SEARCH = 1 << 31
SOJU_SEARCH = 1 << 32
MESSAGE_EDIT = 1 << 33
PINS = 1 << 34

CAPABILITIES: dict[str, int] = {
    "account-notify": ACCOUNT_NOTIFY,
    "account-tag": ACCOUNT_TAG,
    "away-notify": AWAY_NOTIFY,
    "batch": BATCH,
    "cap-notify": CAP_NOTIFY,
    "chghost": CHGHOST,
    "draft/account-registration": ACCOUNT_REGISTRATION,
    "draft/channel-rename": CHANNEL_RENAME,
    "draft/chathistory": CHATHISTORY,
    "draft/event-playback": EVENT_PLAYBACK,
    "draft/extended-isupport": EXTENDED_ISUPPORT,
    "draft/message-edit": MESSAGE_EDIT,
    "draft/message-redaction": MESSAGE_REDACTION,
    "draft/metadata-2": METADATA,
    "draft/metadata-3": METADATA_3,
    "draft/multiline": MULTILINE,
    "draft/oper-tag": OPER_TAG,
    "draft/pre-away": PRE_AWAY,
    "draft/read-marker": READ_MARKER,
    "draft/search": SEARCH,
    "echo-message": ECHO_MESSAGE,
    "extended-join": EXTENDED_JOIN,
    "extended-monitor": EXTENDED_MONITOR,
    "invite-notify": INVITE_NOTIFY,
    "labeled-response": LABELED_RESPONSE,
    "message-tags": MESSAGE_TAGS,
    "multi-prefix": MULTI_PREFIX,
    "no-implicit-names": NO_IMPLICIT_NAMES,
    "sasl": SASL,
    "server-time": SERVER_TIME,
    "setname": SETNAME,
    "soju.im/search": SOJU_SEARCH,
    "standard-replies": STANDARD_REPLIES,
    "trio-chat/pins": PINS,
    "userhost-in-names": USERHOST_IN_NAMES,
}
"""Every capability on offer by its name, sorted, each with its bit."""

TAG_NEEDS: dict[str, int] = {
    "time": SERVER_TIME,
    "batch": BATCH,
    "label": LABELED_RESPONSE,
    "account": ACCOUNT_TAG,
    "draft/oper": OPER_TAG,
    # multiline, "Dependencies", names batch alone: whoever takes such batches takes their tag.
    "draft/multiline-concat": MULTILINE | MESSAGE_TAGS,
}
"""The capabilities any of which allows a tag; every other tag needs `message-tags`."""

TAG_CAPABILITIES = (
    MESSAGE_TAGS | SERVER_TIME | BATCH | LABELED_RESPONSE | ACCOUNT_TAG | MULTILINE | OPER_TAG
)
"""The capabilities that decide which tags of a message a session is sent."""


def names(bits: int) -> list[str]:
    """The names of the capabilities in `bits`, sorted."""
    return [name for name, bit in CAPABILITIES.items() if bits & bit]


ANY_SEARCH = SEARCH | SOJU_SEARCH
"""Two names of one thing: as it was proposed, and as the server it comes from has it."""

ANY_METADATA = METADATA | METADATA_3
"""Two drafts of one thing: whoever has the one may not have the other (metadata, "Relation with
other specifications")."""


def request(
    enabled: int, wanted: Iterable[str], offered: Mapping[str, object] = CAPABILITIES
) -> int | None:
    """What is enabled after `CAP REQ` of these words, or None if they are not to be had.

    A word with a leading `-` disables (capability-negotiation, "The CAP REQ subcommand").
    """
    for word in wanted:
        name = word.removeprefix("-")
        if name not in offered:
            return None
        bit = CAPABILITIES[name]
        enabled = enabled & ~bit if word.startswith("-") else enabled | bit
    return None if enabled & ANY_METADATA == ANY_METADATA else enabled
