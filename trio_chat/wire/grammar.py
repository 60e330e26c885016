"""Names and masks: what is a nick or a room's name, which two are the same, what a mask matches.

Law: every function here is total: it answers for any string.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

ROOM_PREFIX = "#"

# RFC 2812 section 2.3.1: nickname = ( letter / special ) *( letter / digit / special / "-" )
_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}\-]*", re.ASCII)
_KEY = re.compile(r"[^\x00-\x20,:\x7f][^\x00-\x20,\x7f]*")
_STARS = re.compile(r"\*+")
_USERNAME_NOISE = re.compile(r"[^A-Za-z0-9\[\]\\`_^{|}\-.]", re.ASCII)
_ASCII_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FOLD = str.maketrans(_ASCII_UPPER, _ASCII_UPPER.lower())
# Cc: controls. Cf: format characters, among them the bidi overrides. Zs/Zl/Zp: spaces.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


def casefold(name: str) -> str:
    """The form under which two names are the same (ISUPPORT CASEMAPPING=ascii)."""
    return name.lower() if name.isascii() else name.translate(_FOLD)


def is_nick(text: str, max_length: int) -> bool:
    """Whether this is a nick of at most `max_length` characters."""
    return len(text) <= max_length and _NICK.fullmatch(text) is not None


def looks_like_room(target: str) -> bool:
    """Whether a target means a room rather than a person."""
    return target.startswith(ROOM_PREFIX)


def is_room_name(text: str, max_length: int) -> bool:
    """Whether this names a room: `#`, then at most `max_length` bytes in all.

    RFC 2812 section 1.3 forbids space, comma, control G (and NUL, CR, LF). Everything else that
    cannot be seen is refused too: two names that look alike must be alike.
    """
    return (
        len(text) > 1
        and text[0] == ROOM_PREFIX
        and len(text.encode()) <= max_length
        and "," not in text
        and not any(unicodedata.category(character) in _UNSEEN for character in text)
    )


def is_key(text: str, max_length: int) -> bool:
    """Whether this can be the key of a room (it must survive as a middle parameter in a list)."""
    return len(text) <= max_length and _KEY.fullmatch(text) is not None


def clean_username(text: str, max_length: int) -> str:
    """The user part of `nick!user@host` from what a client claims.

    It leads with `~`: nobody has verified it (Modern IRC, "USER message").
    """
    return "~" + (_USERNAME_NOISE.sub("", text)[: max_length - 1] or "user")


def host_literal(address: str) -> str:
    """An IP address as the host part of a source: no zone, and never with a leading colon."""
    address = address.partition("%")[0].removeprefix("::ffff:")
    return f"0{address}" if address.startswith(":") else address


def normalise_mask(mask: str) -> str:
    """A ban mask in full as `nick!user@host` (Modern IRC, "Ban Channel Mode")."""
    nick, bang, rest = mask.partition("!")
    if bang:
        user, _, host = rest.partition("@")
    elif "@" in mask:
        nick = ""
        user, _, host = mask.partition("@")
    elif "." in mask or ":" in mask:  # a bare host; nicks hold neither
        nick, user, host = "", "", mask
    else:
        user = host = ""
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def matches(mask: str, text: str) -> bool:
    """Whether a mask with `*` and `?` matches the whole text, under the case mapping."""
    # Not `fnmatch` or `re`: with many stars they backtrack without bound. Each part between two
    # stars is looked for once, as far left as it goes: at worst len(mask) * len(text) steps, and
    # those in `str.find` as long as there is no `?`.
    parts = _parts(mask)
    text = casefold(text)
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return len(text) == len(first) and _find(first, text, 0, len(text)) == 0
    start, end = len(first), len(text) - len(last)
    if start > end or _find(first, text, 0, start) < 0 or _find(last, text, end, len(text)) < 0:
        return False
    for part in parts[1:-1]:
        found = _find(part, text, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True


@lru_cache(maxsize=4096)
def _parts(mask: str) -> tuple[str, ...]:
    """What stands between the stars of a mask, case-folded."""
    return tuple(_STARS.split(casefold(mask)))


def _find(part: str, text: str, start: int, end: int) -> int:
    """Where in `text[start:end]` a part with `?` for any one character is found first, or -1."""
    if "?" not in part:
        return text.find(part, start, end)
    for at in range(start, end - len(part) + 1):
        for ahead, wanted in enumerate(part):
            if wanted != "?" and wanted != text[at + ahead]:
                break
        else:
            return at
    return -1
