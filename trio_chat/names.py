"""The case mappings a server can be configured with, `precis` among them.

PRECIS (RFC 8264) is done by the precis_i18n library, which knows Unicode's tables; that is why it
stands here and not in `wire`, which has the standard library only.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from trio_chat.wire.casemapping import ASCII, RFC1459, CaseMapping, ascii_skeleton, is_ascii_nick
from trio_chat.wire.grammar import ROOM_PREFIX

# What would be taken for something else in a source, a mask, a list or a message.
_NOT_IN_NICKS = frozenset("!@*?,.:;$%&+~#'\"<>/= ")

LOOKALIKES = Path(__file__).with_name("lookalikes.txt")
"""Which characters look like which (see `tests.lookalikes`)."""


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

    alike = _lookalikes()

    def skeleton(name: str) -> str:
        if name.isascii():
            return ascii_skeleton(name)
        # TR39 section 4: NFD, the characters replaced, and NFD again. PRECIS lets no other
        # compatibility characters through than those of another width, which NFKC folds.
        plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name)).translate(alike)
        return unicodedata.normalize("NFD", plain).casefold()

    return CaseMapping("precis", fold, _fold_text, is_nick, skeleton)


def _lookalikes() -> dict[int, str]:
    """The table for `str.translate`: 3,000 characters, read in 3 ms when the server starts."""
    found = {}
    for line in LOOKALIKES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            character, target = line.split(" ; ")
            found[int(character, 16)] = "".join(chr(int(each, 16)) for each in target.split())
    return found
