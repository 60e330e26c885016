"""The tables of docs/simulation.md, made from the tables of the code.

`python -m tests.sim_page` writes them into the page; a test holds the page against them.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from trio_chat.testing.sim.faults import FAULTS
from trio_chat.testing.sim.knobs import CONSTANTS, Knobs
from trio_chat.testing.sim.marked import GENTLE

from .tables import cell, filled, table

PAGE = Path(__file__).parent.parent / "docs" / "simulation.md"

FAULT_NOTES: dict[str, str] = {
    "partition": "nothing gets through between a host and the server, for up to 25 s; what was "
    "sent arrives afterwards, as TCP sends it again",
    "isolation": "the same for all hosts at once",
    "slowness": "the way from a host to the server takes up to 3 s, for a time",
    "reset": "the connections of a host are reset",
    "half-open": "nothing more is heard on the connections of a host, in either direction, ever",
    "stop": "the server is asked to stop, and started again up to 5 s later",
    "kill": "the server's process is killed, and started again",
    "power": "the server's machine loses its power, and what was not synced may be lost; it is "
    "started again",
    "death at the disk": "the server is killed, or loses its power, in the midst of something that "
    "it does to the disk, and is started again",
    "crash": "a handler of the server fails at the next line that it takes, or a task of it where "
    "it waits",
    "full disk": "there is no room left on the disk, for a time",
    "failing disk": "writing to the disk and syncing fail, always or at times",
    "one failure": "one of the next things that the server does to the disk fails, and no other",
    "slow disk": "a sync takes up to 2 s",
    "clock": "the wall clock jumps, from an hour back to a day ahead",
}

KNOB_NOTES: dict[str, str] = {
    "users": "how many there are",
    "seconds": "how long they chat; what it takes to end comes after",
    "pause": "the mean of seconds between two deeds of one user",
    "rooms": "how many they use",
    "accounts": "how many they share: several clients of one, when these are few",
    "caps": "which capabilities they ask for: `all`, `none`, or `mixed`",
    "policy": "in which order tasks run that could run at the same time: `random`; `fifo`; or by "
    "priorities that change now and then (`pct`), so that some wait for long",
    "latency": "the mean of seconds that something is under way, in each direction",
    "quantum": "what arrives does so at multiples of so many seconds, and much of it together: "
    "that is when tasks race; 0 is whenever it does",
    "bandwidth": "bytes each second in each direction of a connection; 0 is no bound",
    "window": "bytes that a connection holds in each direction, unread",
    "partial": "how likely a read or a write takes only a part",
    "sendq": "`[connection] sendq` of the server",
    "recvq": "`[connection] recvq`",
    "ping_after": "`[chat.limits] ping_after_seconds`",
    "ping_timeout": "`[chat.limits] ping_timeout_seconds`",
    "registration": "`[chat.limits] registration_seconds`",
    "burst": "`[chat.limits] burst`",
    "lines_per_second": "`[chat.limits] lines_per_second`",
    "sessions_per_user": "`[chat.limits] sessions_per_user`",
    "recent_messages": "`[chat.limits] recent_messages`",
    "durability": "`[history] durability`",
    "disk": "whether the archive is in `memory` or on a simulated `disk`, which alone can fail",
    "disk_seconds": "the mean of seconds that a sync of that disk takes",
    "deeds": "kinds of deeds that nobody does",
    "faults": "kinds of faults that happen",
    "constants": "constants of the server, by name, at which its code takes ways that it seldom "
    "takes: how much it does in one go, how long it waits",
}

RULE_NOTES: dict[str, str] = {
    "one order for all": "what several people saw of a room, they saw in the same order; the "
    "history has it in that order, too",
    "no gap": "whoever is in a room and reads gets all that is said and done there",
    "nothing twice": "and each of it once",
    "one message for all": "and all of them the same",
    "one message for each id": "a msgid is of one message, whoever sees it",
    "acknowledged is kept": "what its sender was told is kept is in the history afterwards, once "
    "and as it was said, whatever the server has gone through",
    "what is kept was said": "and nothing else is",
    "no hole in a page": "what somebody reads of a history has nothing left out in between",
    "private messages": "in order from each to each, once, and to nobody else",
    "who is in a room": "what somebody is told of who comes, goes and is there fits together",
    "nothing of a room one has left": "",
    "no ghost": "in the end those are in a room who say so themselves",
    "unique nicks": "no two users have one nick at a time",
    "labels answered once": "whatever was labelled has one response with that label",
    "well-formed": "replies name whom they are for, batches are closed, and nobody is sent what "
    "their client has not asked for",
}


def rules() -> str:
    return table(("rule", ""), [(name, cell(note)) for name, note in RULE_NOTES.items()])


def faults() -> str:
    return table(("fault", ""), [(f"`{name}`", cell(FAULT_NOTES[name])) for name in FAULTS])


def knobs() -> str:
    usual = Knobs()
    rows = []
    for each in fields(Knobs):
        mark = "yes" if each.name in GENTLE else ""
        value = getattr(usual, each.name)
        rows.append((f"`{each.name}`", f"`{value!r}`", mark, cell(KNOB_NOTES[each.name])))
    return table(("knob", "as usual", "drawn for a test", ""), rows)


def constants() -> str:
    rows = [
        (f"`{name}`", f"`{module}`", ", ".join(f"{value:g}" for value in values))
        for name, (module, values) in CONSTANTS.items()
    ]
    return table(("constant", "of", "may be"), rows)


TABLES = {"rules": rules, "faults": faults, "knobs": knobs, "constants": constants}

if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), TABLES))
