"""The tables of docs/protocol.md, made from the tables of the code.

`python -m tests.protocol_page` writes them into the page; a test holds the page against them.
"""

from __future__ import annotations

from pathlib import Path

from trio_chat.core.commands import TABLE
from trio_chat.core.commands.capabilities import offer
from trio_chat.core.replies import isupport_tokens
from trio_chat.core.settings import Settings
from trio_chat.core.state import World
from trio_chat.core.usages import USAGES
from trio_chat.wire import caps

from .tables import cell, filled, table

PAGE = Path(__file__).parent.parent / "docs" / "protocol.md"

CAPABILITY_NOTES: dict[str, str] = {
    "account-notify": "ACCOUNT when somebody logs in or out",
    "account-tag": "the `account` tag on all that a logged-in user does",
    "away-notify": "AWAY when somebody goes away or is back",
    "batch": "messages that belong together, as a batch",
    "cap-notify": "CAP NEW and DEL when the offer changes; implied by `CAP LS 302`",
    "chghost": "CHGHOST for a new user or host; without it a QUIT, JOIN and MODE",
    "draft/account-registration": "REGISTER and VERIFY: an account by a command of its own",
    "draft/channel-rename": "RENAME; without it a PART and JOIN",
    "draft/chathistory": "CHATHISTORY: what was said before; without it some of it on JOIN",
    "draft/event-playback": "in a history also TAGMSG, JOIN, MODE and all else that was done",
    "draft/extended-isupport": "ISUPPORT before registration, the tokens as a batch",
    "draft/message-edit": "EDIT: another text for a message of one's own, for a time",
    "draft/message-redaction": "REDACT: one's own messages for a time, as a room operator all",
    "draft/metadata-2": "METADATA of users and rooms; kept for as long as they are there",
    "draft/metadata-3": "the same by its next draft; only one of the two at a time",
    "draft/multiline": "messages of several lines by BATCH; line by line to those without it",
    "draft/oper-tag": "the `draft/oper` tag, without a value, on all that an operator does",
    "draft/pre-away": "AWAY before registration, and `AWAY *`",
    "draft/read-marker": "MARKREAD: how far a user has read; kept of accounts",
    "draft/search": "SEARCH: what was said before, by its words, sender and time",
    "echo-message": "one's own PRIVMSG, NOTICE and TAGMSG back",
    "extended-join": "account and real name in JOIN",
    "extended-monitor": "AWAY, ACCOUNT, CHGHOST and SETNAME of those one monitors",
    "invite-notify": "INVITE when somebody is invited to a room one is in",
    "labeled-response": "`label` on the answer to any command, an ACK if there is none",
    "message-tags": "all tags, `msgid` among them; client-only tags and TAGMSG are relayed as sent",
    "multi-prefix": "all the signs of somebody's ranks in NAMES, WHO and WHOIS",
    "no-implicit-names": "no NAMES after a JOIN",
    "sasl": "AUTHENTICATE; EXTERNAL by TLS alone",
    "server-time": "the `time` tag on everything",
    "setname": "SETNAME when somebody changes their real name",
    "soju.im/search": "the same as `draft/search`, but for the type of the batch",
    "standard-replies": "FAIL, WARN and NOTE of any kind",
    "trio-chat/pins": "PIN and UNPIN when a message is pinned in a room; PINS as a batch",
    "userhost-in-names": "`nick!user@host` in NAMES",
}


def capabilities() -> str:
    world = World(Settings(), "boot", 0)
    world.keeps_accounts = True
    offered = offer(world, by_tls=True)
    return table(
        ("capability", "what it brings", "value by default"),
        (
            (f"`{name}`", CAPABILITY_NOTES[name], f"`{value}`" if value else "")
            for name, value in offered.items()
        ),
    )


def commands() -> str:
    def when(name: str) -> str:
        command = TABLE[name]
        if not command.registered:
            return "always"
        early = ", ".join(f"`{each}`" for each in caps.names(command.early))
        return f"registered, or with {early}" if early else "registered"

    return table(
        ("command", "what it does", "when"),
        (
            (f"`{cell(f'{name} {usage.params}'.strip())}`", cell(usage.text), when(name))
            for name, usage in sorted(USAGES.items())
        ),
    )


def isupport() -> str:
    world = World(Settings(icon="https://example.org/icon.svg"), "boot", 0)
    world.keeps_history = True
    tokens = (token.partition("=") for token in isupport_tokens(world))
    return table(
        ("token", "value by default"),
        ((f"`{name}`", f"`{cell(value)}`" if value else "") for name, _, value in tokens),
    )


TABLES = {"capabilities": capabilities, "commands": commands, "isupport": isupport}


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), TABLES))
