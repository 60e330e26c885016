"""What a server says of itself in RPL_ISUPPORT (005), read with defaults for what it does not say.

Law: whatever a server claims, every property answers with something usable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from trio_chat.client.folding import folding
from trio_chat.wire.modes import Takes

MOST_TOKENS = 256
"""Tokens kept: real servers send about 40, and what is sent must not fill the memory."""

_PREFIX = re.compile(r"\(([A-Za-z]+)\)(\S+)")
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")


class Isupport:
    """The tokens of 005, and what follows from them (Modern IRC, "Feature Advertisement")."""

    __slots__ = ("_tokens", "fold", "modes", "ranks")

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}
        self.fold: Callable[[str], str] = folding("rfc1459")
        self.ranks: dict[str, str] = {}
        self.modes: dict[str, Takes] = {}
        self._derive()

    @property
    def tokens(self) -> Mapping[str, str]:
        """Every token by its name, with its value or an empty string."""
        return MappingProxyType(self._tokens)

    def take(self, params: tuple[str, ...]) -> None:
        """Learn from the tokens of one 005, without our nick and the closing text."""
        for token in params:
            name, _, value = token.partition("=")
            if name.startswith("-"):
                self._tokens.pop(name[1:], None)
            elif name and (len(self._tokens) < MOST_TOKENS or name in self._tokens):
                self._tokens[name] = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value)
        self._derive()

    def number(self, name: str, default: int) -> int:
        """The value of a token as a number of at most six digits, else `default`."""
        value = self._tokens.get(name, "")
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 6 else default

    def looks_like_room(self, target: str) -> bool:
        """Whether a target means a room (CHANTYPES)."""
        return target[:1] in (self._tokens.get("CHANTYPES") or "#&") and bool(target)

    def room_of(self, target: str) -> str:
        """The room in a target, also in `@#room` (STATUSMSG); empty if it is none."""
        room = target.lstrip(self._tokens.get("STATUSMSG", ""))
        return room if self.looks_like_room(room) else ""

    def allows_tag(self, name: str) -> bool:
        """Whether a client tag, named without its `+`, is handed on (CLIENTTAGDENY)."""
        denied = self._tokens.get("CLIENTTAGDENY", "").split(",")
        return name not in denied and ("*" not in denied or f"-{name}" in denied)

    def split_ranks(self, name: str) -> tuple[str, str]:
        """The signs that lead a nick in NAMES, and the nick."""
        nick = name.lstrip("".join(self.ranks.values()))
        return name[: len(name) - len(nick)], nick

    def _derive(self) -> None:
        self.fold = folding(self._tokens.get("CASEMAPPING", "rfc1459"))
        prefix = _PREFIX.fullmatch(self._tokens.get("PREFIX", "(ov)@+"))
        letters, signs = prefix.groups() if prefix else ("ov", "@+")
        self.ranks = dict(zip(letters, signs, strict=False))
        kinds = self._tokens.get("CHANMODES", "b,k,l,imnst").split(",")
        self.modes = {}
        takes = (Takes.LIST, Takes.ALWAYS, Takes.WHEN_SET, Takes.NEVER)
        for kind, letters in zip(takes, kinds, strict=False):
            self.modes.update(dict.fromkeys(letters, kind))
        self.modes.update(dict.fromkeys(self.ranks, Takes.NICK))
