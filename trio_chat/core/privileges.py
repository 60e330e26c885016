"""What operators may do beyond other users: the names of privileges, and who has them.

Law: a privilege stands in `PRIVILEGES` only if a command asks for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trio_chat.wire.addresses import is_range, is_within
from trio_chat.wire.grammar import matches, normalise_mask

PRIVILEGES: dict[str, str] = {
    "accounts": "disable, export and erase accounts, and invite people to register (NickServ)",
    "ban": "ban users and addresses from the server (KLINE, DLINE), and see who is (STATS k, d)",
    "close": "close the server to strangers (DEFCON)",
    "kill": "end the connection of a user (KILL)",
    "rehash": "have the configuration file read again (REHASH)",
    "die": "stop the server (DIE)",
    "restart": "stop the server and start it anew (RESTART)",
    "stats": "see who may become an operator, and from where (STATS o)",
    "wallops": "write to everyone with user mode w (WALLOPS)",
    "message-all": "write to everyone of a server or host (PRIVMSG and NOTICE to $$mask, $#mask)",
    "reports": "read and close what users have reported (REPORT)",
    "override": "rule in every room as if above its founder, and enter past all that bars others",
    "see-hidden": "see invisible users, hidden rooms, addresses and modes (WHO, WHOIS, WHOWAS)",
}
"""Every privilege by its name, with what it allows."""

ALL = "*"
"""Stands for every privilege."""

# The encoded form of argon2 (its reference implementation, "encoding.c").
_HASH = re.compile(r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who may become an operator with OPER; once for every operator."""

    name: str = field(metadata={"example": "alice"})
    """What OPER calls them."""
    password: str = field(
        repr=False, metadata={"example": "$argon2id$v=19$m=65536,t=3,p=4$SALT$HASH"}
    )
    """The hash of their password, as `trio-chat hash-password` prints it."""
    masks: tuple[str, ...] = ()
    """Addresses, ranges (`192.0.2.0/24`) and masks (`user@host`) one of which they must come from;
    none means from anywhere."""
    title: str = "an IRC operator"
    """What WHOIS says they are."""
    privileges: tuple[str, ...] = (ALL,)
    """What they may do, by name; `*` stands for everything."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for what could never work."""
        if not self.name or not self.name.isprintable() or " " in self.name:
            raise ValueError("name must be one word")
        if _HASH.fullmatch(self.password) is None:
            raise ValueError("password must be a hash; make it with `trio-chat hash-password`")
        if not self.title.isprintable():
            raise ValueError("title must be one line")
        for privilege in self.privileges:
            if privilege not in PRIVILEGES and privilege != ALL:
                known = ", ".join((*PRIVILEGES, ALL))
                raise ValueError(f"unknown privilege {privilege!r}; known are {known}")

    def grants(self, privilege: str) -> bool:
        return privilege in self.privileges or ALL in self.privileges

    def comes_from(self, nick: str, username: str, host: str, address: str) -> bool:
        """Whether somebody so called, from there, may be this operator."""
        if not self.masks:
            return True
        sources = (f"{nick}!{username}@{host}", f"{nick}!{username}@{address}")
        for mask in self.masks:
            if is_range(mask):
                if is_within(address, mask):
                    return True
            elif any(matches(normalise_mask(mask), source) for source in sources):
                return True
        return False
