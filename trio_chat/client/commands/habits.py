"""What people type who come from WeeChat, irssi and their kin: other names for our commands.

Law: a habit stands for a command of ours, and perhaps the first words after it; it can do nothing
that could not be typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WEECHAT = "WeeChat"
IRSSI = "irssi"
BOTH = f"{WEECHAT}, {IRSSI}"
OTHERS = "others"
SERVERS = "servers"


@dataclass(frozen=True, slots=True)
class Habit:
    """What a name stands for, without the slash ("join", "msg NickServ"), and who knows it."""

    stands_for: str
    known_from: str

    @property
    def command(self) -> str:
        """The name of the command."""
        return self.stands_for.partition(" ")[0]

    @property
    def words(self) -> str:
        """The words that come first after it; mostly none."""
        return self.stands_for.partition(" ")[2]


HABITS: Mapping[str, Habit] = {
    "j": Habit("join", BOTH),
    "leave": Habit("part", BOTH),
    "hop": Habit("cycle", OTHERS),
    "rejoin": Habit("cycle", OTHERS),
    "t": Habit("topic", BOTH),
    "n": Habit("names", BOTH),
    "window": Habit("win", BOTH),
    "buffer": Habit("win", WEECHAT),
    "b": Habit("win", OTHERS),
    "wc": Habit("close", IRSSI),
    "unquery": Habit("close", IRSSI),
    "m": Habit("msg", BOTH),
    "q": Habit("query", BOTH),
    "action": Habit("me", IRSSI),
    "ns": Habit("msg NickServ", SERVERS),
    "cs": Habit("msg ChanServ", SERVERS),
    "ms": Habit("msg MemoServ", SERVERS),
    "w": Habit("who", BOTH),
    "wi": Habit("whois", BOTH),
    "ww": Habit("whowas", BOTH),
    "hilight": Habit("highlight", IRSSI),
    "dehilight": Habit("unhighlight", IRSSI),
    "k": Habit("kick", BOTH),
    "kb": Habit("kickban", BOTH),
    "ub": Habit("unban", BOTH),
    "v": Habit("version", BOTH),
    "identify": Habit("login", OTHERS),
    "server": Habit("connect", BOTH),
    "quote": Habit("raw", BOTH),
    "lastlog": Habit("search", IRSSI),
    "redact": Habit("delete", OTHERS),
    "h": Habit("help", OTHERS),
    "exit": Habit("quit", BOTH),
    "bye": Habit("quit", BOTH),
    "signoff": Habit("quit", BOTH),
}
"""Every other name, in the order of lists."""


def other_names(command: str) -> tuple[str, ...]:
    """The names that stand for a command and nothing else."""
    return tuple(name for name, habit in HABITS.items() if habit.stands_for == command)
