"""A rich run of the chat as data, and what `step` makes of it as bytes.

Run as a module it reads a recording from its standard input and prints the digest of its effects:
so another process, whose hashes of text differ, can be compared with this one.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from trio_chat.core.account_questions import Verdict
from trio_chat.core.accounts import Account
from trio_chat.core.commands import TABLE
from trio_chat.core.effects import (
    Ask,
    Chronicle,
    Close,
    Conclude,
    Deliver,
    Effect,
    Keep,
    Log,
    Report,
    Retag,
    Separate,
    ShutDown,
)
from trio_chat.core.events import (
    AccountsChanged,
    Answered,
    Closed,
    Event,
    Framed,
    KeepingChanged,
    NotKept,
    Opened,
    Received,
    Reread,
    Restored,
    Secured,
    Stopped,
    Ticked,
)
from trio_chat.core.gateways import Gateway
from trio_chat.core.privileges import Operator
from trio_chat.core.questions import Reading
from trio_chat.core.records import Record, ResidentRecord
from trio_chat.core.settings import Admin, Limits, Settings, Sts
from trio_chat.core.state import World
from trio_chat.core.step import step
from trio_chat.wire.caps import CAPABILITIES
from trio_chat.wire.frames import LINE, WEBSOCKET_BINARY, WEBSOCKET_TEXT
from trio_chat.wire.message import MAX_CLIENT_TAGS, Message, read_line
from trio_chat.wire.variants import Variants

from .historian import Historian

Recording = list[list[Any]]
"""Events as JSON has them: a word for the kind, then what the event holds but for its time."""

START = 1_700_000_000.0
PEOPLE = 24
ROOMS = ("#tea", "#Coffee", "#water", "#secret", "#empty")
NICKS = tuple(f"nick{number}" for number in range(PEOPLE))
WORDS = ("hello", "a b c", "é👋", ":)", "", "x" * 300, "\x01ACTION waves\x01", "\x0304red\x03")
MODES = (
    *("+m", "-m", "+i", "-i", "+s", "-s", "+p", "-p", "+t", "-nt", "+n", "+l 20", "-l", "+k key"),
    *("-k", "+CST", "-C-S", "-T", "+M", "-M", "+R", "-R", "+c", "-c", "+f #water", "-f", "+y"),
    *("b", "e", "I", "+e nick2", "-e nick2", "+I ~realname:*1*", "-I ~r:*1*", "+b ~mute:nick3"),
)
OF_ONESELF = ("+i", "-i", "+B", "-B", "+w", "-w", "+g", "-g", "+R", "-R", "-o", "+oZ", "+x", "")
KEYS = ("url", "avatar", "display-name", "A B", "")
MARKS = ("timestamp=2023-11-14T22:13:20.000Z", "timestamp=2024-01-01T00:00:00.000Z", "*", "x")

MSGID = "{msgid}"
"""In a recording: the id of the message that was delivered last, which no recording can know."""

SECRET = "hunter2"
HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"
SETTINGS = Settings(
    motd="Be kind.\nDrink tea.",
    admin=Admin("Berlin", "Tea club", "root@tea.example"),
    operators=(
        Operator("root", HASH, title="the boss"),
        Operator("clerk", HASH, masks=("192.0.2.0/28",), privileges=("kill", "stats")),
    ),
    gateways=(Gateway(SECRET, ("192.0.2.0/24",)),),
    limits=Limits(
        targets=3,
        rooms_per_user=6,
        monitored=3,
        accept_entries=2,
        metadata_keys=2,
        metadata_subscriptions=2,
        multiline_lines=3,
        password_tries=3,
        read_markers=2,
        who_matches=12,
        whowas_entries=8,
    ),
)
# What a client has of these is drawn for itself (`_enters`): the rest of a run stays as it was.
OF_HISTORY = ("draft/chathistory", "draft/event-playback", "draft/search", "soju.im/search")
OF_EDITING = ("draft/message-edit", "trio-chat/pins")
OFFER = sorted(set(CAPABILITIES) - {*OF_HISTORY, *OF_EDITING})
# Whoever asks has to be answered (`_asks`), and whoever quits comes back (`record`).
ANYTHING = sorted(
    set(TABLE)
    - {"OPER", "REHASH", "REGISTER", "VERIFY", "QUIT", "CHATHISTORY", "SEARCH"}
    - {"EDIT", "PIN", "UNPIN", "PINS"}
    - {"NS", "CS", "NICKSERV", "CHANSERV"}  # see `_serves`
)
ACCOUNTS = ("nick1", "nick2", "Alice")
ALWAYS_ON = "+"
"""In a recording, after the name of an account: its user stays without a client."""

RESIDENTS: tuple[Record, ...] = tuple(
    ResidentRecord(name, name, "~g", "G", "h", "192.0.2.96", "i", "", START, (("#tea", "o"),))
    for name in ("ghost", "nobody")
)
"""Who was there before: the one comes back, the other has no account any more."""

READINGS: tuple[dict[str, Any], ...] = (
    {},
    {"icon": "https://tea.example/icon.png"},
    {"network": "leaves", "withheld_capabilities": ["setname"]},
    {"operators": []},
    {"sts": {"port": 6697, "duration": 60}},
    {"complaint": "there is no setting called tee"},
)
"""What may stand in the configuration file that is read again: settings that differ."""


def record(seed: int, length: int = 8000) -> Recording:
    """A run: a crowd comes in, talks about everything in any order, and the server stops."""
    draw = random.Random(seed)
    aside = random.Random(seed)  # for what has come to it: the rest of a run stays as it was
    readers = random.Random(seed)
    recording: Recording = [
        ["restored", [*ACCOUNTS, *(name + ALWAYS_ON for name in ("ghost", "stayer"))]]
    ]
    sessions = list(range(PEOPLE))
    numbers = itertools.count(PEOPLE)
    devices: dict[int, list[int]] = {NICKS.index(nick): [] for nick in ACCOUNTS if nick in NICKS}
    for person in range(PEOPLE):
        recording += _enters(draw, person, person)
    for _ in range(length):
        person = draw.randrange(PEOPLE)
        session = aside.choice([sessions[person], *devices.get(person, [])[-2:]])
        if aside.random() < 0.02:
            owner = aside.choice(list(devices))
            devices[owner].append(next(numbers))
            recording += _another_device(aside, devices[owner][-1], NICKS[owner])
        if aside.random() < 0.03:
            recording += _serves(aside, aside.choice([sessions[0], session]))
        if readers.random() < 0.05:
            recording.append(["line", session, _looks_back(readers)])
        if readers.random() < 0.03:
            lines = _comes_back_to(readers)
            recording += [["line", readers.choice([sessions[0], session]), each] for each in lines]
        if aside.random() < 0.01:
            label = aside.choice(["", "7"])
            recording.append(["lost", session, aside.choice([*ROOMS, *NICKS]), label])
            recording.append(["fault", aside.choice(["", "the disk is full"])])
        chance = draw.random()
        if chance < 0.02:
            recording.append(["tick", draw.choice([1.0, 7.5, 31.0])])
        elif chance < 0.03:
            recording.append(["reread", draw.choice(READINGS)])
        elif chance < 0.031:
            recording.append(["accounts", [draw.choice(ACCOUNTS)], [draw.choice(ACCOUNTS)]])
        elif chance < 0.22:
            recording.append(["line", sessions[0], _order(draw)])
        elif chance < 0.26:
            lost = ["close", session, "Connection reset"]
            recording.append(draw.choice([lost, ["line", session, "QUIT :Good bye"]]))
            sessions[person] = next(numbers)
            recording += _enters(draw, person, sessions[person])
        elif chance < 0.29:
            recording += _asks(draw, draw.choice([0, person]), sessions)
        elif chance < 0.295:
            recording += _registers(draw, session)
        elif chance < 0.3:
            account, why = draw.choice(ACCOUNTS), draw.choice(["", "", "wrong", "disabled"])
            recording += _login(session, account, why)
        elif chance < 0.32:
            recording += _speech(draw, session)
        else:
            recording.append(["line", session, _line(draw, NICKS[person])])
    recording += _tour(next(numbers))
    recording += _tour_of_services(next(numbers) + 1)
    recording += _tour_of_residents(sessions[0], next(numbers) + 1)
    recording += _tour_of_pins(next(numbers) + 3)
    recording.append(["stop", "The end"])
    return recording


def _tour(first: int) -> Recording:
    """Two who have just come meet at a door whatever bars the way in, which chance seldom does."""
    host, guest = first, first + 1
    tour: Recording = []
    for session, nick in ((host, "host"), (guest, "guest")):
        tour.append(["open", session, "192.0.2.99", False])
        tour += [["line", session, f"NICK {nick}"], ["line", session, f"USER {nick} 0 * :{nick}"]]
    bars = ("+i", "-i+k key", "-k+R", "-R+l 1", "-l+b guest!*@*", "-b+if guest!*@* #hall")
    tour += [["line", host, f"JOIN {room}"] for room in ("#door", "#hall")]
    for modes in bars:
        tour += [["line", host, f"MODE #door {modes}"], ["line", guest, "JOIN #door"]]
    return tour


def _tour_of_services(owner: int) -> Recording:
    """Somebody who comes has an account and a room, and ends both, which chance seldom does."""
    good: dict[str, str] = {"why": "", "account": "keeper"}
    tour: Recording = [["open", owner, "192.0.2.98", False]]
    tour += [["line", owner, each] for each in ("NICK keeper", "USER k 0 * :k", "JOIN #kept")]
    for line in (
        *("REGISTER sesame", "LOGOUT", "IDENTIFY sesame", "PASSWD a b", "2FA ON"),
        *("2FA CONFIRM 123456", "EXPORT", "INFO"),
    ):
        tour += [["line", owner, f"NS {line}"], ["answer", owner, good]]
    tour += [["line", owner, "NS CERT LIST"], ["answer", owner, ["ab" * 32]]]
    tour += [["line", owner, "NICK keeper_"], ["line", owner, "NS GROUP"], ["answer", owner, good]]
    for line in ("REGISTER #kept", "FLAGS #kept keeper +o", "UNBAN #kept", "INFO #kept", "LIST"):
        tour.append(["line", owner, f"CS {line}"])
    for line in ("RENAME #kept #KEPT", "PART #kept", "JOIN #kept", "CS DROP #kept #kept"):
        tour.append(["line", owner, line])
    return [*tour, ["line", owner, "NS ERASE sesame"], ["answer", owner, good]]


def _tour_of_residents(operator: int, first: int) -> Recording:
    """The user of an always-on account stays, is found again, and goes for good."""
    phone, desk, later = first, first + 1, first + 2
    tour: Recording = []
    for session, last in ((phone, "QUIT"), (desk, "JOIN #home2"), (later, "AWAY :x")):
        tour.append(["open", session, "192.0.2.97", False])
        tour += _login(session, "stayer")
        tour += [["line", session, each] for each in ("NICK stayer", f"USER s@{session % 2} 0 * s")]
        for line in ("CAP END", "JOIN #home", "MODE #home +k key", "TOPIC #home :Sweet", last):
            tour.append(["line", session, line])
        tour += [["tick", 95.0], ["close", session, "Gone"]]
        for line in ("WHOIS stayer", "JOIN #home key", "PRIVMSG #home :missed"):
            tour.append(["line", operator, line])
    tour += [["line", operator, "KILL stayer :no"], ["line", operator, "LIST"]]
    return tour


def _tour_of_pins(host: int) -> Recording:
    """Somebody edits and pins what they have just said: chance seldom has one who may."""
    some = "CAP REQ :batch echo-message message-tags draft/message-edit trio-chat/pins"
    tour: Recording = [["open", host, "192.0.2.96", False]]
    for line in (
        *("NICK pinner", "USER p 0 * :p", "JOIN #pins", some, "PRIVMSG #pins :important"),
        *(f"PIN #pins {MSGID}", f"EDIT #pins {MSGID} :more important", "PINS #pins"),
        f"UNPIN #pins {MSGID}",
    ):
        tour.append(["line", host, line])
    return tour


def _enters(draw: random.Random, person: int, session: int) -> Recording:
    """Somebody connects, negotiates, mostly registers, and joins two rooms.

    The first of all joins every room, and is an operator: of the rooms and of the server.
    """
    nick = NICKS[person]
    framing = draw.choice([LINE, LINE, LINE, WEBSOCKET_TEXT, WEBSOCKET_BINARY])
    address = f"192.0.2.{person}" if person % 3 else f"2001:db8::{person}"
    lines = []
    if person % 8 == 1:  # 9 comes from no gateway's address
        options = draw.choice(["", " :secure"])
        lines.append(f"WEBIRC {SECRET} gate host{person}.example 198.51.100.{person}{options}")
    some = draw.sample(OFFER, draw.randrange(len(OFFER)))
    early = draw.choice(["PASS anything", "AWAY *", "METADATA * SET url x", "ISUPPORT", "CAP LS"])
    lines += [f"CAP REQ :{' '.join(half)}" for half in (some[::2], some[1::2])]
    lines += [
        f"CAP REQ {name}"
        for name in (
            *OF_HISTORY[: session % 3],
            OF_HISTORY[2 + session % 2],
            *OF_EDITING[: session % 3],
        )
    ]
    lines += [early, f"NICK {nick}", f"USER {nick} 0 * :Real {nick}"]
    login = _login(session, nick) if nick in ACCOUNTS else []
    if draw.random() < 0.9 or not person:
        lines.append("CAP END")
    lines += [f"JOIN {room}" for room in (draw.sample(ROOMS, 2) if person else ROOMS)]
    entrance: Recording = [["open", session, address, person % 4 == 0]]
    if person % 3 == 0:
        entrance.append(["secured", session, f"{person:064x}" if person else "", "tea.example"])
    if framing != LINE:
        entrance.append(["framed", session, framing])
    lines_of = [["line", session, line] for line in lines]
    where = lines.index(early)
    entrance += [*lines_of[:where], *login, *lines_of[where:]]
    if not person:
        entrance += [["line", session, "OPER root :open sesame"], ["answer", session, True]]
    return entrance


def _another_device(draw: random.Random, session: int, account: str) -> Recording:
    """One more client of an account comes: to its user at once, by a change of nick, or not."""
    some = draw.sample(OFFER, draw.randrange(len(OFFER)))
    nick = draw.choice([account, account, account.upper(), f"{account}_"])
    lines = [
        *(f"CAP REQ :{' '.join(half)}" for half in (some[::2], some[1::2])),
        draw.choice(["AWAY *", "METADATA * SET url y", "CAP LS"]),
        *(f"NICK {nick}", f"USER {nick} 0 * :Another {nick}"),
    ]
    after = ["CAP END", f"NICK {account}"]
    return [
        ["open", session, f"192.0.2.{100 + session % 100}", draw.random() < 0.5],
        *(["line", session, each] for each in lines),
        *_login(session, account),
        *(["line", session, each] for each in after),
    ]


def _login(session: int, account: str, why: str = "") -> Recording:
    """Somebody logs in, or is refused."""
    password = base64.b64encode(f"\0{account}\0sesame".encode()).decode()
    lines = ["CAP REQ sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {password}"]
    answer = {"why": why, "account": "" if why else account}
    return [*(["line", session, each] for each in lines), ["answer", session, answer]]


def _registers(draw: random.Random, session: int) -> Recording:
    """Somebody registers an account or confirms its address, and is answered."""
    line = draw.choice(["REGISTER * * sesame", f"VERIFY {draw.choice(ACCOUNTS)} 1234"])
    why = draw.choice(["", "", "taken", "weak", "wrong", "unverified"])
    return [
        ["line", session, draw.choice(["", "@label=9 "]) + line],
        ["answer", session, {"why": why, "account": draw.choice(ACCOUNTS)}],
    ]


def _serves(draw: random.Random, session: int) -> Recording:
    """Somebody talks to a service and, if it has to ask, it is answered."""
    room, account, nick = draw.choice(ROOMS), draw.choice(ACCOUNTS), draw.choice(NICKS)
    rank, flags = draw.choice(["OP", "DEOP", "VOICE", "OWNER"]), draw.choice(["+o", "-o", "+hv"])
    to_chanserv = (
        *(f"REGISTER {room}", f"INFO {room}", "LIST", f"FLAGS {room}", f"INVITE {room}"),
        *(f"FLAGS {room} {account} {flags}", f"{rank} {room} {nick}", f"UNBAN {room}", "HELP"),
        *(f"DROP {room} {room}", f"TRANSFER {room} {account}", f"REGISTER {room}"),
    )
    to_nickserv = (
        *(
            "REGISTER sesame",
            "VERIFY 1234",
            "LOGOUT",
            f"IDENTIFY {account} sesame",
            "HELP",
            "GROUP",
        ),
        *(f"UNGROUP {nick}", f"REGAIN {account}", f"GHOST {account}", f"INFO {account}"),
        *("PASSWD a b", "CERT ADD " + "ab" * 32, "2FA ON", "2FA OFF 123456", "EXPORT", "ERASE x"),
        *(f"ERASE {account} {account}", f"DISABLE {account}", f"ENABLE {account}", "INVITE 5 2w"),
    )
    line = draw.choice(
        [
            *(f"CS {draw.choice(to_chanserv)}", f"NS {draw.choice(to_nickserv)}"),
            f"PRIVMSG ChanServ :{draw.choice(to_chanserv)}",
            f"PRIVMSG NickServ :{draw.choice(to_nickserv)}",
            *(f"CHANSERV REGISTER {room}", f"NICKSERV INFO {account}"),
        ]
    )
    why = draw.choice(["", "", "taken", "wrong", "full"])
    return [
        ["line", session, draw.choice(["", "@label=9 "]) + line],
        ["answer", session, {"why": why, "account": draw.choice(ACCOUNTS)}],
    ]


def _asks(draw: random.Random, person: int, sessions: list[int]) -> Recording:
    """Somebody asks what takes time, mostly says more meanwhile, and is answered."""
    line, answer = draw.choice(
        [
            *[("OPER root :open sesame", True)] * 3,
            *(("OPER root :sesame", False), ("OPER nobody x", True), ("OPER clerk y", True)),
            *(("OPER root x", None), ("REHASH", None)),
            *[("REHASH", draw.choice(READINGS))] * 3,
        ]
    )
    session = sessions[person]
    meanwhile = [_line(draw, NICKS[person]) for _ in range(draw.randrange(3))]
    lines = [draw.choice(["", "@label=9 "]) + line, *meanwhile]
    return [*(["line", session, each] for each in lines), ["answer", session, answer]]


def _looks_back(draw: random.Random) -> str:
    """Somebody asks what was said before, right or wrong."""
    target = draw.choice([*ROOMS, *ROOMS, *ACCOUNTS, "nobody"])
    one, other = (draw.choice([f"msgid={MSGID}", "msgid=x", *MARKS[:2], "*"]) for _ in range(2))
    most = draw.choice(["1", "5", "100", "x"])
    line = draw.choice(
        [
            f"LATEST {target} * {most}",
            f"{draw.choice(['LATEST', 'BEFORE', 'AFTER', 'AROUND'])} {target} {one} {most}",
            f"BETWEEN {target} {one} {other} {most}",
            f"TARGETS {draw.choice(MARKS)} {draw.choice(MARKS)} {most}",
        ]
    )
    command = f"CHATHISTORY {line}"
    if draw.random() < 0.3:
        sought = ("", f"in={target}", "text=tea", "from=nick1", "after=x", "limit=1", "colour=red")
        command = f"SEARCH {';'.join(draw.sample(sought, 2))}"
    return f"{draw.choice(['', '@label=9 '])}{command}"


def _comes_back_to(draw: random.Random) -> list[str]:
    """Somebody edits what they or others have said, or pins it, right or wrong."""
    target = draw.choice([*ROOMS, *ROOMS, *NICKS[:3], "nobody"])
    text = draw.choice(WORDS)
    tags = draw.choice(["", "@label=9 ", f"@draft/target-msgid={MSGID};draft/edit-text=x "])
    again = draw.choice(
        [
            *[f"{tags}EDIT {target} {MSGID} :{text}"] * 3,
            *(f"{tags}PIN {target} {MSGID}", f"{tags}UNPIN {target} {MSGID}", f"PINS {target}"),
        ]
    )
    pinned = [f"PIN {target} {MSGID}", f"UNPIN {target} {MSGID}", f"PINS {target}"]
    return [
        f"{draw.choice(['PRIVMSG', 'NOTICE', 'TAGMSG'])} {target} :{text}",
        *([again] if draw.random() < 0.7 else pinned),
    ]


def _speech(draw: random.Random, session: int) -> Recording:
    """Somebody says something of several lines, or takes back what they said, right or wrong."""
    target = draw.choice([*ROOMS, *ROOMS, "@#tea", draw.choice(NICKS)])
    if draw.random() < 0.3:
        lines = [f"PRIVMSG {target} :Oops", f"REDACT {target} {MSGID} :never mind"]
        return [["line", session, line] for line in lines]
    lines = [draw.choice(["", "@label=b ", "@+a=b "]) + f"BATCH +1 draft/multiline {target}"]
    for _ in range(draw.choice([1, 2, 2, 3, 4])):
        tags = draw.choice(["batch=1", "batch=1", "batch=1;draft/multiline-concat"])
        lines.append(f"@{tags} PRIVMSG {target} :{draw.choice(WORDS)}")
    if draw.random() < 0.9:
        lines.append("BATCH -1")
    return [["line", session, line] for line in lines]


def _order(draw: random.Random) -> str:
    """What an operator does, in a room or on the server."""
    room, other, text = draw.choice(ROOMS), draw.choice(NICKS[1:]), draw.choice(WORDS)
    in_room = (
        *[f"MODE {room} {draw.choice(MODES)}"] * 8,
        f"MODE {room} +ov-b {other} {other} {other}!*@*",
        *(f"MODE {room} +b {other}", f"MODE {room} -b+v {other} {other}"),
        *(f"MODE {room} +bbb a b c", f"MODE {room} +qah-v {other} {other} {other} {other}"),
        *(f"KICK {room} {other} :{text}", f"TOPIC {room} :{text}", f"INVITE {other} {room}"),
        *(f"JOIN {room}", f"METADATA {room} SET {draw.choice(KEYS)} :{text}"),
        *(f"REDACT {room} {MSGID} :{text}", f"REDACT {room} {MSGID}"),
        *("RENAME #empty #renamed :tidy up", "RENAME #renamed #empty", f"RENAME {room} #tea"),
    )
    on_server = (
        *(f"KILL {other} :{text}", f"WALLOPS :{text}", "STATS o", f"NOTICE $$* :{text}", "DIE"),
        *(f"KLINE 5s {other}!*@* :{text}", f"UNKLINE {other}!*@*", "KLINE 31s ~realname:*nick7"),
        *("DLINE 1m 192.0.2.9 :x", "UNDLINE 192.0.2.9", "STATS k", "STATS d", "REPORTS"),
        *(f"DEFCON {draw.choice('4555')}", f"REPORTS CLOSE {MSGID}", "DEFCON"),
        *("RESTART", f"WHOIS {other}", f"WHOWAS {other}", "SQUIT far.example x", "CONNECT far"),
    )
    return draw.choice(draw.choice((in_room, in_room, in_room, on_server)))


def _line(draw: random.Random, own: str) -> str:
    """What somebody might say, right or wrong; `own` is the nick they came with."""
    room, other, text = draw.choice(ROOMS), draw.choice(NICKS), draw.choice(WORDS)
    nick, mode = draw.choice([f"{other}_", other.upper(), "new"]), draw.choice(MODES)
    key, mark = draw.choice(KEYS), draw.choice(MARKS)
    letter, signs = draw.choice("umopz"), draw.choice("+-")
    talk = (
        *(f"PRIVMSG {room} :{text}", f"PRIVMSG {other},{room} :{text}", f"NOTICE {room} :{text}"),
        *(f"TAGMSG {room}", f"PRIVMSG {other} :{text}", f"PRIVMSG @{room} :{text}"),
    )
    rooms = (
        *(f"JOIN {room}", f"JOIN {room},#empty key", f"PART {room} :{text}", f"KNOCK {room}"),
        *(f"KICK {room} {other} :{text}", f"MODE {room} {mode}", f"MODE {room}"),
        *(f"TOPIC {room} :{text}", f"TOPIC {room}", f"NAMES {room}", f"INVITE {other} {room}"),
        *("LIST", "LIST #*e*", "LIST >2,!#t*,C<60", "INVITE", f"RENAME {room} #mine"),
    )
    people = (
        *(f"WHO {room}", f"WHO {other[:-1]}*", f"WHO {room} %tcuihsnfdlaor,7", "WHO * o"),
        *(f"WHOIS {other},{nick}", f"WHOWAS {other},new 2", f"USERHOST {other} {nick}"),
        *(f"ISON {other} {nick}", f"NICK {nick}", f"NICK {own}", f"AWAY :{text}", "AWAY"),
        *(f"SETNAME :{text}", f"MODE {other} +i", f"MODE {other}", f"ACCEPT {other},*"),
        *[f"MODE {own} {draw.choice(OF_ONESELF)}"] * 3,
        *(f"NICK {other}", f"ACCEPT {other}", f"ACCEPT -{other}", f"KILL {other} x"),
    )
    extensions = (
        *(f"MONITOR {signs} {other},{nick}", f"MONITOR {draw.choice('CLS')}"),
        *(f"METADATA * SET {key} :{text}", f"METADATA {other} GET url avatar {key}"),
        *(f"METADATA * {draw.choice(['SUB', 'UNSUB'])} url {key}", f"METADATA {room} LIST"),
        *(f"METADATA * {draw.choice(['SUBS', 'CLEAR'])}", f"METADATA {room} SYNC"),
        *(f"MARKREAD {room} {mark}", f"MARKREAD {other} {mark}", f"MARKREAD {room}"),
        *(f"REPORT {other} {MSGID} :{text}", f"REPORT {room} :{text}"),
        *(f"REDACT {room} {MSGID}", f"REDACT {other} boot-9 :{text}", "BATCH +1 x y"),
        *("AUTHENTICATE PLAIN", "AUTHENTICATE *", "CAP REQ sasl"),
        *("CAP LS 302", "CAP LIST", "CAP END", f"CAP REQ :{signs.strip('+')}batch away-notify"),
    )
    server = (
        *("MOTD", "LUSERS", "VERSION", "ISUPPORT", "TIME", "ADMIN", "INFO", "LINKS", "USERS"),
        *(f"STATS {letter}", "HELP", "HELP privmsg", "HELPOP nonsense", f"SUMMON {other}"),
        *(f"WALLOPS :{text}", "PING x", "PONG x", "DIE", "RESTART", "TIME far.example"),
    )
    broken = ("\0", "PRIVMSG x :a\rb", "", "x" * 600)
    tags = draw.choice(["", "", "@label=7 ", "@label=x\\s;+a=b ", "@+typing=active "])
    if draw.random() < 0.01:
        return draw.choice(broken)
    if draw.random() < 0.9:
        families = (talk, rooms, people, extensions, server)
        return tags + draw.choice(draw.choices(families, weights=(6, 5, 5, 4, 2))[0])
    return f"{tags}{draw.choice(ANYTHING)} {draw.choice([room, other, text, ''])}"


def events(recording: Iterable[list[Any]]) -> Iterator[Event]:
    """The events of a recording; a millisecond passes with each."""
    at = START
    uptime = 0.0
    for kind, *what in recording:
        at += 0.001
        match kind:
            case "open":
                yield Opened(what[0], what[1], at, secure=what[2])
            case "secured":
                yield Secured(what[0], what[1], at, what[2])
            case "framed":
                yield Framed(what[0], what[1], at)
            case "line":
                yield Received(what[0], read_line(what[1].encode(), MAX_CLIENT_TAGS), at)
            case "answer":
                yield Answered(what[0], _answer(what[1]), at)
            case "restored":
                accounts = tuple(_account(name, START) for name in what[0])
                yield Restored(accounts, RESIDENTS, "a secret", at, run=1)
            case "accounts":
                yield AccountsChanged(tuple(_account(n, at) for n in what[0]), tuple(what[1]), at)
            case "fault":
                yield KeepingChanged(what[0], at)
            case "lost":
                lost = Message("PRIVMSG", (what[1], "lost"), "nick0!u@host", {"msgid": "1-1"})
                yield NotKept(what[0], (Chronicle(what[1], lost, at, label=what[2]),), at)
            case "reread":
                yield Reread(_reading(what[0]), at)
            case "close":
                yield Closed(what[0], what[1], at)
            case "tick":
                uptime += what[0]
                at += what[0]
                yield Ticked(uptime, at)
            case "stop":
                yield Stopped(what[0], at)


def _account(name: str, at: float) -> Account:
    plain = name.removesuffix(ALWAYS_ON)
    return Account(plain, at, always_on=plain != name or None)


def _answer(said: Any) -> object:
    """What an errand found out: a bool, nothing, a verdict, or what the configuration says."""
    if not isinstance(said, dict):
        return said
    if "why" not in said:
        return _reading(said)
    return Verdict(said["why"], _account(said["account"], START) if said["account"] else None)


def _reading(said: dict[str, Any]) -> Reading:
    if "complaint" in said:
        return Reading("chat.toml", complaint=said["complaint"])
    changes: dict[str, Any] = {
        key: tuple(it) if isinstance(it, list) else Sts(**it) if isinstance(it, dict) else it
        for key, it in said.items()
    }
    return Reading("chat.toml", replace(SETTINGS, **changes), notes=("a note",))


def replay(recording: Recording) -> list[bytes]:
    """What each event of a recording leads to, in a fresh world."""
    world = World(SETTINGS, "boot", START)
    outcome: list[bytes] = []
    historian = Historian()
    for event in events(_filled_in(recording, outcome)):
        led_to = follow(world, event, historian)
        outcome.append(b"".join(_as_bytes(effect, world.now) for effect in led_to))
    return outcome


def follow(world: World, event: Event, historian: Historian) -> Iterator[Effect]:
    """What an event leads to, and what the answers do that are asked of the history for it."""
    waiting = [event]
    while waiting:
        for effect in step(world, waiting.pop(0)):
            yield effect
            answer = historian.heeds(effect)
            if answer is not None:
                waiting.append(Answered(*answer, world.now))


def _filled_in(recording: Recording, outcome: list[bytes]) -> Iterator[list[Any]]:
    """A recording with the ids that its clients have learnt from the outcome so far."""
    known = "none"
    for entry in recording:
        if outcome and (told := re.findall(rb"msgid=([^ ;]+)", outcome[-1])):
            known = told[-1].decode()
        yield [each.replace(MSGID, known) if isinstance(each, str) else each for each in entry]


def _as_bytes(effect: Effect, now: float) -> bytes:
    """An effect to the last byte: who is sent what, in which order."""
    match effect:
        case Deliver():
            variants = Variants(effect.message, now)
            return b"".join(
                b"%d< %s\n" % (session.id, variants.line(session.variant))
                for session in effect.audience
                if effect.reaches(session)
            )
        case Retag():
            effect.session.retag()
            return b""
        case Close():
            return f"{effect.session.id}! {effect.reason}\n".encode()
        case Report():
            return f"{effect.deed.value} {effect.nick} {effect.room} {effect.text}\n".encode()
        case Ask():
            return f"{effect.session.id}? {effect.question}\n".encode()
        case Chronicle():
            by = effect.by.id if effect.by is not None else 0
            return f"{by}# {effect.place} {effect.is_closed} {effect.message}\n".encode()
        case Conclude() | Keep() | Log() | Separate() | ShutDown():
            return f"{effect}\n".encode()


def digest(outcome: list[bytes]) -> str:
    return hashlib.sha256(b"\0".join(outcome)).hexdigest()


if __name__ == "__main__":
    print(digest(replay(json.load(sys.stdin))))  # noqa: T201 - this is its answer
