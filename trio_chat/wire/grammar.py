"""Names and masks: what is a nick or a room's name, which two are the same, what a mask matches.

Law: every function here is total: it answers for any string.
"""

from __future__ import annotations

import re
import unicodedata

from trio_chat.wire.casemapping import ASCII, CaseMapping, is_ascii_nick

ROOM_PREFIX = "#"

_KEY = re.compile(r"[^\x00-\x20,:\x7f][^\x00-\x20,\x7f]*")
_USERNAME_NOISE = re.compile(r"[^A-Za-z0-9\[\]\\`_^{|}\-.]", re.ASCII)
# Cc: controls. Cf: format characters, among them the bidi overrides. Zs/Zl/Zp: spaces.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


def casefold(name: str) -> str:
    """The form under which two names are the same (ISUPPORT CASEMAPPING=ascii)."""
    return ASCII.fold(name)


def is_nick(text: str, max_length: int) -> bool:
    """Whether this is a nick of at most `max_length` characters."""
    return len(text) <= max_length and is_ascii_nick(text)


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


def matches(mask: str, text: str, names: CaseMapping = ASCII) -> bool:
    """Whether a mask with `*` and `?` matches the whole text, under a case mapping."""
    mask, text = names.fold_text(mask), names.fold_text(text)
    if "?" not in mask:
        return _matches_stars(mask.split("*"), text)
    # Not `fnmatch` or `re`: with many stars they backtrack without bound. This greedy matcher has
    # one point of return, so the worst is len(mask) * len(text) steps.
    at_mask = at_text = 0
    star = -1
    resume = 0
    while at_text < len(text):
        if at_mask < len(mask) and mask[at_mask] == "*":
            star, resume = at_mask, at_text
            at_mask += 1
        elif at_mask < len(mask) and mask[at_mask] in ("?", text[at_text]):
            at_mask += 1
            at_text += 1
        elif star >= 0:
            resume += 1
            at_mask, at_text = star + 1, resume
        else:
            return False
    return mask[at_mask:].strip("*") == ""


def _matches_stars(parts: list[str], text: str) -> bool:
    """Whether the text is these parts with anything between them: five times as fast as above."""
    if len(parts) == 1:
        return text == parts[0]
    at = len(parts[0])
    end = len(text) - len(parts[-1])
    if at > end or not (text.startswith(parts[0]) and text.endswith(parts[-1])):
        return False
    for part in parts[1:-1]:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
