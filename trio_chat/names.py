"""The case mappings a server can be configured with, `precis` among them.

PRECIS (RFC 8264) is done by the precis_i18n library, which knows Unicode's tables; that is why it
stands here and not in `wire`, which has the standard library only.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from trio_chat.wire.casemapping import ASCII, RFC1459, CaseMapping, is_ascii_nick
from trio_chat.wire.grammar import ROOM_PREFIX

# What would be taken for something else in a source, a mask, a list or a message.
_NOT_IN_NICKS = frozenset("!@*?,.:;$%&+~#'\"<>/= ")


def case_mapping(name: str) -> CaseMapping:
    """The case mapping of that name: `ascii`, `rfc1459` or `precis`. Raises `ValueError`."""
    match name:
        case "ascii":
            return ASCII
        case "rfc1459":
            return RFC1459
        case "precis":
            return _precis()
        case _:
            raise ValueError(f"no such case mapping: {name!r}")


@lru_cache(maxsize=4096)
def _fold_text(text: str) -> str:
    return unicodedata.normalize("NFKC", text.lower())


def _precis() -> CaseMapping:
    """Names by the profile UsernameCaseMapped (RFC 8265 section 3.3): any script, one case."""
    from precis_i18n import get_profile

    profile = get_profile("UsernameCaseMapped")

    # A name is folded several times for each message to it, at 20 µs each.
    @lru_cache(maxsize=65_536)
    def fold(name: str) -> str:
        prefix = ROOM_PREFIX if name.startswith(ROOM_PREFIX) else ""
        try:
            folded: str = profile.enforce(name.removeprefix(ROOM_PREFIX))
        except UnicodeEncodeError:  # no username, such as a room with a slash in its name
            return unicodedata.normalize("NFC", name).lower()
        return prefix + folded

    def is_nick(text: str) -> bool:
        if is_ascii_nick(text):
            return True
        if not text or text[0].isdigit() or text[0] == "-" or not _NOT_IN_NICKS.isdisjoint(text):
            return False
        try:
            profile.enforce(text)
        except UnicodeEncodeError:
            return False
        return True

    return CaseMapping("precis", fold, _fold_text, is_nick)
