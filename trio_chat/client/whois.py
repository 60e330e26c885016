"""What WHOIS tells of somebody, gathered from its numerics.

Law: whatever a server sends is read as far as it makes sense; what has no place of its own is kept
as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from trio_chat.wire.message import Message

WHOIS_REPLIES = frozenset(
    {"276", "301", "307", "311", "312", "313", "317", "318", "319", "320", "330", "335", "338"}
    | {"378", "379", "569", "616", "671", "672", "703", "760"}
)
"""The numerics that servers answer WHOIS with, of which nearly each has some of its own."""

_SECONDS_DIGITS = 10
"""Digits of seconds since the Unix epoch until the year 2286, and of any sane count."""


@dataclass(frozen=True, slots=True)
class WhoisAnswer:
    """Who somebody is, as far as the server tells us; what it does not is empty, or None.

    `rooms` are with the signs of their ranks ("@#tea"), `idle` is in seconds, `away` what they
    left word of, `more` what else it says.
    """

    nick: str
    user: str = ""
    host: str = ""
    realname: str = ""
    account: str = ""
    server: str = ""
    rooms: tuple[str, ...] = ()
    away: str = ""
    idle: int | None = None
    since: datetime | None = None
    operator: bool = False
    bot: bool = False
    secure: bool = False
    more: tuple[str, ...] = ()


def whois_answer(nick: str, replies: Sequence[Message]) -> WhoisAnswer:
    """What the replies to a WHOIS tell."""
    told: dict[str, str] = {}
    rooms: list[str] = []
    more: list[str] = []
    seen: set[str] = set()
    for reply in replies:
        seen.add(reply.command)
        params = (*reply.params[1:], "", "", "")
        match reply.command:
            case "311":
                nick = params[0] or nick
                told |= {"user": params[1], "host": params[2], "realname": reply.params[-1]}
            case "312":
                told["server"] = params[1]
            case "317":
                told |= {"idle": params[1], "since": params[2]}
            case "319":
                rooms += params[1].split()
            case "330":
                told["account"] = params[1]
            case "301":
                told["away"] = params[1]
            case "313" | "318" | "335" | "671":
                pass
            case command if command in WHOIS_REPLIES:
                more.append(" ".join(reply.params[2:]))
    return WhoisAnswer(
        nick,
        told.get("user", ""),
        told.get("host", ""),
        told.get("realname", ""),
        told.get("account", ""),
        told.get("server", ""),
        tuple(rooms),
        told.get("away", ""),
        number_told(told["idle"]) if "idle" in told else None,
        time_told(told.get("since", "")),
        operator="313" in seen,
        bot="335" in seen,
        secure="671" in seen,
        more=tuple(more),
    )


def number_told(text: str) -> int:
    """A count in a numeric, 0 if it is none."""
    return int(text) if _is_number(text) else 0


def time_told(text: str) -> datetime | None:
    """A time in a numeric, in seconds since the Unix epoch; None if it is none."""
    seconds = number_told(text)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _SECONDS_DIGITS
